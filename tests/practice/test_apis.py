"""The guarded JSON API and GraphQL, over HTTP: their conditions and their limits."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lab.practice import truth
from lab.practice.site.scenarios.guarded_api import (
    BUCKETS,
    BURST,
    CLIENT_ID,
    CLIENT_SECRET,
    PER_SECOND,
    Limiter,
    sign,
)
from lab.practice.world import World

from .conftest import Running

CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def token(web: Running) -> str:
    answer = web.http.post("/api/v2/token", data=CLIENT).raise_for_status().json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 300)
    return str(answer["access_token"])


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({**CLIENT, "client_secret": "deviné"}, 401, "invalid_client"),
        ({**CLIENT, "expires_in": 0}, 400, "invalid_request"),
        ({**CLIENT, "expires_in": "toujours"}, 400, "invalid_request"),
        ({**CLIENT, "credit": 1000}, 400, "invalid_request"),
        ({**CLIENT, "x": "y" * 5000}, 400, "invalid_request"),
    ],
)
@pytest.mark.parametrize("how", ["data", "json"])
def test_a_bad_request_for_a_token(
    web: Running, body: dict[str, Any], status: int, error: str, how: str
) -> None:
    answer = web.http.post("/api/v2/token", **{how: body})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_no_token_no_article(web: Running, small: World, token: str) -> None:
    claims, _, signature = token.partition(".")
    other = sign(World(seed=1), time.time() + 60)
    for header in (
        {},
        {"authorization": "Basic abc"},
        {"authorization": "Bearer"},
        bearer("n’importe quoi".encode().hex()),
        bearer(f"{claims}.{signature[:-2]}"),
        bearer(other),
        bearer(sign(small, time.time() - 1)),
    ):
        for path in ("/api/v2/articles", "/api/v2/articles/1"):
            answer = web.http.get(path, headers=header)
            assert answer.status_code == 401, header
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert web.http.get("/api/v2/articles", headers=bearer(token)).status_code == 200


def test_cursors_reach_everything_once(web: Running, small: World, token: str) -> None:
    address: str | None = "/api/v2/articles?limit=50"
    found = []
    while address:
        data = web.http.get(address, headers=bearer(token)).raise_for_status().json()
        found += data["data"]
        address = data["paging"]["next"]
    assert [item["id"] for item in found] == list(range(small.articles, 0, -1))
    for query in ("limit=0", "limit=51", "limit=x", "cursor=x", "cursor=YXZhbnQ6OTk5OQ"):
        answer = web.http.get(f"/api/v2/articles?{query}", headers=bearer(token))
        assert answer.status_code == 400, query


def test_what_is_known_is_not_sent_again(web: Running, small: World, token: str) -> None:
    first = web.http.get("/api/v2/articles/7", headers=bearer(token))
    assert first.json()["title"] == truth.article(small, 6)["title"]
    etag, dated = first.headers["etag"], first.headers["last-modified"]
    old = "Mon, 01 Jan 2024 00:00:00 GMT"
    for conditions, status in (
        ({"if-none-match": etag}, 304),
        ({"if-none-match": '"autre"'}, 200),
        ({"if-modified-since": dated}, 304),
        ({"if-modified-since": old}, 200),
        ({"if-modified-since": "avant-hier"}, 200),
        ({"if-none-match": '"autre"', "if-modified-since": dated}, 200),
        ({"if-none-match": etag, "if-modified-since": old}, 304),
    ):
        answer = web.http.get("/api/v2/articles/7", headers={**bearer(token), **conditions})
        assert answer.status_code == status, conditions
        assert (answer.content == b"") is (status == 304)
    assert web.http.get("/api/v2/articles/0", headers=bearer(token)).status_code == 404


def test_a_quota_says_how_long_to_wait(web: Running, small: World) -> None:
    answer = web.http.post("/api/v2/token", data={**CLIENT, "credit": 0}).json()
    refused = web.http.get("/api/v2/articles", headers=bearer(answer["access_token"]))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["x-ratelimit-remaining"] == "0"


def test_the_limiter_is_a_bounded_set_of_buckets() -> None:
    limiter = Limiter()
    assert [limiter.take("a", 0.0) for _ in range(BURST)][-1] == (0, 0)
    assert limiter.take("a", 0.0) == (0, 1)
    assert limiter.take("b", 0.0)[1] == 0
    assert limiter.take("a", 1.0) == (PER_SECOND - 1, 0)
    assert limiter.take("a", 1000.0) == (BURST - 1, 0)
    for number in range(3 * BUCKETS):
        limiter.take(str(number), 1000.0)
    assert len(limiter) == BUCKETS


def ask(web: Running, query: str, **variables: Any) -> dict[str, Any]:
    answer = web.http.post("/graphql", json={"query": query, "variables": variables})
    return {"status": answer.status_code, **answer.json()}


def test_graphql_answers_what_is_asked(web: Running, small: World) -> None:
    newest = truth.article(small, small.articles - 1)
    data = ask(web, "{ articles(first: 1) { totalCount edges { node { title } } } }")["data"]
    assert data["articles"] == {
        "totalCount": small.articles,
        "edges": [{"node": {"title": newest["title"]}}],
    }
    got = web.http.get("/graphql", params={"query": '{ article(id: "1") { canonicalUrl body } }'})
    oldest = truth.article(small, 0)
    assert got.json()["data"]["article"] == {
        "canonicalUrl": oldest["canonical_url"],
        "body": oldest["body"],
    }
    for missing in ("0", "131", "x", "9" * 30):
        assert ask(web, f'{{ article(id: "{missing}") {{ id }} }}')["data"] == {"article": None}


def test_graphql_pages_agree_with_the_lists(web: Running, small: World) -> None:
    query = """query($a: String) { author(slug: "%s") { articles(first: 2, after: $a) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { canonicalUrl } } } } }"""
    for author in small.plan.authors.values():
        found, after = [], None
        while True:
            page = ask(web, query % author.slug, a=after)["data"]["author"]["articles"]
            found += [edge["node"]["canonicalUrl"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        wanted = [i["canonical_url"] for i in truth.articles(small) if author.name in i["authors"]]
        assert found == wanted[::-1]
        assert page["totalCount"] == len(wanted)


def test_graphql_can_be_discovered(web: Running) -> None:
    from graphql import build_client_schema, get_introspection_query, print_schema

    data = ask(web, get_introspection_query())["data"]
    printed = print_schema(build_client_schema(data))
    assert printed.strip() == web.http.get("/graphql/schema").text.strip()


TOWER = "fragment f0 on Article { title } " + " ".join(
    f"fragment f{n} on Article {{ section {{ articles(first: 50) {{ edges {{ node "
    f"{{ ...f{n - 1} }} }} }} }} }}"
    for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ articles", "Syntax Error"),
        ("{ inconnu }", "Cannot query field"),
        ("mutation { x }", "mutation"),
        ("{ articles(first: 50) { edges { node { section { articles(first: 50) { edges "
         "{ node { title } } } } } } } }", "trop coûteuse"),
        ("query($n: Int!) { articles(first: $n) { edges { node { authors { articles(first: $n) "
         "{ edges { node { title } } } } } } } }", "trop coûteuse"),
        ("{ article(id: 1) { section { articles(first: 1) { edges { node { section { articles"
         "(first: 1) { edges { node { title } } } } } } } } } }", "trop profonde"),
        (TOWER + "{ article(id: 1) { ...f29 } }", "trop"),
        ("{ " + " ".join(f"a{n}: sections {{ name }}" for n in range(200)) + " }", "tokens"),
        ("{ a" * 330 + "}" * 330, "too deeply"),
    ],
)  # fmt: skip
def test_graphql_refuses_what_costs_too_much(web: Running, query: str, said: str) -> None:
    answer = ask(web, query, n=50)
    assert answer["status"] == 400
    assert said in answer["errors"][0]["message"]


def test_graphql_refuses_a_page_too_long_and_a_foreign_cursor(web: Running) -> None:
    for arguments in ("first: 51", "first: 0", 'first: 5, after: "x"', 'first: 5, after: "é"'):
        answer = ask(web, f"{{ articles({arguments}) {{ totalCount }} }}")
        assert answer["status"] == 200
        assert answer["errors"], arguments


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"query": 1}', b"x" * 30_000])
def test_graphql_wants_json(web: Running, body: bytes) -> None:
    assert web.http.post("/graphql", content=body).status_code == 400


def test_the_manuals_are_for_humans(web: Running) -> None:
    for path, word in (("/api/v2/", CLIENT_SECRET), ("/graphql", "totalCount")):
        answer = web.http.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert word in answer.text
