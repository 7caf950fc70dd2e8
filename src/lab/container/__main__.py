"""Command line of :mod:`lab.container`; each command imports only what it needs."""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = {  # command -> (module of this package, function)
    "secrets": ("secret_files", "make_secrets"),
    "env": ("environment", "print_env"),
    "init": ("first_start", "initialise"),
    "crawl": ("first_start", "first_crawl"),
    "notebook": ("notebook", "start"),
    "health": ("notebook", "health"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command of this module; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.container")
    commands = parser.add_subparsers(required=True)
    for name in COMMANDS:
        commands.add_parser(name).set_defaults(name=name)
    commands.choices["health"].add_argument("url")
    options = parser.parse_args(arguments)
    module, function = COMMANDS[options.name]
    code: int = getattr(importlib.import_module(f"lab.container.{module}"), function)(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
