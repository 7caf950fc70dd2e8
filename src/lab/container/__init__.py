"""What runs inside our own containers: `python -m lab.container secrets|env|init|crawl|…`.

    secrets   makes random secrets once, and gives each service its own readable files (root)
    env       prints the environment contract as seen from this container
    init      replica set, bucket, Kibana's account; does nothing the second time
    crawl     first crawl; says so when it fails, but ends with 0 so that the notebook starts
    notebook  JupyterLab
    health    exit code 0 when a URL answers 2xx

The volume mounted at /run/lab has one folder per service, owned by the user the official
image runs as, mode 0500, files 0400: passwords reach servers through files only, and stay out
of `docker inspect` and of command lines. `init` needs no lab module beyond settings; the first
crawl is the ordinary `lab crawl`.
"""

from __future__ import annotations

from pathlib import Path

from lab.runtimes.inside import RUN

CODE = Path("/home/dev/code")  # the student's checkout, mounted
FILES = Path("/home/dev/files")

__all__ = ["CODE", "FILES", "RUN"]
