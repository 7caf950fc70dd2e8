"""The flea market: ads that are clean here, and written anyhow on the page.

`ad` gives the truth; `written_price`, `written_date` and `written_text` the many ways in which
people, tools and bad templates write it.  Everything comes from (seed, index).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from html.entities import codepoint2name

from lab.practice.articles import MONTHS, WEEKDAYS
from lab.practice.grammar import slugify
from lab.practice.names import FIRST_NAMES, PLACES
from lab.practice.numbered import Numbered
from lab.practice.world import PARIS, World

BROCANTE = "https://brocante.example"
FEWEST, MOST = 40, 5000
OLDEST = 200  # days
THINGS = (
    "Lampe Art déco", "Chaise paillée", "Armoire normande", "Table & quatre chaises",
    "Théière en étain", "Vélo d'époque", "Malle cloutée", "Miroir doré à l'or", "Machine à écrire",
    "Service à café « Limoges »", "Boîte à musique", "Horloge comtoise", "Commode à façade galbée",
    "Poupée en porcelaine", "Gramophone à pavillon", "Carte d'école des Pyrénées", "Œuf à repriser",
    "Bibliothèque vitrée", "Cœur de Vendée émaillé", "Tapis noué main", "Jumelles de théâtre",
)  # fmt: skip
ERAS = ("années 1930", "époque Napoléon III", "vers 1900", "années 1960", "XIXᵉ siècle", "vintage")
STATES = ("neuf", "très bon état", "bon état", "à restaurer", "pour pièces")
REMARKS = (
    "Trouvée dans un grenier, jamais restaurée.", "À venir chercher sur place en camionnette.",
    "Quelques rayures d'usage, voir photographies.", "Héritage familial : à réserver aux amateurs.",
    "Mécanisme révisé, fonctionne très bien.", "Dimensions : 45 × 30 × 120 cm environ.",
    "Provenance : château de la région, facture à l'appui.", "Vendue dans l'état, sans garantie.",
)  # fmt: skip
# Currency of the ad, and how often out of 20.
CURRENCIES = ("EUR",) * 15 + ("GBP", "CHF", "USD", "CHF", "GBP")
# How an ad says its price; a missing one says nothing at all.
PRICED, FREE, ON_REQUEST, MISSING = "", "gratuit", "sur demande", "absent"
KINDS = (PRICED,) * 15 + (FREE, FREE, ON_REQUEST, ON_REQUEST, MISSING)
ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
ABRIDGED = (
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ad(Numbered):
    """What an ad means. `price` is 0 when free, None when not said; `posted` a day of Paris."""

    title: str
    kind: str
    price: float | None
    currency: str | None
    posted: date
    city: str
    seller: str
    state: str
    description: str

    @property
    def path(self) -> str:
        """The official address of the ad, on this server."""
        return f"/brocante/annonce/{self.number}-{slugify(self.title)}/"

    @property
    def canonical_url(self) -> str:
        """The address on the market's fictional host."""
        return f"{BROCANTE}/annonce/{self.number}-{slugify(self.title)}/"


def ad_count(world: World) -> int:
    """Return how many ads there are: as many as products, within bounds."""
    return min(MOST, max(FEWEST, world.products))


@lru_cache(maxsize=256)
def ad(world: World, index: int) -> Ad:
    """Return ad `index`; IndexError when there is none."""
    if not 0 <= index < ad_count(world):
        raise IndexError(index)
    rng = world.rng("ad", index)
    kind, price, currency = rng.choice(KINDS), None, None
    if kind == PRICED:
        price = _price(rng)
        currency = rng.choice(CURRENCIES)
    elif kind == FREE:
        price, currency = 0.0, "EUR"
    first = rng.choice(FIRST_NAMES[rng.randrange(2)])
    remarks = rng.sample(REMARKS, 2)
    return Ad(
        index=index,
        title=f"{rng.choice(THINGS)}, {rng.choice(ERAS)}",
        kind=kind,
        price=price,
        currency=currency,
        posted=world.today - timedelta(days=int(OLDEST * rng.random() ** 3)),
        city=rng.choice(PLACES)[0],
        seller=f"{first} {rng.choice('ABCDEFGHJLMNPRSTV')}.",
        state=rng.choice(STATES),
        description=" ".join(remarks),
    )


