"""Judges of the chapter s3."""
