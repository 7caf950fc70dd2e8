"""The grades as pages and as a table for a spreadsheet."""
