"""What a judge holds of a student's function, class or instance: calls that give data."""

from __future__ import annotations

import builtins
import importlib
import re
from collections.abc import Callable
from typing import Any

from lab.grading.exchange.codec import BadValue

# (object's reference, method or "", arguments, options) -> the value it gives
Call = Callable[[int, str, tuple[Any, ...], dict[str, Any]], Any]
# Exceptions that judges tell apart, by module; of any other, only the name is kept.
KNOWN = ("requests.exceptions", "scrapy.exceptions", "redis.exceptions", "botocore.exceptions")


class Remote:
    """Something of the student's. Its class bears the name of the student's."""

    _lab_ref = -1


class _RemoteClass(type):
    """A class of the student's: to call it makes an instance, over there."""

    _lab_call: Call
    _lab_ref: int

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._lab_call(cls._lab_ref, "", args, kwargs)


def name_of(text: Any, otherwise: str = "objet") -> str:
    """A name that is safe to show."""
    return re.sub(r"\W", "", str(text))[:60] or otherwise


def made(content: dict[str, Any], call: Call) -> Any:
    """The judge's view of an object described by the other side. Raises BadValue."""
    ref = content["ref"]
    if type(ref) is not int or ref < 0:
        raise BadValue("La référence n'est pas lisible.")

    def method(name: str) -> Any:
        return lambda _self, *args, **kwargs: call(ref, name, args, kwargs)

    names = {name: method(name) for name in map(str, content["names"][:200])
             if name.isidentifier() and not name.startswith("_")}  # fmt: skip
    own: dict[str, Any] = {"_lab_ref": ref, "__repr__": lambda _: "<objet>"}
    if content["class"]:
        sort = _RemoteClass(name_of(content["own"]), (Remote,), {**names, **own})
        sort._lab_call = staticmethod(call)
        return sort
    if content["call"]:
        own["__call__"] = method("")
    if content["iter"]:
        own["__iter__"] = method("__iter__")
    if content["next"]:
        own["__next__"] = method("__next__")
    if content["iter"] and content["next"]:
        own["__iter__"] = lambda self: self
    return type(name_of(content["name"]), (Remote,), {**names, **own})()


def error(answer: dict[str, Any]) -> BaseException:
    """The exception a student's code raised, as an `Exception` whatever it claims to be."""
    paths = [str(one) for one in answer["types"][:40]]
    if paths and paths[0] == "builtins.StopIteration":
        return StopIteration()
    base = next((found for path in paths if (found := _known(path))), Exception)
    name = name_of(paths[0].rpartition(".")[2] if paths else "", "Exception")
    said = str(answer.get("message", ""))[:500]
    sort: Any = type(name, (base,), {"__str__": lambda _: said})
    new: BaseException = sort.__new__(sort)
    new.args = (said,)
    return new


def _known(path: str) -> type[Exception] | None:
    module, _, name = path.rpartition(".")
    if module == "builtins":
        found = getattr(builtins, name, None)
    elif module in KNOWN:
        found = getattr(importlib.import_module(module), name, None)
    else:
        return None
    good = isinstance(found, type) and issubclass(found, Exception)
    return found if good and found is not StopIteration else None
