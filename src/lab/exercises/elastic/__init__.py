"""Judges of the chapter Elasticsearch, one module per notebook."""

from lab.exercises.elastic import analysis, pages, searching

__all__ = ["analysis", "pages", "searching"]
