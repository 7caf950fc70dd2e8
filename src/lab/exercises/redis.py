"""Judges of the chapter redis."""
