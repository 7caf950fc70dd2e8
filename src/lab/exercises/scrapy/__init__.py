"""Judges of the chapter Scrapy, one module per notebook.

Parsing functions are called on pages that the judge writes itself, where names, numbers and
missing fields are other than those of the practice web.
"""

from lab.exercises.scrapy import politeness, press_review, records, selectors, storing

__all__ = ["politeness", "press_review", "records", "selectors", "storing"]
