"""The report of a crawl: true, self-contained, without secrets, whatever became of the crawl."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab import crawls
from lab.errors import CrawlFailed, LabError, StoreUnavailable, UnknownName
from lab.scraping import redact
from lab.scraping.coverage import Alert
from lab.scraping.summary import Recorder, page
from lab.scraping.summary.alerts import alerts
from lab.scraping.summary.charts import thin, ticks
from lab.scraping.summary.recorder import POINTS, latency
from lab.scraping.summary.shelf import Shelf
from lab.settings import Paths

from .conftest import ARTICLES, PROJECT

LOADING = {"src", "href", "xlink:href", "srcset", "data", "action", "background", "poster"}
LIMIT = 500_000  # bytes of a report


class Reader(HTMLParser):
    """What a page would load or run, its headings, and whether its elements are closed."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.labels = 0
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.labels += ("role", "img") in attributes
        self.loads += [f"{tag} {n}={v}" for n, v in attributes if n in LOADING]
        self.loads += [f"{tag} {n}" for n, v in attributes if n.startswith("on")]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag


def check_page(text: str) -> None:
    """Assert that a page stands alone and can be read by anyone."""
    assert len(text.encode()) < LIMIT
    reader = Reader(text)
    assert reader.loads == []
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(reader.tags)
    assert reader.tags.count("h1") == 1
    assert reader.labels >= 4
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    assert "prefers-color-scheme: dark" in style[1]
    assert "@import" not in text
    assert "url(" not in text
    assert "@font-face" not in text
    assert '<html lang="fr">' in text


def line(pages: int = 100, **more: object) -> dict:
    return {
        "pages": pages,
        "items": pages,
        "errors": 0,
        "elapsed": pages / 100,
        "stored": {"mongo": pages},
        "pending": {"mongo": 0},
        "lag": {"mongo": 0.1},
        "queue": 5,
        "status": {"200": pages},
        "memory": 1_000_000 + pages,
        "latency": [0, pages] + [0] * 22,
        "coverage": {"articles": {"items": pages, "fields": {"title": pages, "authors": 3}}},
        **more,
    }


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(root=PROJECT.parents[1], home=tmp_path / "lab")


@pytest.fixture
def crawl(contract, practice, paths):
    """Run `crawls.crawl` as the CLI does."""

    def start(spider="gazette", arguments=None, pages=0, project=None, where=None, **options):
        environment = {**contract, "PRACTICE_URL": practice.url, **(where or {})}
        return crawls.crawl(
            paths,
            environment,
            spider,
            arguments or {},
            pages,
            lambda line: None,
            project,
            options={name: str(value) for name, value in options.items()},
        )

    return start


def test_kept_in_the_folder_and_in_the_bucket_and_true(crawl, content, paths):
    result = crawl(arguments={"password": "tres-secret", "essai": "visible"})
    assert result.report == next(paths.reports.glob("gazette/*.html"))
    assert crawls.last_report(paths) == result.report
    text = result.report.read_text()
    check_page(text)
    assert result.report.stat().st_mode & 0o777 == 0o600
    bucket, _, key = result.report_url.removeprefix("s3://").partition("/")
    stored = content.s3.get_object(Bucket=bucket, Key=key)
    assert stored["Body"].read().decode() == text
    assert stored["ContentType"].startswith("text/html")
    twin = json.loads(content.s3.get_object(Bucket=bucket, Key=f"{key[:-5]}.json")["Body"].read())
    assert twin == json.loads(result.report.with_suffix(".json").read_text())
    assert (twin["pages"], twin["items"], twin["stored"]) == (
        result.pages,
        result.items,
        dict(result.stored),
    )
    assert (twin["outcome"], twin["reason"], twin["warnings"]) == ("finished", "finished", [])
    assert twin["shares"]["articles"] == dict.fromkeys(twin["shares"]["articles"], 1.0)
    assert twin["series"]["pages"][-1] == result.pages
    assert twin["arguments"] == {"password": redact.HIDDEN, "essai": "visible"}
    assert twin["coverage"]["articles"]["items"] == ARTICLES


def test_no_secret_in_any_report(crawl, content, contract, paths):
    crawl(arguments={"password": "tres-secret"}, pages=5)
    secrets = {
        "tres-secret",
        contract["AWS_ACCESS_KEY_ID"],
        contract["AWS_SECRET_ACCESS_KEY"],
        "mot-de-passe-de-test",
    }
    written = [path.read_text() for path in paths.reports.glob("*/*")]
    assert len(written) == 3
    for text in written:
        assert not [secret for secret in secrets if secret in text]


def test_a_store_that_is_down_is_in_the_report(crawl, content, paths):
    dead = {"MONGO_URL": "mongodb://lab:mot-de-passe-de-test@127.0.0.1:9/lab"}
    with pytest.raises(StoreUnavailable) as caught:
        crawl(where=dead, LAB_STORES="mongo", LAB_STORE_DEADLINE=1, LAB_STORE_TIMEOUT=1)
    text = caught.value.report.read_text()
    check_page(text)
    assert "mongo ne répond plus" in text
    twin = json.loads(caught.value.report.with_suffix(".json").read_text())
    assert twin["outcome"] == "failed"
    assert list(twin["unavailable"]) == ["mongo"]
    assert "mot-de-passe-de-test" not in text + json.dumps(twin)


