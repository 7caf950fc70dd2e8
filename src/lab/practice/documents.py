"""Reports (PDF) and photographs (PNG) to download, made from (seed, index) when asked for.

The bytes are the same at each call with the same versions of fpdf2 and Pillow; the answer key
speaks of what a reader finds in them, never of their bytes.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from lab.practice.grammar import slugify
from lab.practice.names import FIRST_NAMES, PLACES, SURNAMES
from lab.practice.numbered import Numbered
from lab.practice.world import World

if TYPE_CHECKING:
    from fpdf import FPDF

DOCUMENTS = "https://documents.example"
FEWEST, MOST = 8, 400
BODIES = (
    "Observatoire des bibliothèques", "Agence des mobilités douces", "Office régional du livre",
    "Institut des marchés de plein air", "Conservatoire des jardins", "Fédération des ateliers",
)  # fmt: skip
SUBJECTS = (
    "Fréquentation des lieux culturels", "Transports du quotidien", "Commerce de proximité",
    "Énergie des bâtiments publics", "Vie associative", "Eau et espaces verts",
)  # fmt: skip
POSTS = (
    "Personnel", "Entretien", "Énergie", "Achats de livres", "Matériel", "Formation",
    "Communication", "Assurances", "Location de salles", "Études", "Transports", "Imprévus",
)  # fmt: skip
FINDINGS = (
    "Les dépenses augmentent moins vite que la fréquentation.",
    "Les petites communes dépensent davantage par habitant.",
    "Trois visiteurs sur quatre viennent à pied ou à vélo.",
    "Les horaires du soir attirent un public plus jeune.",
    "L'entretien reporté coûte cher au bout de cinq ans.",
    "La moitié des achats se fait auprès de fournisseurs voisins.",
)  # fmt: skip
LIGHTS = ("à l’aube", "sous la pluie", "un soir d’été", "en hiver", "à marée basse", "au marché")


@dataclass(frozen=True, slots=True)
class Report(Numbered):
    """A report; amounts of `tables` in thousands of euros, one table per page of figures."""

    title: str
    body: str
    year: int
    summary: str
    tables: tuple[tuple[tuple[str, int], ...], ...]

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return f"rapport-{self.number}-{slugify(self.title)}.pdf"

    @property
    def pages(self) -> int:
        """Number of pages: a cover, the figures, a conclusion."""
        return len(self.tables) + 2

    @property
    def canonical_url(self) -> str:
        """The address of its page on the fictional host."""
        return f"{DOCUMENTS}/rapport/{self.number}/"


@dataclass(frozen=True, slots=True)
class Photograph(Numbered):
    """A photograph, `width` × `height` pixels."""

    title: str
    place: str
    credit: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return f"photo-{self.number}-{slugify(self.title)}.png"

    @property
    def canonical_url(self) -> str:
        """The address of its page on the fictional host."""
        return f"{DOCUMENTS}/photographie/{self.number}/"


def document_count(world: World) -> int:
    """Return how many reports there are, and how many photographs."""
    return min(MOST, max(FEWEST, world.products // 5))


def report(world: World, index: int) -> Report:
    """Return report `index`; IndexError when there is none."""
    if not 0 <= index < document_count(world):
        raise IndexError(index)
    rng = world.rng("report", index)
    subject, body, year = rng.choice(SUBJECTS), rng.choice(BODIES), rng.randrange(2019, 2026)
    findings = rng.sample(FINDINGS, 3)
    tables = tuple(
        tuple((post, rng.randrange(3, 4000)) for post in rng.sample(POSTS, rng.randrange(4, 8)))
        for _ in range(rng.randrange(1, 4))
    )
    return Report(index, f"{subject} en {year}", body, year, " ".join(findings), tables)


def photograph(world: World, index: int) -> Photograph:
    """Return photograph `index`; IndexError when there is none."""
    if not 0 <= index < document_count(world):
        raise IndexError(index)
    rng = world.rng("photograph", index)
    place = rng.choice(PLACES)[0]
    credit = f"{rng.choice(FIRST_NAMES[rng.randrange(2)])} {rng.choice(SURNAMES)}"
    width, height = rng.choice(((640, 400), (480, 640), (600, 600), (720, 405)))
    return Photograph(index, f"{place} {rng.choice(LIGHTS)}", place, credit, width, height)


def thousands(amount: int) -> str:
    """Return an amount as a report prints it: ``1 234``."""
    return f"{amount:,}".replace(",", " ")


@lru_cache(maxsize=16)
def pdf(item: Report) -> bytes:
    """Return a report as PDF: text that can be read back, and tables."""
    # fpdf2 and Pillow take half a second to load: only a server that is asked for files pays.
    from fpdf import FPDF

    paper = FPDF()
    paper.set_creation_date(datetime(item.year + 1, 3, 1, tzinfo=UTC))
    paper.set_title(item.title)
    paper.set_author(item.body)
    paper.set_lang("fr")
    paper.add_page()
    _write(paper, item.body, 13)
    _write(paper, item.title, 26, bold=True)
    _write(paper, f"Rapport n° {item.number}", 13)
    paper.ln(10)
    _write(paper, f"Résumé : {item.summary}", 13)
    for number, table in enumerate(item.tables, 1):
        paper.add_page()
        _write(paper, f"Tableau {number} : dépenses en milliers d'euros", 15, bold=True)
        paper.ln(4)
        _table(paper, table)
    paper.add_page()
    _write(paper, "Conclusion", 15, bold=True)
    _write(paper, "Ce rapport est inventé ; ses chiffres aussi.", 13)
    return bytes(paper.output())


def _write(paper: FPDF, text: str, size: int, bold: bool = False) -> None:
    from fpdf.enums import XPos, YPos

    paper.set_font("helvetica", "B" if bold else "", size)
    paper.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(2)


def _table(paper: FPDF, rows: tuple[tuple[str, int], ...]) -> None:
    paper.set_font("helvetica", "", 12)
    with paper.table(col_widths=(3, 1), text_align=("LEFT", "RIGHT")) as table:
        for cells in (
            ("Poste", "Montant"),
            *((post, thousands(amount)) for post, amount in rows),
            ("Total", thousands(sum(amount for _, amount in rows))),
        ):
            row = table.row()
            for cell in cells:
                row.cell(cell)


@lru_cache(maxsize=16)
def png(seed: int, item: Photograph) -> bytes:
    """Return a photograph as PNG: sky, sun and hills, drawn from the seed."""
    from PIL import Image, ImageDraw

    rng = random.Random(f"{seed}/pixels/{item.index}")  # noqa: S311  a picture, not a secret
    hue = rng.randrange(360)
    image = Image.new("RGB", (item.width, item.height))
    draw = ImageDraw.Draw(image)
    for line in range(item.height):
        light = 60 + 35 * line // item.height
        draw.line([(0, line), (item.width, line)], fill=f"hsl({hue}, 50%, {light}%)")
    x, y = rng.randrange(60, item.width - 60), rng.randrange(60, item.height // 2)
    draw.ellipse((x - 38, y - 38, x + 38, y + 38), fill="#fff3c9")
    for layer in range(3):
        base = item.height * (55 + 15 * layer) // 100
        steps = range(0, item.width + 80, 80)
        points = [(step, base + rng.randrange(-40, 40)) for step in steps]
        ground = [(item.width + 80, item.height), (0, item.height)]
        draw.polygon(
            [*points, *ground], fill=f"hsl({(hue + 30 * layer) % 360}, 35%, {45 - 12 * layer}%)"
        )
    file = io.BytesIO()
    image.save(file, "PNG", optimize=False)
    return file.getvalue()
