"""JupyterLab in our image: where it listens, and its token, read from a file."""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (given by Jupyter)
c.ServerApp.ip = "0.0.0.0"  # noqa: S104  (inside the container; Docker publishes on 127.0.0.1)
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.root_dir = "/home/dev/code"
# What completion reads; else a folder appears among the student's.
c.LanguageServerManager.virtual_documents_dir = "/tmp/jupyter-documents"  # noqa: S108
token = Path("/run/lab/secrets/notebook_token")
if os.access(token, os.R_OK):  # else the image runs alone: Jupyter makes a token and prints it
    c.IdentityProvider.token = token.read_text().strip()
