"""The rooms of the practice web beyond the newspaper and the shop, one module per family.

Each module of `MODULES` has ``SCENARIOS`` (a tuple of `Scenario`) and ``ROUTES``.
"""

from __future__ import annotations

from types import ModuleType

MODULES: tuple[ModuleType, ...] = ()
