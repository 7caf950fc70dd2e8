"""Whatever a file holds, reading it gives something and never raises."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lab.review import code, decoding, notebooks, secrets

LINES = st.lists(
    st.sampled_from(
        ["def f(", "import a.b as c", "from . import *", "print 'x'", '"""', "class A:"]
    )
    | st.text(max_size=30),
    max_size=8,
).map("\n".join)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "source", "cell_type", "outputs", "worksheets", "input"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=300))
def test_any_bytes_are_text(data: bytes) -> None:
    assert "\r" not in decoding.decode(data).content


@given(LINES)
def test_any_source_has_facts_on_its_own_lines(source: str) -> None:
    found = code.read(source)
    last = source.count("\n") + source.count("\f") + source.count("\r") + 1
    assert all(0 < call.line <= last for call in found.calls)
    assert all(0 < line <= last for _, line in found.imports)


@given(JSON)
def test_any_json_is_a_notebook_or_not(data: object) -> None:
    book = notebooks.read(json.dumps(data))
    assert all(isinstance(cell.source, str) for cell in book.cells)


@given(st.text(), st.integers(0, 400))
def test_a_truncated_notebook_is_read(source: str, length: int) -> None:
    cells = [{"cell_type": "code", "source": [source], "outputs": [], "execution_count": 1}]
    whole = json.dumps({"cells": cells}, indent=1)
    notebooks.read(whole[:length])
    assert notebooks.read(whole).cells[0].source == source


@given(st.sampled_from(["a.py", ".env", "b.yml", "c.ipynb", "d.md"]), st.text(max_size=40))
def test_a_secret_is_never_shown(name: str, value: str) -> None:
    for one in secrets.scan(name, [f"password = '{value}'", f"DB_PASSWORD={value}"]):
        assert len(one.value) <= 2 or one.value not in one.shown.replace("PASSWORD", "").replace(
            "password", ""
        )
