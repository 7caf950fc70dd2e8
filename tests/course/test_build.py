"""The notebooks that students open are exactly what `lab course build` makes of the sources."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml

from lab.course import build, markers, sources
from lab.course.sources import BadSource, Source
from lab.exercises import registry

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sources.find(ROOT)
by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def student(source: Source) -> nbformat.NotebookNode:
    return nbformat.read(source.target, as_version=4)


def test_notebooks_are_fresh() -> None:
    assert [str(path.relative_to(ROOT)) for path in build.stale(ROOT)] == []


def test_no_notebook_without_a_source() -> None:
    found = {path for name in sources.CHAPTERS for path in (ROOT / name).glob("*.ipynb")}
    assert found == {source.target for source in SOURCES}
    assert len(SOURCES) >= 3


@by_name
def test_exercises_follow_the_rules(source: Source) -> None:
    assert build.verify(source) == []


@by_name
def test_no_solution_survives(source: Source) -> None:
    shown = {
        line.strip()
        for cell in student(source).cells
        if cell.metadata.get("exercise")
        for line in cell.source.splitlines()
    }
    hidden: set[str] = set()
    for cell in source.notebook().cells:
        if sources.wrong_for(cell):
            hidden |= {line.strip() for line in cell.source.splitlines() if line.strip()}
        elif sources.exercise_of(cell):
            hidden |= set(markers.solutions(cell.source))
    # A line that the stub shows too ("def moyenne(notes):") is no secret.
    stubs = {
        line.strip()
        for cell in source.notebook().cells
        if sources.exercise_of(cell)
        for line in markers.strip(cell.source).splitlines()
    }
    assert not (shown & hidden) - stubs
    assert "solution" not in " ".join(shown).lower()


@by_name
def test_a_notebook_is_ready_for_a_student(source: Source) -> None:
    notebook = student(source)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in codes)
    identities = [cell.id for cell in notebook.cells]
    assert len(set(identities)) == len(identities)
    text = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert "**Durée**" in text
    assert "vous saurez" in text.replace("\N{NO-BREAK SPACE}", " ")


@by_name
def test_no_address_is_written_in_a_notebook(source: Source) -> None:
    text = source.path.read_text(encoding="utf-8")
    for address in ("localhost", "127.0.0.1", "mongodb://", ":27017", ":6379", ":9200"):
        assert address not in text, address


@by_name
def test_code_is_valid_python(source: Source) -> None:
    for cell in student(source).cells:
        if cell.cell_type == "code":
            code = cell.source.partition("\n")[2] if cell.source[:2] == "%%" else cell.source
            ast.parse(code)


@by_name
def test_links_lead_to_files(source: Source) -> None:
    bar = build.links(source, SOURCES)
    for part in bar.split("](")[1:]:
        assert (source.target.parent / part.partition(")")[0]).exists(), part


def test_french_typography_spares_code() -> None:
    text = "Alors : `a : b` « oui » ?\n```\nx : y\n```\nFin !"
    nbsp = "\N{NO-BREAK SPACE}"
    expected = f"Alors{nbsp}: `a : b` «{nbsp}oui{nbsp}»{nbsp}?\n```\nx : y\n```\nFin{nbsp}!"
    assert build.typeset(text) == expected


# ------------------------------------------------------------------ a course of one's own
HEAD = """# %% [markdown]
# # Un titre

# %%
from lab.exercises import check

# %% exercise="mongo-01"
# >>> solution
reponse = 42  # secret
# <<< solution
check("mongo-01", reponse)

# %% wrong="mongo-01"
reponse = 41

# %% wrong="mongo-01"
reponse = "42"
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    path = tmp_path / "course" / "Mongo" / "01_essai.py"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD, encoding="utf-8")
    return path


def test_a_student_gets_the_stub_and_a_teacher_the_solution(course: Path, tmp_path: Path) -> None:
    (source,) = sources.find(tmp_path)
    given, kept = build.student(source, [source]), build.solved(source, [source])
    assert "reponse = ...\\n" in given
    assert "secret" not in given
    assert "41" not in given
    assert "secret" in kept
    trials = nbformat.reads(build.solved(source, [source], with_wrong=True), as_version=4)
    tried = [cell.source for cell in trials.cells if cell.metadata.get("trial")]
    assert tried[0].startswith("reponse = 41\ncheck(")
    assert len(tried) == 3, "two wrong answers and the garbage"


