"""Answers as data, and functions judged from afar: two ends of a socket, no sandbox needed."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.exercises import expect
from lab.exercises.registry import Wrong
from lab.exercises.result import Result
from lab.grading import exports
from lab.grading.exchange import codec, things
from lab.grading.exchange.agent import Session
from lab.grading.exchange.codec import BadValue, Decoder, Encoder
from lab.grading.hearing import Hearing

Judged = Callable[[str, Any], Result]


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """Hand an answer over and have it judged, as a kernel and a judge do."""

    def run(exercise: str, answer: Any) -> Result:
        near, far = socket.socketpair()
        found: list[Result] = []

        def judge() -> None:
            hearing = Hearing(near, tmp_path)
            found.append(hearing.judge(hearing.ask()))
            said = {"op": "result", "status": "", "message": ""}
            hearing.wire.send(said)

        thread = threading.Thread(target=judge)
        thread.start()
        with near, far:
            Session(far).check(exercise, answer)
            thread.join(60)
        return found[0]

    return run


def there_and_back(value: Any) -> Any:
    text = codec.dumps({"v": Encoder(_things).value(value)})
    return Decoder(things.build).value(codec.loads(text)["v"])


def _things(value: Any, into: Encoder) -> Any:
    if (found := things.encode(value, into)) is None:
        raise BadValue("rien de connu")
    return found


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=5))))
    | st.dates()
    | st.timedeltas()
    | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.sets(st.text(), max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(plain)
def test_data_comes_back_the_same(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.fixed_dictionaries({"t": st.sampled_from(
                        ["dict", "set", "moment", "int", "table", "figure", "record", "request",
                         "response", "selector", "oid", "bytes", "delta", "pickle", "array"]),
                        "v": inner}), max_leaves=10))  # fmt: skip
def test_whatever_arrives_is_a_value_or_a_sentence(data: Any) -> None:
    try:
        Decoder(things.build).value(data)
    except BadValue:
        return  # anything else fails the test


def test_tables_figures_and_times_of_libraries() -> None:
    import numpy
    import pandas
    from matplotlib.figure import Figure

    table = pandas.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, float("nan")]})
    back = there_and_back(table)
    assert list(back.columns) == ["a", "b", "c"]
    assert back["a"].tolist() == [1, 2]
    assert pandas.isna(back["b"][1])
    assert there_and_back(numpy.int64(3)) == 3
    assert there_and_back(numpy.bool_(True)) is True
    assert there_and_back(pandas.Timestamp("2026-01-02", tz="UTC")) == datetime(
        2026, 1, 2, tzinfo=UTC
    )
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.barh(["x", "y"], [3, 4])
    left.set_title("Parts")
    right.plot([1, 2, 3], [4, 5, 6])
    right.set_ylabel("€")
    drawn = there_and_back(figure)
    assert [bar.get_width() for bar in drawn.axes[0].patches] == [3, 4]
    assert drawn.axes[0].containers[0].orientation == "horizontal"
    assert drawn.axes[0].get_title() == "Parts"
    assert list(drawn.axes[1].lines[0].get_ydata()) == [4, 5, 6]


def test_a_value_that_lies_is_only_its_content(judged: Judged) -> None:
    class Liar(str):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert type(there_and_back(Liar("x"))) is str
    assert there_and_back(Liar("x")) != "y"
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(BadValue, match="elle-même"):
        there_and_back(loop)


def right_batches(elements: Any, size: int) -> Any:
    batch = []
    for one in elements:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def greedy_batches(elements: Any, size: int) -> Any:
    return right_batches(list(elements), size)


def test_a_generator_is_judged_as_it_yields(judged: Judged) -> None:
    assert judged("intro-08", right_batches).status == "right"
    greedy = judged("intro-08", greedy_batches)
    assert greedy.status == "wrong"
    assert "elle lit toute la source" in greedy.message


def test_a_function_that_reads_and_rewrites_a_file(judged: Judged) -> None:
    def read(path: Path) -> Any:
        rows, bad = [], 0
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                rows += [json.loads(line)] if line.strip() else []
            except ValueError:
                bad += 1
        return rows, bad

    def replay(path: Path, store: Any) -> Any:
        kept, taken = [], 0
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                letter = json.loads(line)
                store(letter["collection"], letter["document"])
                taken += 1
            except Exception:
                kept.append(line)
        if kept:
            path.write_text("\n".join(kept) + "\n", encoding="utf-8")
        else:
            path.unlink()
        return taken, len(kept)

    def forgetful(path: Path, store: Any) -> Any:
        lines = path.read_text(encoding="utf-8").splitlines()
        path.unlink()
        return len(lines), 0

    assert judged("intro-10", read).status == "right"
    assert judged("scrapy-20", replay).status == "right"
    assert judged("scrapy-20", forgetful).status == "wrong"


def test_a_class_is_made_and_called_from_afar(judged: Judged) -> None:
    from itemadapter import ItemAdapter
    from scrapy.exceptions import DropItem

    class Unique:
        def __init__(self) -> None:
            self.seen: set[str] = set()

        def process_item(self, item: Any) -> Any:
            address = ItemAdapter(item).get("adresse")
            short = address and address.partition("?")[0].partition("#")[0]
            if not short or short in self.seen:
                raise DropItem("vu")
            self.seen.add(short)
            return item

    class Copying(Unique):
        def process_item(self, item: Any) -> Any:
            return dict(ItemAdapter(super().process_item(item)))

    assert judged("scrapy-09", Unique).status == "right"
    assert judged("scrapy-09", Copying).status == "wrong"
    assert judged("scrapy-09", object).status == "wrong"


def test_a_function_may_not_change_the_truth(judged: Judged) -> None:
    def merge(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        newest: dict[str, dict[str, Any]] = {}
        for row in sorted(rows, key=lambda one: one["scraped_at"]):
            newest[row["id"]] = row
        return [newest[name] for name in sorted(newest)]

    def vandal(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for row in rows:
            row.clear()
        rows.clear()
        return []

    def untidy(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = merge(rows)
        rows.clear()
        return found

    assert judged("s3-16", merge).status == "right"
    assert judged("s3-16", vandal).status == "wrong"
    assert judged("s3-16", untidy).status == "wrong"
    assert judged("s3-16", merge).status == "right"


def test_stubs_and_unknown_exercises(judged: Judged) -> None:
    def stub(text: str) -> None: ...

    assert judged("intro-06", ...).status == "todo"
    assert judged("intro-06", stub).status == "todo"
    assert judged("intro-99", 1).status == "error"


def test_only_what_is_lent_by_name_can_be_called() -> None:
    class Thing:
        password = "secret"

    with pytest.raises(BadValue):
        exports.lent(Thing())

    def work(message: Any) -> None:
        """A judge's function."""

    assert exports.allowed(work, "__call__")
    for name in ("__globals__", "__code__", "__class__", "__getattribute__"):
        assert not exports.allowed(work, name)
    from lab.exercises.redis.scratch import Counted

    counted = Counted(object())
    assert exports.allowed(counted, "hget")
    for name in ("connection_pool", "_target", "from_url", "__class__", "trips", "set_retry"):
        assert not exports.allowed(counted, name)


def test_judges_names_of_remote_things_stay_harmless(judged: Judged) -> None:
    sort = type("<script>alert(1)</script>", (), {})
    said = judged("intro-06", sort()).message
    assert "<" not in said
    with pytest.raises(Wrong):
        expect.integer(sort(), 1)
