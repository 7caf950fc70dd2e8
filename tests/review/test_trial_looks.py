"""What a trial looks at: pages of a real server, logs, and what they change in a review."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from repositories import PROJECT, under, verdict
from test_batch import lab

from lab.review import grid
from lab.review.criteria import CRITERIA
from lab.review.model import Evidence, Review, Verdict
from lab.review.outcome import Page, Ran, Refusal, Stock, Trial
from lab.review.report import page, table
from lab.review.trial import logs, probe, weighing

ROOT = Path(__file__).resolve().parents[2]
ROWS = "<table>" + "<tr><td>x</td></tr>" * 5 + "</table>"
PAGES = {
    "/": "<h1>Bonjour</h1><a href='/vide'>a</a><a href='/films?p=1'>b</a><a href='http://x.test/'>",
    "/vide": "<ul><li>menu</li></ul>",
    "/films": ROWS,
    "/api": json.dumps([{"titre": f"film {n}", "note": n} for n in range(9)]),
    "/rien": "[]",
}


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path.partition("?")[0])
        self.send_response(200 if body is not None else 404)
        kind = "application/json" if (body or "")[:1] == "[" else "text/html"
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_pages_are_followed_until_one_shows_data(site: int) -> None:
    pages = probe.look("127.0.0.1", site, time.monotonic() + 30)
    assert [(one["path"], one["status"], one["shows"]) for one in pages] == [
        ("/", 200, ""),
        ("/vide", 200, ""),
        ("/films", 200, "5 lignes de tableau"),
    ]


def test_a_port_where_nothing_listens_is_said(site: int) -> None:
    (page,) = probe.look("127.0.0.1", 9, time.monotonic() + 30)
    assert (page["status"], page["shows"]) == (0, "")
    assert "Connect" in page["error"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("text/html", ROWS, "5 lignes de tableau"),
        ("text/html", "<tr><tr>", ""),
        ("text/html", "<div class='card-title'>" * 9, "9 fiches"),
        ("text/html", "<canvas id=c>", "1 figures"),
        ("application/json", PAGES["/api"], "JSON de 18 valeurs"),
        ("application/json", "[]", ""),
        ("application/json", "{", ""),
        ("application/json", "[" * 100_000, ""),
    ],
)
def test_data_is_told_from_a_menu(kind: str, text: str, said: str) -> None:
    assert probe.shown(kind, text) == said


OUTSIDE = [
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='films.test.org', port=443): "
    'Max retries exceeded with url: / (Caused by NameResolutionError("<urllib3.connection.'
    "HTTPSConnection object at 0x7f>: Failed to resolve 'films.test.org' ([Errno -3] Temporary "
    'failure in name resolution)"))',
    "twisted.internet.error.DNSLookupError: DNS lookup failed: no results for hostname lookup: "
    "films.test.org. while asking https://films.test.org/",
    "curl: (6) Could not resolve host: films.test.org",
    "selenium.common.exceptions.WebDriverException: Message: unknown error: "
    "net::ERR_NAME_NOT_RESOLVED at https://films.test.org/liste",
    "aiohttp.client_exceptions.ClientConnectorDNSError: Cannot connect to host films.test.org:443 "
    "ssl:default [Temporary failure in name resolution]",
]
INSIDE = [
    "    conn = self._new_conn(self.host, socket.timeout)  # Temporary failure in name resolution",
    "pymongo.errors.ServerSelectionTimeoutError: mongodb:27017: [Errno -2] Name or service not "
    "known, Timeout: 30s, Topology Description: <TopologyDescription servers: [<ServerDescription "
    "('mongodb', 27017) error=AutoReconnect('mongodb:27017: [Errno -2] Name or service not known')",
    "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
    "requests.exceptions.ConnectionError: HTTPConnectionPool(host='api', port=80): Max retries "
    "exceeded with url: / (Caused by NewConnectionError: Failed to resolve 'api')",
    "ModuleNotFoundError: No module named 'films.test'",
    "Collecting https://films.test.org/ : 20 pages",
]


@pytest.mark.parametrize("line", OUTSIDE)
def test_a_scraper_without_internet_is_recognised(line: str) -> None:
    assert logs.lacks_internet(f"début\n{line}\nfin\n", {"web"}) == "films.test.org"


@pytest.mark.parametrize("line", INSIDE)
def test_a_mistake_of_the_project_is_no_lack_of_internet(line: str) -> None:
    assert logs.lacks_internet(line, {"web"}) == ""


def test_a_log_is_bounded_and_harmless() -> None:
    text = logs.bounded(b"\x1b[31mrouge\x07\n" + b"a" * 2_000_000)
    assert len(text) < logs.MOST_BYTES + 100
    assert "\x1b" not in text
    assert logs.last_words("un\nValueError: non\n  fin normale\n") == "ValueError: non"


WEB = Ran("web", "running", built=True)
DB = Ran("mongo", "healthy", store="mongo")
SHOWS = Page("web", 5000, "/", 200, "5 lignes de tableau")
EMPTY = Page("web", 5000, "/", 200)
DEAD = Page("web", 5000, "/", 0, error="ConnectError")
FULL = Stock("mongo", "mongo", 0, 12, "films.fiches : 12")
NONE = Stock("mongo", "mongo", 0, 0)
CRASH = Ran("recolte", "failed", 1, "ValueError", built=True)
OFFLINE = replace(CRASH, offline=True, said="cherche films.test.org, hors d'atteinte ici")


def weighed(trial: Trial, level: int | None = 1) -> Review:
    names = ("docker", "compose", "application", "stockage", "bonus-lancement", "tests")
    found = Review("p", "p", verdicts=[Verdict(name, level, 0.75) for name in names])
    return weighing.weigh(found, trial)


def ran(*services: Ran, pages: tuple[Page, ...] = (), stores: tuple[Stock, ...] = ()) -> Trial:
    return Trial("ran", "", services=services, pages=pages, stores=stores)


# trial, level before → levels of docker, compose, application, stockage, bonus-lancement
LEVELS = [
    (ran(WEB, DB, pages=(SHOWS,), stores=(FULL,)), 1, (3, 2, 2, 2, 3)),
    (ran(WEB, DB, pages=(SHOWS,), stores=(FULL,)), 3, (3, 3, 3, 3, 3)),
    (ran(WEB, pages=(SHOWS,)), 0, (2, 2, 2, 0, 0)),
    (ran(WEB, DB, pages=(EMPTY,), stores=(NONE,)), 3, (3, 3, 3, 3, 3)),
    (ran(WEB, DB, pages=(DEAD,), stores=(NONE,)), 3, (3, 3, 1, 3, 3)),
    (ran(CRASH, DB, pages=(DEAD,), stores=(NONE,)), 3, (3, 2, 1, 3, 3)),
    (ran(OFFLINE, DB, pages=(DEAD,), stores=(NONE,)), 3, (3, 3, 3, 3, 3)),
    (ran(WEB, OFFLINE, DB, pages=(SHOWS,), stores=(NONE,)), 1, (3, 2, 2, 1, 1)),
    (ran(CRASH), 3, (3, 1, 1, 3, 3)),
    (Trial("unbuilt", "non"), 3, (1, 1, 3, 3, 3)),
    (Trial("unreadable", "non"), 3, (3, 1, 3, 3, 3)),
    (Trial("refused", "non", refusals=(Refusal("bind", "x", "c.yml", 4),)), 3, (3, 3, 3, 3, 3)),
    (Trial("stopped", "non"), 3, (3, 3, 3, 3, 3)),
    (Trial("impossible", "non"), 3, (3, 3, 3, 3, 3)),
    (Trial("absent", "non"), 0, (0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("trial", "before", "after"), LEVELS)
def test_levels_move_by_the_written_rules(
    trial: Trial, before: int, after: tuple[int, ...]
) -> None:
    found = weighed(trial, before)
    assert tuple(one.level for one in found.verdicts) == (*after, before)


def test_what_was_seen_is_evidence() -> None:
    found = weighed(ran(WEB, OFFLINE, DB, pages=(SHOWS,), stores=(FULL,)))
    said = [one.text for one in verdict(found, "application").evidence]
    assert said == ["--run : http://web:5000/ répond 200 : 5 lignes de tableau"]
    said = [one.text for one in verdict(found, "stockage").evidence]
    assert said == ["--run : mongo (MongoDB) : 0 puis 12 documents (films.fiches : 12)"]
    assert "recolte n'a pas pu récolter : ce n'est pas retenu" in found.notes[-1]
    assert verdict(found, "tests").evidence == ()


def test_a_refusal_is_shown_with_its_line_and_asked() -> None:
    trial = Trial("refused", "Rien.", refusals=(Refusal("bind", "dossier /etc", "c.yml", 4),))
    found = verdict(weighed(trial), "compose")
    assert found.evidence == (Evidence("--run : refusé, dossier /etc", "c.yml", "4"),)
    assert found.question


def test_a_page_without_data_is_a_question_to_the_grader() -> None:
    found = verdict(weighed(ran(WEB, DB, pages=(EMPTY,), stores=(NONE,))), "application")
    assert "ne montre pas de donnée" in found.question
    scripted = replace(EMPTY, scripted=True)
    found = verdict(weighed(ran(WEB, pages=(scripted,))), "application")
    assert "script" in found.question


def test_a_review_with_its_trial_comes_back_from_json() -> None:
    found = weighed(ran(WEB, OFFLINE, DB, pages=(SHOWS,), stores=(FULL,)))
    again = Review.from_dict(json.loads(json.dumps(found.as_dict())))
    assert asdict(again) == asdict(found)
    assert again.trial is not None
    assert again.trial.summary.startswith("2 services sur 3 démarrent ; la page montre 5 lignes")


def test_the_trial_is_on_the_page_and_in_the_table(fork, read, tmp_path: Path) -> None:
    refusal = Refusal("bind", "service <web> : dossier hors du dépôt", "c.yml", 4)
    trial = replace(
        ran(WEB, OFFLINE, DB, pages=(SHOWS,), stores=(FULL,)), logs=("service-web.txt",)
    )
    found = weighing.weigh(read(fork(under("Evaluation/Projet", PROJECT))), trial)
    ruler = grid.read(ROOT / grid.PLACE, CRITERIA)
    text = page.project(ruler, found, grid.mark(ruler, found, {}))
    for said in (
        *("Le lancement", "http://web:5000/", "5 lignes de tableau", "films.fiches : 12"),
        *('href="projet-journaux/service-web.txt"', "Pas d'Internet pendant l'essai"),
        "en lançant le projet",
    ):
        assert said in text
    found = replace(found, trial=Trial("refused", "non", refusals=(refusal,)))
    text = page.project(ruler, found, grid.mark(ruler, found, {}))
    assert "<code>c.yml:4</code>" in text
    assert "service &lt;web&gt;" in text
    row = table.render(ruler, [(weighed(trial), grid.mark(ruler, found, {}))]).splitlines()
    assert row[0].endswith(";lancement")
    assert "2 services sur 3 démarrent" in row[1]


def test_without_docker_one_sentence_and_nothing_is_read(
    fork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    done = lab("--run", str(fork(under("Evaluation/Projet", PROJECT))), home=tmp_path)
    assert done.returncode == 4
    said = done.stderr.strip().splitlines()
    assert said[0].endswith(
        "Docker n'est pas là, ou n'est pas démarré : --run ne peut rien lancer."
    )
    assert said[1].strip().startswith("→ ./lab review")
    assert len(said) == 2
    assert not (tmp_path / "lab/review").exists()
