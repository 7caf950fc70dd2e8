"""Read the fields that a form posted, whatever is sent: bounded in size and in number."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST = 64 * 1024  # bytes of a posted form
MOST_FIELDS = 200


async def posted(request: Request) -> dict[str, list[str]]:
    """Return the values of each field of an ``application/x-www-form-urlencoded`` body.

    Raises HTTPException: 415 for another type of body, 413 beyond `LARGEST` bytes, 400 when it
    cannot be read.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Un formulaire envoyé par POST est attendu ici.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise HTTPException(413, "Le formulaire envoyé est trop grand.")
    try:
        return parse_qs(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400, "Le formulaire envoyé est illisible.") from None


def one(fields: dict[str, list[str]], name: str) -> str:
    """Return the first value of a field, "" when it was not sent."""
    return fields.get(name, [""])[0]