def test_without_s3_the_folder_alone(crawl, content, paths):
    result = crawl(pages=3, LAB_STORES="redis")
    assert result.report_url == ""
    check_page(result.report.read_text())
    dead = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    with pytest.raises(StoreUnavailable) as caught:
        crawl(pages=3, where=dead, LAB_STORES="s3", LAB_STORE_DEADLINE=1, LAB_STORE_TIMEOUT=1)
    check_page(caught.value.report.read_text())


def test_no_page_received_has_a_report_and_an_unknown_name_has_none(crawl, content, paths):
    with pytest.raises(UnknownName):
        crawl("inconnu")
    assert not paths.reports.exists()
    with pytest.raises(CrawlFailed) as caught:
        crawl(
            arguments={"rubrique": "sport"}, LAB_STORES="redis", PRACTICE_URL="http://127.0.0.1:9"
        )
    check_page(caught.value.report.read_text())
    assert "ConnectionRefusedError" in caught.value.report.read_text()


def test_several_workers_make_one_report(contract, practice, content, paths):
    environment = {**contract, "PRACTICE_URL": practice.url}
    result = crawls.crawl(paths, environment, "gazette", {}, 0, lambda line: None, workers=2)
    assert result.report is not None
    check_page(result.report.read_text())
    twin = json.loads(result.report.with_suffix(".json").read_text())
    assert (twin["workers"], twin["items"], twin["pages"]) == (2, ARTICLES, result.pages)
    assert twin["coverage"]["articles"]["items"] == ARTICLES
    assert sum(twin["latency"]["counts"]) == result.pages
    assert len(list(paths.reports.glob("gazette/2*"))) == 2  # none by each worker


def test_a_plain_scrapy_crawl_makes_its_report_too(contract, practice, content, paths):
    command = [sys.executable, "-m", "scrapy", "crawl", "gazette", "-s", "LAB_MAX_PAGES=30"]
    environment = {**os.environ, **contract, "PRACTICE_URL": practice.url}
    environment["LAB_HOME"] = str(paths.home)
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (report,) = paths.reports.glob("gazette/*.html")
    check_page(report.read_text())
    assert f"bilan : {report}" in done.stderr
    assert f"reports/gazette/{report.name}" in content.objects("reports/")
    subprocess.run([*command, "-s", "LAB_REPORT=0"], cwd=PROJECT, env=environment, check=True)
    assert list(paths.reports.glob("gazette/*.html")) == [report]


SPIDER = '''
import scrapy
from lab.errors import LabError, NotRunning

class Plainte(scrapy.Spider):
    """Demande un argument."""

    name = "plainte"

    def __init__(self, ou="init", **more):
        super().__init__(**more)
        self.ou = ou
        if ou == "init":
            raise NotRunning("Il manque site=.", "./lab crawl plainte -a site=https://exemple.fr")

    async def start(self):
        if self.ou == "start":
            raise NotRunning("Il manque site=.", "./lab crawl plainte -a site=https://exemple.fr")
        yield scrapy.Request(self.settings["PRACTICE_URL"])

    def parse(self, response):
        raise NotRunning("Il manque site=.", "./lab crawl plainte -a site=https://exemple.fr")
'''


@pytest.mark.parametrize("where", ["init", "start", "parse"])
def test_what_a_spider_asks_of_its_user_reaches_him(crawl, content, tmp_path, where):
    project = tmp_path / "projet"
    (project / "mien" / "spiders").mkdir(parents=True)
    (project / "scrapy.cfg").write_text("[settings]\ndefault = mien.settings\n")
    settings = (PROJECT / "newscrawler" / "settings.py").read_text()
    (project / "mien" / "settings.py").write_text(settings.replace("newscrawler.", "mien."))
    (project / "mien" / "spiders" / "plainte.py").write_text(SPIDER)
    for folder in (project / "mien", project / "mien" / "spiders"):
        (folder / "__init__.py").touch()
    with pytest.raises(LabError) as caught:
        crawl("plainte", {"ou": where}, project=project, LAB_STORES="redis")
    assert type(caught.value).__name__ == "NotRunning"
    assert caught.value.message == "Il manque site=."
    assert caught.value.hint == "./lab crawl plainte -a site=https://exemple.fr"
    assert caught.value.exit_code == 3


def test_hostile_texts_stay_texts():
    record = Recorder("gaz<b>ette", {"q": "<script>alert(1)</script>"})
    nasty = "</style></title><img src=x onerror=alert(1)>"
    record.add(
        line(
            status={"200": 1, nasty: 3},
            failures={nasty: 1},
            dropped={f"invalid/{nasty}": 2},
            traps={nasty: 1},
            unavailable={"mongo": nasty},
            examples={nasty: [[f"http://x/{nasty}", nasty]]},
            coverage={nasty: {"items": 2, "fields": {nasty: 1}}},
            crawl={"settings": {"USER_AGENT": nasty}, "versions": {"scrapy": nasty}},
            reason=nasty,
        )
    )
    text = page.render(record.summary([Alert("empty", nasty)], nasty, nasty))
    check_page(text)


