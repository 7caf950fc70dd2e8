"""Values that leave with the client and come back: signed, so that nothing is remembered here.

The key comes from the world's seed: two servers of the same world accept each other's values,
and the memory of a server does not grow with its visitors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from lab.practice.world import World


def _mac(world: World, purpose: str, text: str) -> str:
    key = hashlib.sha256(f"{world.seed}/signature/{purpose}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def sign(world: World, purpose: str, data: Any) -> str:
    """Return `data` as URL-safe text that `verified` reads back; `purpose` keeps uses apart."""
    text = base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode()).decode()
    return f"{text}.{_mac(world, purpose, text)}"


def verified(world: World, purpose: str, value: str) -> Any:
    """Return what was signed, or None when `value` is not ours."""
    text, _, mac = value.rpartition(".")
    if not hmac.compare_digest(_mac(world, purpose, text).encode(), mac.encode()):
        return None
    return json.loads(base64.urlsafe_b64decode(text))
