"""`lab course release`: what is published, what is refused, what students read of it."""

from __future__ import annotations

from pathlib import Path

import docutils.core
import pytest
from releases import CHANGELOG, EXERCISE, FILES, SECRET, SOURCE, Course

from lab.errors import LabError
from lab.release import changelog, forks, publish, rehearsal
from lab.release.forks import SCENARIOS, Scenario
from lab.sync.git import Repository

WRONG = '# %% wrong="mongo-01"\nreponse = 41\n'
SEEN = ("copie intacte", "programmes modifiés", "tout cela à la fois")
MORE = {"course/Mongo/01_essai.py": SOURCE.replace("La suite.", "Revue.\n\n# %%\nx = 1") + EXERCISE}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "le cours é").mkdir()
    return Course(tmp_path / "le cours é")


def quiet(_: str) -> None:
    pass


def test_students_receive_the_notebooks_and_not_their_sources(course: Course) -> None:
    course.release()
    names = course.published().splitlines()
    assert "Mongo/01_essai.ipynb" in names
    assert "a.py" in names
    assert not [name for name in names if name.startswith("course/") or "truth/traps" in name]
    assert "au plus court" not in course.git("log", "-p", "master")
    assert course.git("cat-file", "-t", "v0.1.0") == "tag"
    assert course.git("rev-parse", "v0.1.0^{commit}") == course.git("rev-parse", "master")
    assert course.git("status", "--porcelain") == ""
    assert course.git("symbolic-ref", "--short", "HEAD") == "main"


def test_each_release_follows_the_one_before_and_tells_what_changed(course: Course) -> None:
    course.release()
    course.commit({**MORE, "Mongo/COMPLEMENT.rst": FILES["Mongo/README.rst"]})
    course.commit({"Mongo/README.rst": None})
    course.release("0.2.0")
    assert course.git("log", "--format=%s", "master").splitlines() == [
        "Version 0.2.0",
        "Version 0.1.0",
    ]
    assert course.git("rev-parse", "master^") == course.git("rev-parse", "v0.1.0^{commit}")
    assert course.git("rev-list", "--merges", "master") == ""
    assert course.published("src/lab/__init__.py") == '__version__ = "0.2.0"'
    text = course.published("CHANGELOG.rst")
    assert "0.2.0 (novembre 2026)\n=====" in text
    assert "* ``01_essai.ipynb`` : changé (1 exercice nouveau : mongo-02 ; 2 cellules de cours)" in text
    assert "* ``COMPLEMENT.rst`` : s'appelait ``Mongo/README.rst``" in text
    assert text.index("0.2.0 (") < text.index("0.1.0 (")
    docutils.core.publish_doctree(text.replace("Changements", "Changé"), settings_overrides={"halt_level": 2})
    # What was published stays; the third release keeps what the second one said.
    course.commit({"a.py": "x = 1\n", "CHANGELOG.rst": CHANGELOG.replace("* Tout.", "* Rien.")})
    course.release("0.2.1")
    assert "mongo-02" in course.published("CHANGELOG.rst")
    assert "* Tout." in course.published("CHANGELOG.rst")


def test_a_changed_and_a_withdrawn_exercise_are_told(course: Course) -> None:
    course.commit(MORE)
    course.release()
    changed = MORE["course/Mongo/01_essai.py"].replace("Combien ?", "Combien d'articles ?")
    course.commit({"course/Mongo/01_essai.py": changed.replace(EXERCISE, "")})
    news = course.plan("0.2.0").news
    assert "1 exercice changé : mongo-01 ; 1 exercice retiré : mongo-02" in news


def refused(course: Course, version: str = "0.2.0", remote: str = "") -> LabError:
    before = course.refs()
    with pytest.raises(LabError) as error:
        course.plan(version, remote)
    assert error.value.hint
    assert course.refs() == before
    return error.value


def test_what_is_not_saved_is_not_published(course: Course) -> None:
    (course.root / "a.py").write_text("autre = 1\n")
    assert "enregistrés" in refused(course).message


def test_notebooks_must_be_up_to_date(course: Course) -> None:
    course.commit(MORE, built=False)
    error = refused(course)
    assert "Mongo/01_essai.ipynb" in error.message
    assert error.hint == "./lab course build"


