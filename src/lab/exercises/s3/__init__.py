"""Judges of the chapter S3, one module per notebook.

A function that the student gives works on objects of its own (``s300-juge/…``), removed afterwards.
"""

from lab.exercises.s3 import objects, project, sharing, tables

__all__ = ["objects", "project", "sharing", "tables"]
