"""What every page needs: rendering, pagination, addresses, conditional answers."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lab.practice.articles import MONTHS, WEEKDAYS
from lab.practice.world import World

Thing = TypeVar("Thing")

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
JSON = "application/json"
PER_PAGE = 20
_IN_MENUS = ("/gazette/rubrique/", "/boutique/categorie/")
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?")


def long_date(moment: datetime) -> str:
    """Return ``mardi 15 septembre 2026 à 10 h 05``."""
    hour = f"{moment.hour}\u00a0h\u00a0{moment.minute:02d}"
    day = "1er" if moment.day == 1 else str(moment.day)
    month = MONTHS[moment.month - 1]
    return f"{WEEKDAYS[moment.weekday()]} {day} {month} {moment.year} à {hour}"


def short_date(moment: date) -> str:
    """Return ``15 septembre 2026``."""
    day = "1er" if moment.day == 1 else str(moment.day)
    return f"{day} {MONTHS[moment.month - 1]} {moment.year}"


def french_number(number: float) -> str:
    """Return an integer with no-break spaces, a float with a decimal comma."""
    return f"{number:,}".replace(",", "\u00a0").replace(".", ",")


def json_script(data: Any) -> Markup:
    """Return JSON that is safe inside a <script> element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  escaped just above


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(long_date=long_date, short_date=short_date, number=french_number)
    environment.globals["menu"] = menu
    return environment


@cache
def _template(name: str) -> Any:
    return _environment().get_template(name)


def menu(world: World, template: str, path: str) -> Markup:
    """Return a site's menu; it differs only on the pages it links to."""
    return _menu(world, template, path if path.startswith(_IN_MENUS) else "")


@lru_cache(maxsize=64)  # a third of an article's template, and the same for all of them
def _menu(world: World, template: str, path: str) -> Markup:
    return Markup(_template(template).render(plan=world.plan, path=path))  # noqa: S704  escaped


def world_of(request: Request) -> World:
    """Return the world the application serves, as of the day that the address asks for."""
    dated = request.scope.get("lab.world")
    return cast(World, request.app.state.world if dated is None else dated)


def base_url(request: Request) -> str:
    """Return ``scheme://host`` as the client wrote it, so that links stay on the same host."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise HTTPException(400, "En-tête Host invalide.")
    return f"{request.url.scheme}://{host}"


def answer(
    request: Request,
    body: str | bytes,
    media_type: str = HTML,
    status: int = 200,
    modified: datetime | None = None,
) -> Response:
    """Return `body` with an ETag, or 304 when the client already has it.

    With `modified` (aware) it is also dated, for clients that only send If-Modified-Since; an
    ETag wins over a date (RFC 9110, section 13.2.2).
    """
    data = body.encode() if isinstance(body, str) else body
    etag = f'"{hashlib.blake2b(data, digest_size=8).hexdigest()}"'
    # As no-cache (RFC 9111), in the words with which Scrapy's HTTP cache revalidates.
    headers = {"etag": etag, "cache-control": "max-age=0, must-revalidate"}
    if modified is not None:
        headers["last-modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
    if status == 200 and _already_there(request, etag, modified):
        return Response(status_code=304, headers=headers)
    return Response(data, status, headers, media_type)


def _already_there(request: Request, etag: str, modified: datetime | None) -> bool:
    known = request.headers.get("if-none-match")
    if known is not None:
        return etag in known or known.strip() == "*"
    since = request.headers.get("if-modified-since") if modified is not None else None
    if not since or modified is None:
        return False
    try:
        return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # unreadable, or without a zone: as if it were not there
        return False


def render(request: Request, template: str, **values: Any) -> str:
    """Return an HTML template's text; `base`, `path` and `world` are always there."""
    text: str = _template(template).render(
        base=base_url(request), path=request.url.path, world=world_of(request), **values
    )
    return text


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Answer with an HTML template (see `render`)."""
    return answer(request, render(request, template, **values), HTML, status)


def xml(request: Request, template: str, media_type: str = XML, **values: Any) -> Response:
    """Render an XML template."""
    return answer(request, _template(template).render(**values).lstrip(), media_type)


def as_json(request: Request, data: Any, status: int = 200) -> Response:
    """Return `data` as JSON in UTF-8."""
    return answer(request, json.dumps(data, ensure_ascii=False), JSON, status)


@dataclass(frozen=True, slots=True)
class Pager:
    """One page of a list of `total` things, `size` per page; `number` starts at 1."""

    number: int
    total: int
    size: int
    path: str

    @property
    def last(self) -> int:
        """Number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """Rank of the first thing of the page, from 0."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Rank after the last thing of the page."""
        return min(self.total, self.start + self.size)

    @property
    def ranks(self) -> range:
        """Ranks of the things of the page."""
        return range(self.start, self.stop)

    def link(self, number: int) -> str:
        """Return the address of page `number`; the first page has no parameter."""
        return self.path if number == 1 else f"{self.path}?page={number}"

    def window(self) -> Sequence[int]:
        """Return page numbers to show: the ends and the neighbours; 0 stands for a gap."""
        near = {1, self.last, *range(self.number - 2, self.number + 3)}
        shown: list[int] = []
        for number in sorted(n for n in near if 1 <= n <= self.last):
            if shown and number - shown[-1] > 1:
                shown.append(0)
            shown.append(number)
        return shown


def pager(request: Request, total: int, size: int = PER_PAGE) -> Pager:
    """Read ``?page=``; HTTPException 404 when it is no page of the list."""
    asked = request.query_params.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    found = Pager(number, total, size, request.url.path)
    if not 1 <= number <= found.last:
        raise HTTPException(404, "Cette page de la liste n’existe pas.")
    return found


def numbered_or_404(
    make: Callable[[World, int], Thing], request: Request, explanation: str | None = None
) -> Thing:
    """Return what the address's number (from 1) designates; HTTPException 404 for nothing."""
    try:
        return make(world_of(request), request.path_params["number"] - 1)
    except IndexError:
        raise HTTPException(404, explanation) from None


def found_or_404(thing: Any) -> Any:
    """Return `thing`; HTTPException 404 when it is None."""
    if thing is None:
        raise HTTPException(404)
    return thing
