"""The stores as the first crawl leaves them: made once, then copied for each student."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lab.errors import ServiceFailed
from lab.grading import sandbox
from lab.grading.sandbox import SOURCE, Places

SECONDS = 600.0
PARTS = ("practice", "scraping", "runtimes", "catalogue.py", "settings.py", "datasets")


def ensure(folder: Path, root: Path, report: Callable[[str], None]) -> Path:
    """Return the folder to copy. Raises ServiceFailed."""
    made = folder / f"modele-{_digest(root)[:16]}"
    if made.is_dir():
        return made
    report("première récolte du modèle (une fois)")
    for old in folder.glob("modele-*"):
        shutil.rmtree(old)
    places = Places(folder / "fill")
    shutil.rmtree(places.root, ignore_errors=True)
    places.ensure()
    words = [*sandbox.outside(places.root), *sandbox.stores(places, root)]
    with (folder / "modele.log").open("wb") as log:
        try:
            done = subprocess.run(
                [*words, sys.executable, "-m", "lab.grading.stores", "fill"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            done = 1
    if done:
        raise ServiceFailed(
            "Les bases du modèle n'ont pas pu être remplies.", f"cat {folder / 'modele.log'}"
        )
    for path in places.home.rglob("*"):  # what no copy can take, and no server reads again
        if path.is_socket() or path.is_fifo():
            path.unlink()
    places.home.rename(made)
    shutil.rmtree(places.root)
    return made


def copy(template: Path, places: Places) -> None:
    """A student's own stores: a few megabytes, shared on the disk where the system can."""
    words = ["cp", "-a", "--reflink=auto", f"{template}/.", str(places.home)]
    subprocess.run(words, check=True, capture_output=True)


def _digest(root: Path) -> str:
    total = hashlib.sha256()
    places = [SOURCE / "lab" / part for part in PARTS] + [root / "Scrapy" / "newscrawler"]
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