def test_a_faulty_exercise_is_refused(course: Course) -> None:
    course.commit({"course/Mongo/01_essai.py": SOURCE.replace(WRONG, "")})
    assert "Mongo/01_essai: mongo-01: 1 wrong answers" in refused(course).message


@pytest.mark.parametrize("where", ["Mongo/README.rst", "tests/aide.py", "Mongo/brouillon.ipynb"])
def test_a_solution_left_anywhere_is_refused(course: Course, where: str) -> None:
    line = f"reponse = {SECRET}"
    text = f"\n   {line}\n"
    if where.endswith(".ipynb"):  # in the output of a cell that somebody added by hand
        output = '{"output_type": "stream", "name": "stdout", "text": ["vu\\n", %s]}'
        quoted = '"' + line.replace('"', '\\"') + '"'
        text = '{"cells": [{"source": "x", "outputs": [' + output % quoted + "]}]}"
    course.commit({where: text})
    error = refused(course)
    assert f"{where} montre la solution de mongo-01" in error.message
    assert where in error.hint


def test_a_line_that_the_lesson_shows_too_is_no_secret(course: Course) -> None:
    shown = SOURCE.replace("# La suite.", f"# La suite.\n\n# %%\nreponse = {SECRET}\nprint(reponse)")
    several = shown.replace(
        "# >>> solution", "# >>> solution\nbase = workspace.mongo()\ntotal = len(list(base.articles))"
    )
    course.commit({"course/Mongo/01_essai.py": several})
    course.release()
    one = {"tests/x.py": f"reponse = {SECRET}\n"}
    course.commit(one)
    course.release("0.2.0")
    both = {"tests/x.py": "base = workspace.mongo()\n# puis\ntotal = len(list(base.articles))\n"}
    course.commit(both)
    assert "tests/x.py montre" in refused(course, "0.3.0").message


def test_what_students_receive_holds_together(course: Course) -> None:
    course.commit({"src/lab/x.py": "from lab.practice.truth import traps\n"})
    assert "src/lab/x.py importe lab.practice.truth.traps" in refused(course).message
    course.commit({"src/lab/x.py": None, "Mongo/x.rst": "`Là <../course/Mongo/01_essai.py>`_\n"})
    assert "Mongo/x.rst renvoie à course/Mongo/01_essai.py" in refused(course).message


def test_versions_grow_and_are_published_once(course: Course) -> None:
    course.release()
    course.commit(MORE)
    again = refused(course, "")
    assert "existe déjà" in again.message
    assert again.hint.endswith("--version 0.1.1")
    assert "ne suit pas" in refused(course, "0.0.9").message
    assert "numéro de version" in refused(course, "v1").message
    course.git("tag", "v0.2.0", "main")
    assert "existe déjà" in refused(course, "0.2.0").message


def test_nothing_new_is_no_release(course: Course) -> None:
    course.release()
    course.commit({"course/notes.txt": "entre enseignants\n"})
    assert "rien de nouveau" in refused(course).message


def test_the_students_branch_has_nothing_to_release(course: Course) -> None:
    course.release()
    course.git("checkout", "-q", "master")
    with pytest.raises(LabError, match="branche d'étudiants"):
        course.plan("0.2.0")


def test_the_students_branch_must_not_be_open(course: Course, tmp_path: Path) -> None:
    course.release()
    course.commit(MORE)
    course.git("worktree", "add", "-q", str(tmp_path / "ouvert"), "master")
    assert "ouverte" in refused(course).message


