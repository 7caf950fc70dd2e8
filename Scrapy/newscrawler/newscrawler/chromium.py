"""Conduire un vrai navigateur depuis Scrapy : Chromium, par scrapy-playwright.

C'est une partie facultative du laboratoire : un navigateur coûte cent fois plus qu'une simple
demande. On ne l'emploie que lorsqu'il n'y a pas d'autre moyen de lire une page.
"""

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from lab.errors import EngineUnavailable
from lab.scraping.complaints import refuse

# Le Chromium du système, sous l'un de ses noms (le dernier : sur un Mac).
NOMS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
DOCKER = "avec Docker : LAB_BROWSER=1 docker compose up -d --build"


def reglages(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Les réglages à ajouter à un spider ; refuse de commencer s'il manque quelque chose."""
    if not (_present("scrapy_playwright") and _present("playwright")):
        erreur = EngineUnavailable(
            "Ce spider a besoin de la bibliothèque scrapy-playwright, qui n’est pas installée.",
            f".venv/bin/pipenv sync --categories browser ({DOCKER})",
        )
        refuse(erreur, settings.get("LAB_PROGRESS_FILE"))
    chromium = next(filter(None, map(shutil.which, NOMS)), None)
    if chromium is None:
        erreur = EngineUnavailable(
            "Ce spider a besoin du navigateur Chromium, introuvable sur cette machine.",
            f"apt-get install chromium ({DOCKER})",
        )
        refuse(erreur, settings.get("LAB_PROGRESS_FILE"))
    passage = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
    # Le web d'entraînement est sur cette machine : jamais par le proxy d'une école.
    options = ["--no-proxy-server"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuse de s'enfermer dans son bac à sable quand il est lancé par root.
        options.append("--no-sandbox")
    return {
        "DOWNLOAD_HANDLERS": {"http": passage, "https": passage},
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": chromium, "args": options},
        # Un onglet pèse lourd : quatre à la fois suffisent.
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": 4,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 30_000,  # millisecondes
    }


def _present(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # déclaré absent
        return False