def _price(rng: random.Random) -> float:
    euros = int(3 * 1000 ** rng.random())
    return euros + rng.choice((0.0, 0.0, 0.5, 0.9, 0.99))


def written_price(world: World, item: Ad) -> str:
    """Return the price as the seller typed it, "" when the ad has none."""
    rng = world.rng("ad price", item.index)
    if item.price is None or item.kind == FREE:
        words = {FREE: ("Gratuit", "GRATUIT !", "à donner"), ON_REQUEST: ("Prix sur demande", "NC")}
        return rng.choice(words[item.kind]) if item.kind in words else ""
    plain, dot, comma = f"{item.price:.2f}", f"{item.price:,.2f}", _french(item.price)
    if item.currency == "GBP":
        return rng.choice((f"£{dot}", f"£ {plain}", f"{dot} GBP"))
    if item.currency == "USD":
        return rng.choice((f"${dot}", f"US$ {plain}", f"USD {dot}"))
    if item.currency == "CHF":
        swiss = dot.replace(",", rng.choice(("'", "\u2019")))
        return rng.choice((f"CHF {swiss}", f"{swiss} CHF"))
    euros, cents = plain.split(".")
    german = dot.replace(",", "_").replace(".", ",").replace("_", ".")
    forms = [
        f"{comma} €", f"{comma}€", f"{comma.replace(' ', chr(0xA0))}\u00a0€", f"EUR {german}",
        f"{comma.replace(' ', chr(0x202F))}\u202f€", f"Prix : {comma} € (à débattre)",
        f"{plain} EUR", f"{euros}€{cents}",
    ]  # fmt: skip
    if item.price.is_integer():
        forms.append(f"{euros},- €")
    return rng.choice(forms)


def _french(price: float) -> str:
    return f"{price:,.2f}".replace(",", " ").replace(".", ",")


def written_date(world: World, item: Ad) -> str:
    """Return the day of the ad in one of the ways people and machines write it."""
    rng = world.rng("ad date", item.index)
    day, ago = item.posted, (world.today - item.posted).days
    if ago < 15 and rng.random() < 0.6:
        recent = ("aujourd\u2019hui", "hier", "avant-hier")
        return recent[ago] if ago < len(recent) else f"il y a {ago} jours"
    month, ordinal = MONTHS[day.month - 1], "1er" if day.day == 1 else str(day.day)
    # Just after midnight in Paris: the day before for who forgets the time zone.
    moment = datetime.combine(day, time(0, rng.randrange(60)), PARIS)
    return rng.choice(
        (
            f"{WEEKDAYS[day.weekday()]} {ordinal} {month} {day.year}",
            f"{ordinal} {month} {day.year}",
            f"{day.day} {ABRIDGED[day.month - 1]} {day.year}",
            f"{day:%d/%m/%y}",
            f"{day:%d.%m.%Y}",
            day.isoformat(),
            moment.astimezone(UTC).isoformat(),
            str(int(moment.timestamp())),
            f"{ENGLISH[day.month - 1]} {day.day}, {day.year}",
            f"{day.day} {ENGLISH[day.month - 1]} {day.year}",
        )
    )


def written_text(world: World, item: Ad, part: str, text: str) -> str:
    """Return a text as a bad template leaves it; `part` names the field, so that each differs."""
    rng = world.rng(f"ad {part}", item.index)
    way = rng.randrange(5)
    if way == 0:  # escaped before it was stored: the page will escape it again
        return "".join(_entity(character) for character in text)
    if way == 1:
        return text.replace(" ", "\u00a0")
    if way == 2:
        return f"\n\t  {text.replace(' ', '  ')} \n"
    if way == 3:
        return text.replace(", ", ",\u202f").replace("'", "&#39;")
    return text


def _entity(character: str) -> str:
    name = codepoint2name.get(ord(character))
    return f"&{name};" if name else character
