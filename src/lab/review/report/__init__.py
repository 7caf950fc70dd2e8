"""What comes out of a review: a page per project, the class page, a table for a spreadsheet."""
