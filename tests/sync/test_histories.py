"""Random edits of a student × random edits of upstream's: what every sync promises.

Everything the student writes bears a mark of its own, so that each line and each cell can be found
again. `long` runs the same properties on 10,000 histories.
"""

from __future__ import annotations

import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from forks import MARKERS, PEOPLE, World, files, git, notebook, state
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from lab.sync import cells
from lab.sync.contents import lines, read, write

FEW = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
TEN_THOUSAND = settings(FEW, max_examples=10_000)

# --- one notebook


@dataclass
class Author:
    """Whoever edits: what they write bears their name and a number."""

    name: str
    count: int = 0

    def text(self) -> str:
        self.count += 1
        return f"{self.name}{self.count}"


WORDS = ("x = 1", "titre", "reponse = ...", "print(base.articles.find_one())", "", "une consigne")


@st.composite
def course_cells(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A notebook of the course; some of its cells say the same thing, some have no id in common."""
    said = draw(st.lists(st.sampled_from(WORDS), max_size=7))
    kinds = ["code", "markdown"]
    return [one_cell(text, f"c{n}", draw(st.sampled_from(kinds))) for n, text in enumerate(said)]


def one_cell(text: str, name: str, kind: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": text}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


OPERATIONS = (
    "edit",
    "edit",
    "append",
    "insert",
    "insert",
    "delete",
    "move",
    "run",
    "twin",
    "rename",
)


def edited(draw: st.DrawFn, before: list[dict[str, Any]], author: Author) -> list[dict[str, Any]]:
    """The same cells after a few random edits."""
    now = json.loads(json.dumps(before))
    for operation in draw(st.lists(st.sampled_from(OPERATIONS), max_size=5)):
        at = draw(st.integers(0, max(len(now) - 1, 0)))
        if operation == "insert" or not now:
            text = author.text()
            now.insert(at, one_cell(text, text, draw(st.sampled_from(["code", "markdown"]))))
        elif operation == "edit":
            now[at]["source"] = author.text()
        elif operation == "append":
            now[at]["source"] += f"\n{author.text()}"
        elif operation == "delete":
            del now[at]
        elif operation == "move":
            now.insert(draw(st.integers(0, len(now) - 1)), now.pop(at))
        elif operation == "twin":  # copied and pasted
            now.insert(at, {**json.loads(json.dumps(now[at])), "id": author.text()})
        elif operation == "rename":  # the course's build names a cell after what it says
            if author.name == "cours":
                now[at]["id"] = author.text()
        elif now[at]["cell_type"] == "code":
            now[at]["execution_count"] = draw(st.integers(1, 9))
            output = {"output_type": "stream", "name": "stdout", "text": author.text()}
            now[at]["outputs"] = [output]
    return now


def book(some: list[dict[str, Any]]) -> cells.Notebook:
    found: cells.Notebook = json.loads(notebook(*some))
    return found


def check_cells(base: cells.Notebook, ours: cells.Notebook, merged: cells.Notebook) -> None:
    """Every cell that the student wrote is there, whole, in order, between the same neighbours."""
    theirs_too = {cells.said(cell) for cell in base["cells"]}
    mine = [k for k, one in enumerate(ours["cells"]) if cells.said(one) not in theirs_too]
    place: list[int] = []
    for k in mine:
        found = [n for n, one in enumerate(merged["cells"]) if one == ours["cells"][k]]
        assert len(found) == 1, f"lost, altered or doubled: {ours['cells'][k]}"
        place.append(found[0])
    assert place == sorted(place)
    for k, at in zip(mine, place, strict=True):
        for side in (-1, 1):
            if 0 <= k + side < len(ours["cells"]):
                neighbour = ours["cells"][k + side].get("id")
                around = merged["cells"][at:] if side == 1 else merged["cells"][:at]
                assert neighbour in {one.get("id") for one in around}, (k, side)
    known = {one["id"] for one in base["cells"]}
    for k, at in zip(mine, place, strict=True):
        if k and ours["cells"][k]["id"] not in known:  # added, not edited
            assert merged["cells"][at - 1]["id"] == ours["cells"][k - 1]["id"], "right after it"
    ids = [one["id"] for one in merged["cells"]]
    assert len(ids) == len(set(ids))


@st.composite
def three_books(draw: st.DrawFn) -> tuple[cells.Notebook, cells.Notebook, cells.Notebook]:
    base = draw(course_cells())
    return (
        book(base),
        book(edited(draw, base, Author("moi"))),
        book(edited(draw, base, Author("cours"))),
    )


def merge_of_cells(books: tuple[cells.Notebook, cells.Notebook, cells.Notebook]) -> None:
    base, ours, theirs = books
    before = json.dumps(books)
    done = cells.merge(base, ours, theirs)
    assert json.dumps(books) == before, "what is merged is not modified"
    merged = read(write(done.notebook))
    assert merged is not None, "never an invalid notebook"
    check_cells(base, ours, merged)
    again = cells.merge(theirs, merged, theirs)
    assert again.notebook == merged, "a second sync is a no-op"
    if not done.kept:  # then all that upstream wrote is there
        was = {cells.said(cell) for cell in base["cells"]}
        here = {cells.said(cell) for cell in merged["cells"]}
        missing = [c for c in theirs["cells"] if cells.said(c) not in was | here]
        assert missing == []
    assert cells.merge(base, ours, base).notebook == ours
    untouched = cells.merge(base, base, theirs).notebook
    assert [cells.said(c) for c in untouched["cells"]] == [cells.said(c) for c in theirs["cells"]]


@SOME
@given(three_books())
def test_cells(books: tuple[cells.Notebook, cells.Notebook, cells.Notebook]) -> None:
    merge_of_cells(books)


# --- one text


@st.composite
def three_texts(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    base = [f"ligne {n}" for n in range(draw(st.integers(0, 6)))]
    sides = []
    for author in (Author("moi"), Author("cours")):
        now = list(base)
        for operation in draw(st.lists(st.sampled_from(["edit", "insert", "delete"]), max_size=4)):
            at = draw(st.integers(0, max(len(now) - 1, 0)))
            if operation == "insert" or not now:
                now.insert(at, author.text())
            elif operation == "edit":
                now[at] = author.text()
            else:
                del now[at]
        sides.append(now)
    ends = [draw(st.sampled_from(["\n", "\n", "\r\n"])) for _ in range(3)]
    tails = [draw(st.sampled_from([True, True, False])) for _ in range(3)]
    texts = [
        (end.join(some) + (end if tail and some else "")).encode()
        for some, end, tail in zip((base, *sides), ends, tails, strict=True)
    ]
    return texts[0], texts[1], texts[2]


def check_lines(base: bytes, ours: bytes, merged: bytes) -> None:
    """The student's lines are all there, whole and in order."""
    known = set(base.splitlines())
    mine = [line for line in ours.splitlines() if line not in known]
    assert [line for line in merged.splitlines() if line.startswith(b"moi")] == mine
    assert not any(line.startswith((b"<<<<<<<", b">>>>>>>")) for line in merged.splitlines())


def merge_of_lines(texts: tuple[bytes, bytes, bytes]) -> None:
    base, ours, theirs = texts
    merged, whole = lines(base, ours, theirs)
    note(f"{merged!r}")
    check_lines(base, ours, merged)
    if whole:
        known = set(base.splitlines())
        assert {b for b in theirs.splitlines() if b not in known} <= set(merged.splitlines())
    assert lines(base, ours, base) == (ours, True)
    assert lines(base, base, theirs) == (theirs, True)


@settings(SOME, max_examples=40)
@given(three_texts())
def test_lines(texts: tuple[bytes, bytes, bytes]) -> None:
    merge_of_lines(texts)


# --- whole repositories

NAMES = ("a.py", "Mongo/n.ipynb", "Mongo/b.py", "Redis/m.ipynb", "Redis/c.txt")
ACTIONS = (
    ["edit"] * 4
    + ["add"] * 2
    + ["delete", "rename", "move folder", "binary", "break", "untracked", "stage", "commit"]
)


@dataclass(frozen=True)
class Edit:
    """One thing that someone does to a checkout; `pick` chooses among what is there."""

    action: str
    pick: int
    inside: int


@dataclass(frozen=True)
class History:
    """A course, then rounds: the student's edits, upstream's, whether upstream rewrites, a sync."""

    rounds: list[tuple[list[Edit], list[Edit], str]]


edits = st.lists(
    st.builds(Edit, st.sampled_from(ACTIONS), st.integers(0, 9), st.integers(0, 9)), max_size=5
)
ways = st.sampled_from(["plain", "plain", "plain", "amend", "orphan"])


def histories() -> st.SearchStrategy[History]:
    return st.builds(History, st.lists(st.tuples(edits, edits, ways), min_size=1, max_size=3))


def whole_text(author: str) -> str:
    return "".join(f"{author} {n}\n" for n in range(8))


def whole_book(name: str) -> str:
    return notebook(*(f"{name}-{n}: consigne {n} du notebook {name}" for n in range(6)))


IN_THE_INDEX = ("add", "rename", "move folder", "stage", "commit")


def do_all(folder: Path, some: list[Edit], author: Author) -> None:
    """Do edits one after the other; git is asked again only when they changed its index."""
    known: list[str] | None = None
    for edit in some:
        known = followed(folder) if known is None else known
        do(folder, edit, author, known)
        if edit.action in IN_THE_INDEX or not known:
            known = None


def followed(folder: Path) -> list[str]:
    return [name for name in git(folder, "ls-files", "-z").split("\0") if name]


def do(folder: Path, edit: Edit, author: Author, known: list[str] | None = None) -> None:
    """Do one edit; what is written bears the author's name. `known`: what git follows."""
    known = followed(folder) if known is None else known
    some = [name for name in known if (folder / name).is_file()]
    name = some[edit.pick % len(some)] if some else ""
    if edit.action in ("add", "untracked") or not name:
        new = folder / ("Mongo", "Redis", ".")[edit.pick % 3] / f"neuf{edit.inside % 3}.py"
        if not new.exists() and (new.parent.is_dir() or not new.parent.exists()):
            new.parent.mkdir(exist_ok=True)
            new.write_text(f"{author.text()}\n")
            if edit.action == "add":
                git(folder, "add", "-f", str(new))
    elif edit.action == "delete":
        (folder / name).unlink()
    elif edit.action == "rename":
        git(folder, "mv", "-f", name, f"{name}.{author.name}{edit.inside % 2}{Path(name).suffix}")
    elif edit.action == "move folder":
        place = folder / ("Mongo", "Redis")[edit.pick % 2]
        if place.is_dir() and any(one.startswith(f"{place.name}/") for one in some):
            place.rename(folder / f"{edit.inside % 2}{place.name}") if not (
                folder / f"{edit.inside % 2}{place.name}"
            ).exists() else None
            git(folder, "add", "-A", ":!*neuf*")
    elif edit.action == "binary":
        (folder / name).write_bytes(b"\0" + author.text().encode())
    elif edit.action == "break":
        (folder / name).write_text(f"{author.text()}\n" + (folder / name).read_text("latin-1"))
    elif edit.action == "stage":
        git(folder, "add", "-u")
    elif edit.action == "commit":
        git(folder, "commit", "-q", "-a", "--allow-empty", "-m", "en route")
    else:
        rewrite(folder / name, edit.inside, author)


def rewrite(path: Path, at: int, author: Author) -> None:
    content = path.read_bytes()
    found = read(content) if path.suffix == ".ipynb" else None
    if found is None:
        rows = content.splitlines(keepends=True)
        rows[at % (len(rows) + 1) : at % (len(rows) + 1) + at % 2] = [f"{author.text()}\n".encode()]
        path.write_bytes(b"".join(rows))
        return
    at %= len(found["cells"]) + 1
    text = author.text()
    if at % 3 and at < len(found["cells"]):
        found["cells"][at]["source"] = text
    elif at % 3 == 2:
        del found["cells"][at - 1 :]
    else:
        found["cells"].insert(at, one_cell(text, text, "code"))
    path.write_bytes(write(found))


def written_by(author: str, folder: Path) -> dict[str, int]:
    """How often each mark of an author is found in the files that lie in a checkout."""
    import re

    found: dict[str, int] = {}
    for content in files(folder).values():
        for mark in re.findall(rf"{author}\d+\b", content.decode("latin-1")):
            found[mark] = found.get(mark, 0) + 1
    return found


class Template:
    """The course that every history starts from, made once, and its fork."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def world(self) -> World:
        made = Path(self._folder.name) / "monde" if self._folder else None
        if made is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lab-sync-template-")
            made = Path(self._folder.name) / "monde"
            start = {n: whole_book(n) if n.endswith("ipynb") else whole_text(n) for n in NAMES}
            World.make(made, start)
        return World(made / "cours", made / "fork de Zoé")


TEMPLATE = Template()


def whole_history(history: History) -> None:
    with tempfile.TemporaryDirectory(prefix="lab-sync-") as name:
        world = World.copy(TEMPLATE.world(), Path(name))
        student, course = Author("moi"), Author("cours")
        for mine, theirs, way in history.rounds:
            do_all(world.fork, mine, student)
            do_all(world.course, theirs, course)
            publish(world, way)
            world.now += 60
            one_round(world)


def publish(world: World, way: str) -> None:
    if way == "orphan":  # upstream starts its history anew
        git(world.course, "checkout", "-q", "--orphan", "neuf")
        world.publish()
        git(world.course, "branch", "-q", "-M", "neuf", "master")
        git(world.course, "checkout", "-q", "master")
    elif way == "amend":
        git(world.course, "add", "-A")
        git(world.course, "commit", "-q", "--amend", "--allow-empty", "-m", "réécrit")
    else:
        world.publish()


def one_round(world: World) -> None:
    """Sync, undo, sync again; hold each promise."""
    before, mine = state(world.fork), written_by("moi", world.fork)
    held = files(world.fork)
    world.sync()
    after = files(world.fork)
    note(f"{sorted(after)}")
    now = written_by("moi", world.fork)
    assert {mark: now.get(mark, 0) for mark in mine} == {**mine, **_more(mine, now)}, "lost"
    marked = [n for n, c in after.items() if any(m.encode() in c for m in MARKERS)]
    assert marked == [], "a conflict marker"
    good = {content for n, content in held.items() if ".ipynb" in n and read(content) is None}
    for path, content in after.items():
        if path.endswith(".ipynb") and content not in good and ".upstream" not in path:
            known = read(content) or read(git_shown(world.course, content))
            assert known is not None, f"{path} is not a valid notebook any more"
    if git(world.fork, "tag", "--list", "lab-sync/*"):
        changed = state(world.fork)
        if changed != before and (world.fork / ".git" / "lab-sync.json").exists():
            world.undo()
            assert state(world.fork) == before, "--undo gives all back"
            world.sync(twice=False)
            assert files(world.fork) == after, "and the same sync does the same"


def _more(mine: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    """A mark may be there more often than before (upstream's files are laid beside)."""
    return {mark: count for mark, count in now.items() if count > mine.get(mark, 0)}


def git_shown(course: Path, content: bytes) -> bytes:
    """A notebook that upstream itself published broken is none of our doing."""
    published = {path.read_bytes() for path in course.rglob("*.ipynb*")}
    return whole_book("x").encode() if content in published else b""


@FEW
@given(histories())
def test_histories(history: History) -> None:
    whole_history(history)


CAMPAIGN, BATCHES = 10_000, 20


def campaign(number: int, count: int) -> int:
    """Live `count` random histories, not those of another number; return how many were lived."""
    lived = 0

    @seed(number)
    @settings(FEW, max_examples=count, database=None)
    @given(histories())
    def one(history: History) -> None:
        nonlocal lived
        lived += 1
        whole_history(history)

    os.environ.update(PEOPLE)
    one()
    return lived


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_ten_thousand_histories() -> None:
    """In as many processes as there are cores: nearly all of the time goes to starting git."""
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        shares = [CAMPAIGN // BATCHES] * BATCHES
        assert sum(pool.map(campaign, range(BATCHES), shares)) >= CAMPAIGN


@pytest.mark.long
@pytest.mark.timeout(3600)
@TEN_THOUSAND
@given(three_books())
def test_ten_thousand_notebooks(
    books: tuple[cells.Notebook, cells.Notebook, cells.Notebook],
) -> None:
    merge_of_cells(books)
