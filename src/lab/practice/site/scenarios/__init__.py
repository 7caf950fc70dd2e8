"""The rooms of the practice web beyond the newspaper and the shop, one module per family.

Each module of `MODULES` has ``SCENARIOS`` (a tuple of `Scenario`) and ``ROUTES``.
"""

from __future__ import annotations

from types import ModuleType

from lab.practice.site import feeds
from lab.practice.site.scenarios import (
    consent,
    dirty,
    downloads,
    faults,
    forms,
    graphql,
    guarded_api,
    library,
    login,
    rendered,
    scrolling,
    social,
    timeline,
    traps,
    variants,
)

MODULES: tuple[ModuleType, ...] = (
    feeds,
    guarded_api,
    timeline,
    downloads,
    variants,
    dirty,
    social,
    graphql,
    library,
    scrolling,
    rendered,
    login,
    forms,
    consent,
    faults,
    traps,
)
