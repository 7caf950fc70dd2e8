"""Keep secrets out of what a crawl shows: reports, examples of addresses, messages.

Two nets: names that announce a secret (``-a password=…``, ``?token=…``, ``user:pw@host``), and
the very values of this lab's own secrets, wherever they turn up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

HIDDEN = "•••"
_SECRET = re.compile(
    r"pass|mot.?de.?passe|mdp|secret|token|jeton|cookie|session|auth|signature|credential"
    r"|api.?key|access.?key|(?:^|[_-])cl[eé](?:$|[_-])|(?:^|[_-])key(?:$|[_-])|^sig$|^pwd?$|^pw$",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?<=://)[^/@\s]*@")
_PARAMETER = re.compile(r"([?&;#]|^)([^=&;#?\s]{1,80})=([^&;#\s]+)")
SHORTEST = 6  # characters: a shorter value (a port, "lab") is no secret and would blot out words


def is_secret(name: str) -> bool:
    """Tell whether the value that goes with this name must not be shown."""
    return bool(_SECRET.search(name))


def address(url: str) -> str:
    """Return the URL without its user and password, nor the values of secret parameters."""
    if "@" in url:
        url = _USERINFO.sub("", url)
    if "=" not in url:
        return url
    return _PARAMETER.sub(
        lambda found: f"{found[1]}{found[2]}={HIDDEN if is_secret(found[2]) else found[3]}", url
    )


def arguments(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments of a spider as they may be shown."""
    return {
        name: HIDDEN if is_secret(name) else address(str(value)) for name, value in values.items()
    }


def secrets_of(environment: Mapping[str, Any]) -> frozenset[str]:
    """Return the values of an environment that must appear nowhere, passwords in URLs included."""
    found: set[str] = set()
    for name, value in environment.items():
        text = str(value)
        if is_secret(name):
            found.add(text)
        elif "://" in text and "@" in text:
            try:
                found.add(urlsplit(text).password or "")
            except ValueError:  # not an address after all
                continue
    return frozenset(value for value in found if len(value) >= SHORTEST)


def scrub(value: Any, secrets: Iterable[str]) -> Any:
    """Return a JSON-like value with every secret in its texts (keys included) replaced."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {scrub(name, secrets): scrub(one, secrets) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(one, secrets) for one in value]
    return value
