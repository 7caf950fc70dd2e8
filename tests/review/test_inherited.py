"""What comes from the course is never credited nor blamed."""

from __future__ import annotations

from repositories import COURSE, PROJECT, commit, create, git, notebook, under

from lab.review import upstream
from lab.review.git import soon
from lab.review.reviewing import Context, review
from lab.review.sources import Source

SPIDER = "Scrapy/newscrawler/spiders/gazette.py"


def levels(found) -> dict[str, int | None]:
    return {one.criterion: one.level for one in found.verdicts}


def test_a_course_file_copied_into_the_project_earns_nothing(fork, read) -> None:
    copied = {
        "Evaluation/Projet/gazette.py": COURSE[SPIDER],
        "Evaluation/Projet/vide.py": "x = 1\n",
    }
    found = read(fork(copied))
    assert levels(found)["recolte"] == 0
    assert found.facts["inherited"] == 2  # the spider, and the README's model


def test_the_lines_added_to_a_copy_are_the_student_s(fork, read) -> None:
    changed = COURSE[SPIDER].replace("gazette.test", "films.test") + "\n\nimport requests\n"
    changed += "requests.get('https://autre.test/')\n"
    found = read(fork({"Evaluation/Projet/gazette.py": changed}))
    verdict = next(one for one in found.verdicts if one.criterion == "recolte")
    places = {proof.place for proof in verdict.evidence if proof.path.endswith("gazette.py")}
    assert verdict.level
    assert places <= {"6", "11", "12", "13"}, "only the student's lines are quoted"
    assert any("requests" in proof.text for proof in verdict.evidence)
    assert not any("spider Gazette" in proof.text for proof in verdict.evidence)


def test_the_unfilled_readme_is_not_documentation(fork, read) -> None:
    assert levels(read(fork(under("Evaluation/Projet", {"a.py": "x = 1\n"}))))["doc-technique"] == 0


def test_the_course_s_compose_file_is_not_the_project_s(fork, read) -> None:
    found = read(fork({"app.py": PROJECT["app.py"]}))  # at the root, beside the course's own
    assert found.location.kind == "root"
    assert levels(found)["compose"] == 0
    assert levels(found)["docker"] == 0


def test_a_course_notebook_copied_then_filled_in(fork, read) -> None:
    theirs = COURSE["Mongo/01_documents.ipynb"]
    filled = theirs.replace('"reponse = ..."', '"reponse = 1\\n",\n    "import redis"')
    found = read(fork({"Evaluation/Projet/01_documents.ipynb": filled}))
    verdict = next(one for one in found.verdicts if one.criterion == "stockage")
    assert verdict.level == 1
    assert all("pymongo" not in proof.text for proof in verdict.evidence)
    assert any(
        "import redis" in proof.text and "cellule 2" in proof.place for proof in verdict.evidence
    )


def test_commits_of_the_course_are_not_the_student_s(fork, read) -> None:
    found = read(fork(under("Evaluation/Projet", PROJECT)))
    assert found.facts["commits"] == 1


def test_a_fork_of_an_older_course_is_still_read(course_folder, tmp_path, read) -> None:
    """Its history shares nothing with the upstream known: said nowhere, lost nowhere."""
    folder = create(tmp_path / "ancien", {"3Mongo/a.ipynb": notebook("1")})
    commit(folder, under("6Evaluation/Projet", PROJECT))
    found = read(folder)
    assert not found.fault
    assert levels(found)["stockage"] == 3


def test_without_an_upstream_the_course_is_not_taken_for_the_project(tmp_path) -> None:
    """A student's fork without the remote: many course files, beside a small project."""
    many = {f"tests/test_{n}.py": f"import flask  # {n}\n" for n in range(60)}
    folder = create(tmp_path / "seul", {**COURSE, **many, "__pycache__/a.pyc": b"\0"})
    commit(folder, under("Evaluation/Projet", PROJECT))
    found = review(Source("seul", str(folder)), Context(upstream.Upstream(), tmp_path / "clones"))
    assert found.location.folder == "Evaluation/Projet"
    assert levels(found)["proprete"] == 3
    assert any("amont du cours est inconnu" in note for note in found.notes)


def test_in_a_student_s_own_fork_only_the_remote_upstream_is_the_course(
    fork, course_folder
) -> None:
    folder = fork(under("Evaluation/Projet", PROJECT))
    mine = git(folder, "rev-parse", "HEAD")
    assert not upstream.read(upstream.places((), folder, [str(folder)], soon(30)), soon(30))
    git(folder, "remote", "add", "basestream", str(course_folder))
    git(folder, "fetch", "--quiet", "basestream")
    known = upstream.read(upstream.places((), folder, [str(folder)], soon(30)), soon(30))
    assert len(known.commits) == 1
    assert mine not in known.commits
    # A grader's lab reviews other repositories: all of its history is the course's.
    assert upstream.read(upstream.places((), course_folder, [str(folder)], soon(30)), soon(30))


def test_what_lab_sync_follows_is_the_course(fork, course_folder) -> None:
    """LAB_UPSTREAM names a remote, whose other branches are the student's, or an address."""
    folder = fork(under("Evaluation/Projet", PROJECT))
    theirs = git(folder, "rev-parse", "HEAD~1")

    def known(remote: str, branch: str) -> frozenset[str]:
        followed = upstream.Followed(remote, branch)
        places = upstream.places((), folder, [str(folder)], soon(30), followed)
        return upstream.read(places, soon(30)).commits

    git(folder, "update-ref", "refs/remotes/origin/master", "HEAD")  # the student's, pushed
    git(folder, "update-ref", "refs/remotes/origin/cours", theirs)
    assert known("origin", "cours") == {theirs}
    assert not known("basestream", "master")
    assert known(str(course_folder), "master") == {theirs}
    assert not known(str(course_folder), "absente")
    # From an address, what the last `lab sync` brought is known without asking the network.
    git(folder, "update-ref", "refs/lab/upstream", theirs)
    assert known("https://forge.test/cours.git", "master") == {theirs}


def test_the_command_reads_lab_upstream(fork, tmp_path, monkeypatch) -> None:
    from lab.cli.reviewing import _context
    from lab.settings import Paths

    folder = fork(under("Evaluation/Projet", PROJECT))
    git(folder, "update-ref", "refs/remotes/ecole/cours", "HEAD~1")
    monkeypatch.setenv("LAB_UPSTREAM", "ecole")
    monkeypatch.setenv("LAB_UPSTREAM_BRANCH", "cours")
    paths = Paths(folder, tmp_path / "lab")
    context = _context(paths, [Source("moi", str(folder))], (), True, 30)
    assert context.upstream.commits == {git(folder, "rev-parse", "HEAD~1")}
