"""The course: sources in ``course/`` (jupytext), notebooks in the folders students open.

* `sources` finds the sources and reads their exercises;
* `markers` takes the solutions out of a cell;
* `build` makes the student's notebook, the solved one, and the one that tries wrong answers;
* `run` executes notebooks in fresh kernels and collects the results of their checks.
"""