def test_a_stale_notebook_is_told(course: Path, tmp_path: Path) -> None:
    target = tmp_path / "Mongo" / "01_essai.ipynb"
    assert build.stale(tmp_path) == [target], "nothing is built yet"
    assert build.write(tmp_path) == [target]
    assert build.stale(tmp_path) == []
    target.write_text(target.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert build.stale(tmp_path) == [target]


def test_nothing_is_written_when_one_source_is_faulty(course: Path, tmp_path: Path) -> None:
    second = course.with_name("02_faute.py")
    second.write_text(HEAD.replace("# <<< solution\n", ""), encoding="utf-8")
    with pytest.raises(markers.BadMarker):
        build.write(tmp_path)
    assert not (tmp_path / "Mongo").exists()


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('check("mongo-01"', 'check("mongo-02"', "check() names another exercise"),
        ('# %% wrong="mongo-01"\nreponse = 41\n', "", "1 wrong answers"),
        ("# >>> solution\nreponse = 42  # secret\n# <<< solution", "reponse = 1", "no solution"),
        ('wrong="mongo-01"\nreponse = "42"', 'wrong="mongo-03"\nreponse = 1', "to no exercise"),
        ("mongo-01", "mongo-99", "n'existe pas"),
        ('check("mongo-01", reponse)', "print(reponse)", "must end with check"),
    ],
)
def test_faults_of_a_source_are_named(
    course: Path, tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in HEAD
    course.write_text(HEAD.replace(before, after), encoding="utf-8")
    (source,) = sources.find(tmp_path)
    assert any(fault in line for line in build.verify(source)), build.verify(source)


def test_a_source_without_a_title_is_refused(course: Path, tmp_path: Path) -> None:
    course.write_text(HEAD.replace("# # Un titre", "# Un titre"), encoding="utf-8")
    (source,) = sources.find(tmp_path)
    with pytest.raises(BadSource, match="heading"):
        source.title()


def test_an_id_survives_a_cell_inserted_before(course: Path, tmp_path: Path) -> None:
    def identities() -> set[str]:
        (source,) = sources.find(tmp_path)
        notebook = nbformat.reads(build.student(source, [source]), as_version=4)
        return {cell.id for cell in notebook.cells}

    before = identities()
    course.write_text(HEAD.replace("# %%\n", "# %%\nnouvelle = 1\n\n# %%\n", 1), encoding="utf-8")
    assert before < identities()
    assert len(identities() - before) == 1


def test_an_exercise_keeps_its_id_when_its_stub_changes(course: Path, tmp_path: Path) -> None:
    def identity() -> str:
        (source,) = sources.find(tmp_path)
        notebook = nbformat.reads(build.student(source, [source]), as_version=4)
        return next(cell.id for cell in notebook.cells if cell.metadata.get("exercise"))

    before = identity()
    changed = HEAD.replace("# >>> solution", "# >>> solution\n#: reponse = ...  # un entier")
    course.write_text(changed, encoding="utf-8")
    assert identity() == before


def test_a_branch_without_sources_says_so(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "course", ignore_errors=True)
    assert sources.find(tmp_path) == []
    assert build.stale(tmp_path) == []


@by_name
def test_the_table_of_contents_leads_to_cells(source: Source) -> None:
    notebook = nbformat.reads(build.student(source, SOURCES), as_version=4)
    asked = [one for cell in notebook.cells for one in re.findall(r"\(#cell-id=(\w+)\)", cell.source)]
    parts = {cell.id: cell.source for cell in notebook.cells}
    assert len(asked) > 1
    assert all("## " in parts[one] for one in asked)


def test_pre_commit_hooks_are_local_and_their_tools_exist() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/"), hook["id"]
        assert (ROOT / program).exists(), program


@pytest.mark.parametrize("chapter", registry.CHAPTERS)
def test_every_judge_is_asked_by_the_course(chapter: str) -> None:
    asked = {sources.exercise_of(cell) for one in SOURCES for cell in one.notebook().cells}
    assert {one.id for one in registry.chapter(chapter)} <= asked
