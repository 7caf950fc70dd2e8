"""Ce qu'un spider se rappelle d'une visite à l'autre, dans un petit fichier SQLite.

Pourquoi SQLite ? Le cache HTTP de Scrapy garde les pages entières, et une mémoire dans Redis ne
vit que tant que le laboratoire tourne. Ici une ligne par page suffit ; le fichier supporte des
millions de lignes, une coupure au milieu d'une visite, et se lit avec n'importe quel outil.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

TABLE = """
CREATE TABLE IF NOT EXISTS pages (
    adresse TEXT PRIMARY KEY, officielle TEXT, lastmod TEXT, etag TEXT,
    nom TEXT, prix REAL, disponibilite TEXT, retiree INTEGER NOT NULL DEFAULT 0
)"""
NOTER = """
INSERT OR REPLACE INTO pages
VALUES (:adresse, :officielle, :lastmod, :etag, :nom, :prix, :disponibilite, :retiree)"""
CHAMPS = ("officielle", "lastmod", "etag", "nom", "prix", "disponibilite", "retiree")


class Memoire:
    """Les pages déjà vues, par adresse."""

    def __init__(self, fichier: str | Path) -> None:
        # Chaque écriture est rangée aussitôt : tué au milieu, le spider ne refait que peu.
        self.base = sqlite3.connect(fichier, isolation_level=None)
        self.base.row_factory = sqlite3.Row
        self.base.execute("PRAGMA journal_mode = WAL")
        self.base.execute("PRAGMA synchronous = NORMAL")
        self.base.execute(TABLE)

    def __getitem__(self, adresse: str) -> dict:
        """Ce que l'on sait d'une page ; rien que des None la première fois."""
        ligne = self.base.execute("SELECT * FROM pages WHERE adresse = ?", [adresse]).fetchone()
        return dict(ligne) if ligne else {"adresse": adresse, **dict.fromkeys(CHAMPS)}

    def noter(self, adresse: str, **valeurs) -> None:
        """Retient ou met à jour ce que l'on sait d'une page."""
        ligne = {**self[adresse], **valeurs}
        ligne["retiree"] = int(ligne["retiree"] or 0)
        self.base.execute(NOTER, ligne)

    def produits(self) -> Iterator[str]:
        """Les adresses des produits encore en vente à la dernière visite."""
        lignes = self.base.execute(
            "SELECT adresse FROM pages WHERE prix IS NOT NULL AND NOT retiree"
        )
        return (ligne["adresse"] for ligne in lignes.fetchall())

    def fermer(self) -> None:
        """Rend le fichier."""
        self.base.close()
