"""Secrets left in files and in the history, found with detect-secrets; samples are not secrets.

The library knows the shapes of keys and the words that announce a password; what is left to us is
what it cannot know: which values the documentations of our stores print, and that a value which
is empty, read from the environment or a mere placeholder hides nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

# Values that documentations print, and placeholders; compared in lower case.
_SAMPLES = frozenset(
    [
        "example",
        "exemple",
        "password",
        "passwd",
        "pass",
        "mypassword",
        "motdepasse",
        "mot_de_passe",
        "secret",
        "mysecret",
        "changeme",
        "changeit",
        "change-me",
        "change_me",
        "root",
        "admin",
        "user",
        "test",
        "testing",
        "guest",
        "postgres",
        "mysql",
        "mongo",
        "mongodb",
        "redis",
        "elastic",
        "kibana",
        "minio",
        "minioadmin",
        "miniosecret",
        "rabbitmq",
        "neo4j",
        "airflow",
        "demo",
        "foo",
        "bar",
        "foobar",
        "xxx",
        "none",
        "null",
        "true",
        "false",
        "todo",
        "your_password",
        "yourpassword",
        "your-password",
        "votre_mot_de_passe",
        "1234",
        "12345",
        "123456",
        "notsecuresecret",
        "verysecret",
        "supersecret",
        "superset",
        "pwd",
        "db_password",
        "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
        "akiaiosfodnn7example",
        "asia",
        "example",
    ]
)
_PLACEHOLDER = re.compile(
    r"^[<\[({$%].*|.*(example|exemple|placeholder|change.?me|your[_-]|votre|_here\b|xxxx|\*\*\*|\.\.\.)"
    r"|.*\$\{|^(os\.|getenv|environ|config|settings|self\.|process\.env|input\(|getpass)",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"^(root|admin|postgres|password|secret|test|user|mongo|elastic|minio)?[-_!]?\d{0,4}!?$",
    re.IGNORECASE,
)
# A key given to an HTTP header or to a named argument, which the library's words do not cover.
_HEADER = re.compile(
    r"""['"]?(?:x-auth-token|x-api-key|x-rapidapi-key|authorization|api[_-]?key|access[_-]?token|bearer[_-]?token"""
    r"""|consumer[_-]?secret|client[_-]?secret|auth[_-]?token)['"]?\s*[:=]\s*f?['"](?:bearer\s+|token\s+|basic\s+)?"""
    r"""([A-Za-z0-9_\-+/=.]{16,})['"]""",
    re.IGNORECASE,
)
_TUPLE = re.compile(
    r"""(?:basic_auth|http_auth|auth)\s*=\s*\(\s*['"][^'"]+['"]\s*,\s*['"]([^'"]+)['"]"""
)
_FLAT = (".env", ".flaskenv", ".conf", ".ini", ".cfg", ".properties", ".toml")
_DOCUMENTS = (".md", ".rst", ".markdown")
_SKIPPED = (".lock", ".svg", ".csv", ".min.js", ".css", ".map")


@dataclass(frozen=True)
class Secret:
    """`shown` never holds more than the first two characters of the value."""

    kind: str
    path: str
    line: int
    shown: str
    value: str
    demo: bool = False  # a sample or a weak local password: not a leak, and yet written


@cache
def _plugins() -> tuple[Any, ...]:
    # Entropy detectors are left out: they take every identifier and every picture for a key.
    from detect_secrets.plugins import (
        aws,
        azure_storage_key,
        basic_auth,
        discord,
        github_token,
        jwt,
        keyword,
        mailchimp,
        npm,
        private_key,
        sendgrid,
        slack,
        square_oauth,
        stripe,
        twilio,
    )

    return (
        aws.AWSKeyDetector(),
        azure_storage_key.AzureStorageKeyDetector(),
        basic_auth.BasicAuthDetector(),
        discord.DiscordBotTokenDetector(),
        github_token.GitHubTokenDetector(),
        jwt.JwtTokenDetector(),
        keyword.KeywordDetector(),
        mailchimp.MailchimpDetector(),
        npm.NpmDetector(),
        private_key.PrivateKeyDetector(),
        sendgrid.SendGridDetector(),
        slack.SlackDetector(),
        square_oauth.SquareOAuthDetector(),
        stripe.StripeDetector(),
        twilio.TwilioKeyDetector(),
    )


_SUSPECT = re.compile(
    r"pass|pwd|secret|token|key|auth|cred|://[^/\s]*:|AKIA|ghp_|gh[ousr]_|xox|sk_live|-----BEGIN|eyJ|SG\.|motdepasse",
    re.IGNORECASE,
)


def scan(path: str, lines: Iterable[str]) -> Iterator[Secret]:
    """Yield what looks like a secret in these lines of a file; `line` counts from 1."""
    name = posixpath.basename(path).lower()
    if name.endswith(_SKIPPED) or name in ("pipfile.lock", "package-lock.json"):
        return
    for number, line in enumerate(lines, 1):
        if not _SUSPECT.search(line) or len(line) > 3000:
            continue
        yield from _scan_line(path, name, number, line)


def _scan_line(path: str, name: str, number: int, line: str) -> Iterator[Secret]:
    seen = set()
    for kind, value in _found(name, number, line):
        value = value.strip().strip("'\"`,;")
        if value in seen or not value:
            continue
        seen.add(value)
        judged = _judge(kind, value, name)
        if judged is None:
            continue
        shown = line.replace(value, value[:2] + "…") if kind != "Private Key" else line[:40]
        yield Secret(kind, path, number, shown, value, demo=judged)


def _found(name: str, number: int, line: str) -> Iterator[tuple[str, str]]:
    flat = name.startswith(".env") or name.endswith(_FLAT)
    if flat:  # the library reads NAME=value only where it knows the format: say it in YAML
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        line = f"{key.strip()}: {value.strip()}" if equals else line
    known = "x.yml" if flat else "x.py" if name.endswith(".ipynb") else name
    for plugin in _plugins():
        for secret in plugin.analyze_line(filename=known, line=line, line_number=number):
            yield secret.type, secret.secret_value or ""
    if "PRIVATE KEY-----" in line and "-----BEGIN" in line:
        yield "Private Key", "PRIVATE KEY"
    for pattern in (_HEADER, _TUPLE):
        for value in pattern.findall(line):
            yield "Secret Keyword", value


def _judge(kind: str, value: str, name: str) -> bool | None:
    """None: hides nothing; True: a sample, or weak and local; False: a real secret."""
    if kind == "Private Key":
        return False
    if value.lower() in _SAMPLES or _WEAK.match(value):
        return True if kind != "AWS Access Key" else None
    if _PLACEHOLDER.match(value) or _is_reference(value):
        return None
    if kind == "Secret Keyword":
        if name.endswith(_DOCUMENTS) or name.startswith("readme"):
            return None
        if len(value) < 4 or " " in value:
            return None
    return False


def _is_reference(value: str) -> bool:
    """``os.environ[...]``, ``config.PASSWORD``, ``{{ password }}``, ``password`` itself."""
    from detect_secrets.filters import heuristic

    return bool(
        heuristic.is_templated_secret(value)
        or heuristic.is_prefixed_with_dollar_sign(value)
        or heuristic.is_indirect_reference(value)
        or heuristic.is_not_alphanumeric_string(value)
        or heuristic.is_sequential_string(value)
        or re.fullmatch(r"[a-z_]+(\.[a-z_]+|\[.*\]|\(.*)+", value)
        or re.fullmatch(r"(?i)[a-z]*_?(password|passwd|pwd|token|secret|api_?key)(_file)?", value)
        or value.startswith("/run/secrets/")
    )
