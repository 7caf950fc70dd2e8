"""A small course in a git repository, for `lab course release`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab.course import build
from lab.release import publish
from lab.sync.git import Repository

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_795_284_300.0  # 21 November 2026
SECRET = 'base.articles.count_documents({"section": "Économie"})  # au plus court'
SOURCE = f"""# %% [markdown]
# # Un titre

# %%
from lab.exercises import check

# %% [markdown]
# Combien ?

# %% exercise="mongo-01"
# >>> solution
reponse = {SECRET}
# <<< solution
check("mongo-01", reponse)

# %% wrong="mongo-01"
reponse = 41

# %% wrong="mongo-01"
reponse = "42"

# %% [markdown]
# La suite.
"""
EXERCISE = """
# %% exercise="mongo-02"
# >>> solution
reponse = sorted(titres, key=len)[0].strip()
# <<< solution
check("mongo-02", reponse)

# %% wrong="mongo-02"
reponse = 1

# %% wrong="mongo-02"
reponse = 2
"""
CHANGELOG = "=======\nChangements\n=======\n\n0.1.0 (octobre 2026)\n====================\n\n* Tout.\n"
FILES = {
    "course/Mongo/01_essai.py": SOURCE,
    "src/lab/__init__.py": '__version__ = "0.1.0"\n',
    "src/lab/practice/truth/traps.py": "CLE = 1\n",
    "CHANGELOG.rst": CHANGELOG,
    "Mongo/README.rst": "Mongo\n=====\n\nLe notebook.\n",
    "a.py": "".join(f"ligne_{n} = {n}\n" for n in range(20)),
}


class Course:
    """The instructors' checkout, on the branch main."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repository = Repository(root)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Prof")
        self.git("config", "user.email", "prof@exemple.fr")
        self.commit(FILES)

    def git(self, *words: str) -> str:
        return self.repository.line(*words)

    def commit(self, files: dict[str, str | None], *, built: bool = True) -> None:
        """Write files (None: remove), build the notebooks, commit."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        if built:
            build.write(self.root)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "travail")

    def plan(self, version: str = "", remote: str = "") -> publish.Release:
        return publish.prepare(Repository(self.root), version, "master", remote, NOW)

    def release(self, version: str = "", remote: str = "") -> publish.Release:
        planned = self.plan(version, remote)
        made = publish.commit(self.repository, planned)
        publish.publish(self.repository, planned, made, remote)
        return planned

    def published(self, path: str = "") -> str:
        """A file of the students' branch; without a path, the names of all."""
        if path:
            return self.git("show", f"master:{path}")
        return self.git("ls-tree", "-r", "--name-only", "master")

    def refs(self) -> str:
        return self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags")

    def lab(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`./lab course release words…` in this checkout."""
        return subprocess.run(
            [sys.executable, "-m", "lab", "course", "release", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "LAB_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
