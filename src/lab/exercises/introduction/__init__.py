"""Judges of the chapter Introduction, one module per notebook."""

from lab.exercises.introduction import browser, containers, environment, project, python, web

__all__ = ["browser", "containers", "environment", "project", "python", "web"]
