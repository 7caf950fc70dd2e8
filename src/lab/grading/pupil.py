"""The part of `lab` that a student's code imports: clients, data sets, scraping; no truth."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import lab
from lab.grading import exchange

TAKEN = ("__init__.py", "errors.py", "settings.py", "workspace.py", "datasets", "scraping",
         "exercises/result.py", "practice/names.py")  # fmt: skip
CHECK = '''"""`check` hands the answer over to the judge, who is elsewhere."""

from lab.exercises.result import Result, Status
from lab.grading.exchange.agent import check

__all__ = ["Result", "Status", "check"]
'''
LAB = """print("La commande lab n'est pas disponible pendant la correction.")
raise SystemExit(3)
"""


def package(folder: Path) -> Path:
    """Make it once per version of this code, under `folder`; return the folder to import from."""
    source = Path(lab.__file__).resolve().parent
    made = folder / f"pupil-{digest(source)[:16]}"
    if made.is_dir():
        return made
    part = folder / f".{made.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    for name in TAKEN:
        target = part / "lab" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (source / name).is_dir():
            shutil.copytree(source / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source / name, target)
    copied = part / "lab" / "grading" / "exchange"
    here = Path(exchange.__file__).parent
    shutil.copytree(here, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (part / "lab" / "grading" / "__init__.py").write_text("", encoding="utf-8")
    (part / "lab" / "practice" / "__init__.py").write_text("", encoding="utf-8")
    (part / "lab" / "exercises" / "__init__.py").write_text(CHECK, encoding="utf-8")
    (part / "lab" / "__main__.py").write_text(LAB, encoding="utf-8")
    shutil.rmtree(made, ignore_errors=True)
    part.rename(made)
    return made


def digest(source: Path) -> str:
    """What a grading depends on besides the student's files: this whole package."""
    total = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        total.update(str(path.relative_to(source)).encode() + path.read_bytes())
    return total.hexdigest()
