"""Judges of the chapter introduction."""
