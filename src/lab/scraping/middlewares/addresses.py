"""Session numbers leave the links, so that one page has one address."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

# Names that servers give to nothing else.
KNOWN = frozenset({"phpsessid", "jsessionid", "sessionid", "session_id", "cfid", "cftoken"})
# Names that also have other meanings (a story id): dropped when the value is a random number.
AMBIGUOUS = frozenset({"sid", "session", "sess", "s"})
_RANDOM = re.compile(r"[0-9a-f]{16,}|(?=.*\d)(?=.*[a-z])[0-9a-z_-]{20,}", re.IGNORECASE)
_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_HINT = re.compile(r"[?&;](?:phpsess|jsess|aspsess|sess|sid=|s=|cfid=|cftoken=)", re.IGNORECASE)


def without_session(url: str, own: frozenset[str] = frozenset()) -> str:
    """Return `url` without its session numbers; the very same text when it has none."""
    if not own and not _HINT.search(url):
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _is_session(name.lower(), value, own)]
    path = _IN_PATH.sub("", parts.path)
    if len(kept) == len(pairs) and path == parts.path:
        return url
    return parts._replace(path=path, query=urlencode(kept)).geturl()


def _is_session(name: str, value: str, own: frozenset[str]) -> bool:
    if name in KNOWN or name in own or name.startswith("aspsessionid"):
        return True
    return name in AMBIGUOUS and bool(_RANDOM.fullmatch(value))
