"""Judges of the chapter Mongo, one module per notebook."""

from lab.exercises.mongo import documents, indexes, pipelines, project, queries

__all__ = ["documents", "indexes", "pipelines", "project", "queries"]