def test_a_release_is_pushed_after_what_colleagues_published(course: Course, tmp_path: Path) -> None:
    course.git("init", "-q", "--bare", str(tmp_path / "publié"))
    course.git("remote", "add", "origin", str(tmp_path / "publié"))
    course.release(remote="origin")
    course.git("push", "-q", "origin", "main")
    other = tmp_path / "collègue"
    course.git("clone", "-q", "-b", "main", str(tmp_path / "publié"), str(other))
    colleague = Course.__new__(Course)
    colleague.root, colleague.repository = other, Repository(other)
    colleague.git("config", "user.name", "Collègue")
    colleague.git("config", "user.email", "c@exemple.fr")
    colleague.commit(MORE)
    # Without a local branch, the remote's is followed, not begun anew.
    assert colleague.plan("0.2.0").previous == course.git("rev-parse", "master")
    colleague.release("0.2.0", remote="origin")
    course.commit({"a.py": "x = 1\n"})
    assert "existe déjà" in refused(course, "0.2.0", "origin").message
    course.release("0.3.0", remote="origin")
    tips = course.git("ls-remote", "origin", "refs/heads/master", "refs/heads/*")
    assert course.git("rev-parse", "master") in tips
    assert course.git("log", "--format=%s", "master").splitlines() == [
        f"Version 0.{n}.0" for n in (3, 2, 1)
    ]


def test_a_refused_push_leaves_nothing_behind(course: Course, tmp_path: Path) -> None:
    bare = tmp_path / "publié"
    course.git("init", "-q", "--bare", str(bare))
    course.git("remote", "add", "origin", str(bare))
    course.release(remote="origin")
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    course.commit(MORE)
    planned = course.plan("0.2.0", "origin")
    before = course.refs()
    made = publish.commit(course.repository, planned)
    with pytest.raises(LabError, match="n'a pas été publiée"):
        publish.publish(course.repository, planned, made, "origin")
    assert course.refs() == before
    # A branch that went its own way is not forced.
    course.git("branch", "-f", "master", "main")
    assert "divergé" in refused(course, "0.2.0", "origin").message


@pytest.mark.timeout(600)
def test_an_update_is_rehearsed_on_students_copies(course: Course) -> None:
    course.release()
    course.commit({**MORE, "a.py": "".join(f"ligne_{n} = {n * 2}\n" for n in range(20))})
    planned = course.plan("0.2.0")
    made = Repository(course.root).write_commit(planned.tree, [planned.previous], "essai")
    some = [one for one in SCENARIOS if one.name in SEEN]
    found = rehearsal.rehearse(course.repository, planned.previous, made, quiet, some)
    assert [one.faults for one in found] == [[]] * 2 * len(SEEN)
    told = {(one.fork, one.way): one.result for one in found}
    assert told["copie intacte", "git pull"] == "réuni"
    assert "à régler à la main" in told["programmes modifiés", "git pull"]
    assert "à comparer" in told["programmes modifiés", "lab sync"]


def test_a_release_that_would_cost_students_something_is_refused(course: Course) -> None:
    course.release()
    course.commit({"Mongo/02_fait_main.ipynb": '{"cells": [}', "a.py": "x = 1\n"})
    before = course.refs()
    done = course.lab("--version", "0.2.0")
    assert done.returncode == 1, done.stdout
    assert "02_fait_main.ipynb n'est pas un notebook valide" in done.stderr
    assert "rien n'est publié" in done.stderr
    assert course.refs() == before
    assert not list(course.root.parent.glob("lab-release-*"))


def test_a_lost_line_is_seen(course: Course, tmp_path: Path) -> None:
    course.release()
    copy = forks.make(Scenario("x", (forks.answer, forks.move_files)), course.root, tmp_path / "c")
    mine = forks.written(copy.root)
    assert len(mine) > 2
    assert rehearsal.judge(copy.root, mine, set()) == []
    (copy.root / "Evaluation" / "Projet" / "app.py").write_text("pass\n")
    (fault,) = rehearsal.judge(copy.root, mine, set())
    assert "est perdu" in fault


def test_the_command_from_end_to_end(course: Course) -> None:
    seen = course.lab("--dry-run")
    assert seen.returncode == 0, seen.stderr
    assert "Rien n'a été publié" in seen.stdout
    assert "master" not in course.refs()
    course.release()
    course.commit(MORE)
    done = course.lab("--version", "0.1.1")
    assert done.returncode == 0, done.stderr
    assert "mongo-02" in done.stdout
    assert "copie intacte" in done.stdout
    assert "git push --atomic origin master v0.1.1" in done.stdout


def test_a_changelog_without_any_section() -> None:
    made = changelog.compose("Titre\n=====\n", "", "1.0.0", "", 0)
    assert changelog.split(made)[1].keys() == {"1.0.0"}
    assert changelog.section(made, "1.0.0") == ""
