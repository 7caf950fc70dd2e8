"""Errors in the shape Elasticsearch gives them, so that its clients raise what they document.

GatewayError
├── BadRequest        the request itself is malformed                          (400)
├── Unsupported       the engine would do it wrong, or not at all              (400)
├── Unauthorized      no credentials, or wrong ones                            (401)
├── NotReady          the engine is starting, or coming back                   (503)
├── EngineLost        the engine died while it served this request             (503)
└── JournalFull       the journal cannot be written: the write is refused      (507)
"""

from __future__ import annotations

import json

DOCKER_HINT = "la pile Docker, elle, sait le faire : ./lab up --docker"


class GatewayError(Exception):
    """Root of the answers the gateway gives by itself; `reason` is a French sentence."""

    status = 500
    kind = "exception"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def body(self) -> bytes:
        """Return the JSON body, in Elasticsearch's error shape."""
        cause = {"type": self.kind, "reason": self.reason}
        document = {"error": {"root_cause": [cause], **cause}, "status": self.status}
        return json.dumps(document, ensure_ascii=False).encode()


class BadRequest(GatewayError):
    """The request cannot be read."""

    status = 400
    kind = "illegal_argument_exception"


class Unsupported(GatewayError):
    """The engine behind the gateway does not do what is asked."""

    status = 400
    kind = "unsupported_operation_exception"

    def __init__(self, feature: str) -> None:
        super().__init__(
            f"{feature} : le moteur local (osmem, compatible avec Elasticsearch) "
            f"ne le fait pas ; {DOCKER_HINT}"
        )


class Unauthorized(GatewayError):
    """Credentials are absent or wrong."""

    status = 401
    kind = "security_exception"


class NotReady(GatewayError):
    """The engine is starting, or replaying the journal."""

    status = 503
    kind = "cluster_block_exception"


class EngineLost(GatewayError):
    """The engine went away during the request; a write was rolled back, not acknowledged."""

    status = 503
    kind = "unavailable_shards_exception"


class JournalFull(GatewayError):
    """The write could not be journalled; it was not applied."""

    status = 507
    kind = "insufficient_storage_exception"


class StartFailure(Exception):
    """The gateway cannot start; the message is a French sentence for stderr."""
