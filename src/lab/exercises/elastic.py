"""Judges of the chapter elastic."""
