"""A request as bytes, and back: what any worker needs to take over another one's work.

The format is that of Scrapy's own disk queues (``JOBDIR``): the dictionary of
`scrapy.Request.to_dict`, pickled, so that whatever survives there in ``meta`` and ``cb_kwargs``
survives here, callbacks being named methods of the spider. Values left at their defaults are not
written: an ordinary request takes about 150 bytes instead of 600. As with ``JOBDIR``, whoever can
write to the queue can run code in the workers: the lab's Redis asks for a password.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from scrapy.http import Request
from scrapy.utils.request import request_from_dict

if TYPE_CHECKING:
    from scrapy import Spider

PROTOCOL = 5
# What pickle and `to_dict` raise for something that cannot leave the process.
UNSERIALISABLE = (pickle.PicklingError, AttributeError, TypeError, ValueError, RecursionError)
_PLAIN = Request("data:,")
_DEFAULTS = {name: getattr(_PLAIN, name) for name in Request.attributes if name != "url"}


def encode(request: Request, spider: Spider) -> bytes:
    """Return the bytes of a request. Raises one of `UNSERIALISABLE` (a lambda as callback…)."""
    if type(request).to_dict is not Request.to_dict:
        return pickle.dumps(request.to_dict(spider=spider), PROTOCOL)
    values: dict[str, Any] = {}
    for name in request.attributes:
        value = getattr(request, name)
        if name not in _DEFAULTS or value != _DEFAULTS[name]:
            values[name] = value
    for name in ("callback", "errback"):
        if name in values:
            values[name] = _method(spider, values[name])
    if "headers" in values:
        values["headers"] = dict(values["headers"])
    if type(request) is not Request:
        values["_class"] = f"{type(request).__module__}.{type(request).__name__}"
    return pickle.dumps(values, PROTOCOL)


def _method(spider: Spider, function: Any) -> str:
    name = str(getattr(function, "__name__", function))
    if getattr(spider, name, None) != function:
        raise ValueError(f"{function} n’est pas une méthode du spider")
    return name


def decode(data: bytes, spider: Spider) -> Request:
    """Return the request of these bytes.

    Raises ValueError when the spider has no such method: its code changed since.
    """
    return request_from_dict(pickle.loads(data), spider=spider)  # noqa: S301  see the module


def address(data: bytes) -> str:
    """Return the address of an encoded request ('' when it has none)."""
    return str(pickle.loads(data)["url"]) if data else ""  # noqa: S301  see the module
