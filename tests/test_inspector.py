"""The variable inspector's answers, asked of a real kernel and read as JupyterLab's panel does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from lab import inspector

CONTENTS = [
    "été",
    "Rouen\u00a0: la Seine déborde",
    "l'« appel » de \u202fParis",
    'une "citation"',
    "C:\\temp\\nouveau",
    'à la fin \\"',
    "\x85 deux\nlignes",
]
Ask = Callable[[str], str]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What a cell displays, as text."""
    manager, client = start_new_kernel(
        startup_timeout=120, extra_arguments=["--InteractiveShellApp.extensions=lab.inspector"]
    )

    def shown(code: str) -> str:
        return _result(client, code)

    try:
        yield shown
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _result(client: BlockingKernelClient, code: str) -> str:
    found = ""

    def keep(message: dict[str, Any]) -> None:
        nonlocal found
        assert message["msg_type"] != "error", message["content"]
        if message["msg_type"] == "execute_result":
            found = message["content"]["data"]["text/plain"]

    client.execute_interactive(code, output_hook=keep, timeout=60)
    return found


def as_the_panel_reads(answer: str) -> Any:
    """Its own steps: take the quotes off, undo the escaped ones, parse."""
    return json.loads(answer[1:-1].replace('\\"', '"').replace("\\'", "'"))


def test_every_text_reaches_the_panel(ask: Ask) -> None:
    ask("import json")
    ask(f"def {inspector.QUERIES}dict_list(): return json.dumps({CONTENTS!r}, ensure_ascii=False)")
    assert as_the_panel_reads(ask(f"{inspector.QUERIES}dict_list()")) == CONTENTS


def test_the_students_own_texts_are_shown_as_python_does(ask: Ask) -> None:
    for content in (*CONTENTS, json.dumps(CONTENTS)):
        assert ask(repr(content)) == repr(content)
    assert ask("['a', 'b']") == "['a', 'b']"
