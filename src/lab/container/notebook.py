"""JupyterLab, and the health probe of our services."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import urllib.request

from lab.container import CODE, RUN


def start(_: argparse.Namespace) -> int:
    """Replace this process by JupyterLab; says first what the student must know."""
    if not os.access(CODE, os.W_OK):
        owner = CODE.stat()
        print(
            f"Attention : {CODE} n'est pas modifiable par l'utilisateur {os.getuid()}. Pour y"
            f" écrire, relancez avec : docker run --user {owner.st_uid}:{owner.st_gid} …",
            file=sys.stderr,
        )
    token = RUN / "secrets" / "notebook_token"
    if os.access(token, os.R_OK):
        port = os.environ.get("LAB_NOTEBOOK_PORT") or "8888"
        print(f"Notebook : http://127.0.0.1:{port}/lab?token={token.read_text().strip()}")
    sys.stdout.flush()
    program = shutil.which("jupyter-lab") or "jupyter-lab"
    os.execv(program, [program])  # noqa: S606  (no shell on purpose)


def health(options: argparse.Namespace) -> int:
    """0 when the URL answers 2xx within 4 s; the school's proxy is never asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(options.url, timeout=4) as reply:
            return 0 if 200 <= reply.status < 300 else 1
    except OSError as error:
        print(error)
        return 1