@pytest.mark.parametrize("lines", [[], [line(0, latency=[], coverage={})], [line(1)]])
def test_little_is_known(lines):
    record = Recorder("gazette")
    for one in lines:
        record.add(one)
    check_page(page.render(record.summary([], "Interrompu.")))


def test_many_lines_take_bounded_room_and_keep_both_ends():
    record = Recorder("gazette", workers=4)
    for number in range(1, 20_001):
        record.add(
            line(number * 150, reason="finished") if number == 20_000 else line(number * 150)
        )
    summary = record.summary([])
    series = summary["series"]
    assert POINTS / 2 <= len(series["elapsed"]) <= 2 * POINTS + 1
    assert series["pages"][0] == 150
    assert series["pages"][-1] == 3_000_000
    assert series["elapsed"] == sorted(series["elapsed"])
    steps = [b - a for a, b in zip(series["elapsed"], series["elapsed"][1:], strict=False)]
    assert max(steps[1:-1]) <= 4 * min(steps[1:-1])
    text = page.render(summary)
    check_page(text)
    assert "4 travailleurs" in text


def test_outcomes():
    def outcome(reason: str, error: str = "") -> str:
        record = Recorder("x")
        record.add(line(reason=reason))
        return str(record.summary([], error)["outcome"])

    assert outcome("finished") == outcome("closespider_pagecount") == "finished"
    assert outcome("shutdown") == outcome("", "Interrompu avant…") == "interrupted"
    assert outcome("store_unavailable") == outcome("finished", "raté") == outcome("") == "failed"


def test_quantiles_are_upper_bounds():
    found = latency([0, 50, 40, 9, 1] + [0] * 19)
    assert (found["p50"], found["p90"], found["p99"]) == (0.002, 0.003, 0.005)
    assert latency([])["p50"] is None


def test_refused_items_and_fruitless_pages_are_told():
    refused = line(100, items=80, dropped={"invalid/title": 20, "duplicate": 50})
    (alert,) = alerts(refused, {}, {})
    assert alert.text == "20\xa0fiches sur 100 (20 %) refusées : champ title absent ou invalide."
    assert alerts(line(100, dropped={"invalid/title": 2}), {}, {}) == []
    (alert,) = alerts(line(40, items=0, coverage={}), {}, {})
    assert alert.text == "Aucune fiche n’a été tirée de 40\xa0pages."
    assert alerts(line(3, items=0, coverage={}), {}, {}) == []


def test_a_full_or_closed_disk_costs_the_report_only(tmp_path):
    (tmp_path / "reports").write_text("un fichier, pas un dossier")
    shelf = Shelf(tmp_path / "reports", "gazette", {})
    assert shelf.keep(datetime.now(UTC), "<p>", {}, {}) == (None, "")
    assert shelf.reference() == {}


def test_a_spiders_name_cannot_leave_the_folder(tmp_path):
    shelf = Shelf(tmp_path / "reports", "../../ailleurs", {})
    path, _ = shelf.keep(datetime.now(UTC), "<p>", {}, {})
    assert path is not None
    assert path.resolve().is_relative_to(tmp_path / "reports")


@pytest.mark.parametrize("highest", [0.0004, 0.7, 3, 42, 999, 1000, 87_654, 2.3e9])
def test_axes_have_a_few_round_labels_that_reach_the_top(highest):
    found = ticks(highest)
    assert found[0] == 0
    assert found[-1] >= highest
    assert 3 <= len(found) <= 7


def test_curves_keep_their_ends():
    points = [(float(n), float(n)) for n in range(1234)]
    assert thin(points)[0] == points[0]
    assert thin(points)[-1] == points[-1]
    assert len(thin(points)) == 100


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("mot_de_passe", True),
        ("motdepasse", True),
        ("mdp", True),
        ("api_key", True),
        ("clé", True),
        ("jeton", True),
        ("AWS_SESSION_TOKEN", True),
        ("rubrique", False),
        ("monkey", False),
        ("clef_de_sol", False),
        ("site", False),
        ("LAB_BUCKET", False),
    ],
)
def test_names_that_announce_a_secret(name, secret):
    assert redact.is_secret(name) is secret


def test_values_of_secrets_are_taken_out_wherever_they_are():
    secrets = redact.secrets_of(
        {
            "MONGO_URL": "mongodb://lab:abcdef123@h/lab",
            "AWS_SECRET_ACCESS_KEY": "xyz-xyz-xyz",
            "LAB_BUCKET": "lab",
            "PRACTICE_URL": "http://127.0.0.1:8000",
        }
    )
    assert secrets == {"abcdef123", "xyz-xyz-xyz"}
    hidden = redact.scrub({"a": ["x abcdef123 y"], "xyz-xyz-xyz": 3}, secrets)
    assert hidden == {"a": [f"x {redact.HIDDEN} y"], redact.HIDDEN: 3}
