"""Keep what services said, bounded; and tell a failure that is theirs from the missing Internet."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from lab.review.model import quote

if TYPE_CHECKING:
    from docker.models.containers import Container

MOST_LINES = 4000
MOST_BYTES = 400_000  # of one log: its beginning and its end
_NO_NETWORK = re.compile(
    r"name resolution|Name or service not known|nodename nor servname|getaddrinfo|"
    r"Network is unreachable|No route to host|DNS lookup failed|DNSLookupError|NameResolutionError|"
    r"ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED|ERR_ADDRESS_UNREACHABLE|"
    r"Could not resolve|Cannot connect to host|ConnectTimeout|Errno -[235]\b|EAI_AGAIN|"
    r"\bENOTFOUND\b|urlopen error|Max retries exceeded|"
    r"no such host|dial tcp|Failed to establish a new conn",
    re.IGNORECASE,
)
_NO_ROUTE = re.compile(r"Network is unreachable|ERR_INTERNET_DISCONNECTED", re.IGNORECASE)
_HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
# What comes before the name of a host in the messages of Python, curl, browsers and resolvers.
_BEFORE = re.compile(r"(?:https?://|host[='\"( :]+|to host |lookup:? |resolve[ '(]+|['\"])$", re.I)
# Words with a dot that are no hosts: modules, files, exceptions.
_NOT_HOSTS = re.compile(
    r"\.(py|pyc|so|js|html|json|exceptions|errors?|connection|client|request|internet|socket|"
    r"error|NewConnectionError|HTTPConnection|HTTPSConnection|local|internal)$",
    re.IGNORECASE,
)
_TELLING = re.compile(r"error|exception|fatal|refused|denied|not found|no such|failed", re.I)


def bounded(data: bytes) -> str:
    """Text of a log: control characters gone, its middle left out when it is too long."""
    if len(data) > MOST_BYTES:
        half = MOST_BYTES // 2
        data = data[:half] + b"\n[...]\n" + data[-half:]
    text = data.decode("utf-8", "replace")
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def keep(container: Container, path: Path) -> str:
    """Write the log of a container, and return it."""
    from docker.errors import DockerException

    try:
        text = bounded(container.logs(tail=MOST_LINES))
    except DockerException as error:
        text = f"[{error}]"
    path.write_text(text, encoding="utf-8")
    return text


def last_words(text: str) -> str:
    """The line that says most of why it ended."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()][-40:]
    telling = [line for line in lines if _TELLING.search(line)]
    return quote((telling or lines)[-1]) if lines else ""


def lacks_internet(text: str, own: Collection[str]) -> str:
    """The outside host that a program asked in vain, "" when there is none.

    A host without a dot is another service: not finding it is the project's own mistake.
    """
    for line in text.splitlines()[-600:]:
        if not _NO_NETWORK.search(line[:2000]):
            continue
        for match in _HOST.finditer(line[:2000]):
            host = match[0]
            before = line[max(0, match.start() - 20) : match.start()]
            if host not in own and not _NOT_HOSTS.search(host) and _BEFORE.search(before):
                return quote(host)
        if _NO_ROUTE.search(line[:2000]):
            return "Internet"
    return ""
