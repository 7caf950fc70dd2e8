"""HTTP basic credentials (RFC 7617), compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path

from lab.runtimes.search_gateway.errors import StartFailure, Unauthorized

USER = "elastic"
CHALLENGE = 'Basic realm="lab", charset="UTF-8"'


class Credentials:
    """The one account of the gateway; its repr shows no secret."""

    def __init__(self, password: str) -> None:
        self._expected = f"{USER}:{password}".encode()

    def __repr__(self) -> str:
        return f"Credentials(user={USER!r})"

    @classmethod
    def from_file(cls, path: Path) -> Credentials:
        """Read the password; raise StartFailure if the file is absent, empty or too open."""
        try:
            mode = path.stat().st_mode
            password = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise StartFailure(
                f"Le fichier du mot de passe {path} ne se lit pas ({error.strerror})."
            ) from error
        if mode & 0o077:
            raise StartFailure(
                f"Le fichier du mot de passe {path} est lisible par d'autres : chmod 600 {path}"
            )
        if not password:
            raise StartFailure(f"Le fichier du mot de passe {path} est vide.")
        return cls(password)

    def check(self, header: bytes) -> None:
        """Raise Unauthorized unless `header` (Authorization) carries the right credentials."""
        scheme, _, encoded = header.partition(b" ")
        given = b""
        if scheme.lower() == b"basic":
            try:
                given = base64.b64decode(encoded.strip(), validate=True)
            except (binascii.Error, ValueError):
                given = b""
        if hmac.compare_digest(given, self._expected):
            return
        if not header:
            raise Unauthorized("Identifiants manquants : utilisateur « elastic » et mot de passe.")
        raise Unauthorized("Identifiants refusés : utilisateur « elastic » ou mot de passe faux.")
