"""Judges of the chapter Redis, one module per notebook.

A function that the student gives is called with a real client on keys of its own
(``redis00:juge:…``), removed afterwards; some get a client in which another worker interferes.
"""

from lab.exercises.redis import coordination, project, ranking, streams, structures

__all__ = ["coordination", "project", "ranking", "streams", "structures"]
