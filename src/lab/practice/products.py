"""Products of the shop, computed one at a time from (seed, index)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from lab.practice.catalogue_data import (
    ADJECTIVES,
    CATEGORIES,
    EDIBLE_OR_READ,
    REVIEWS,
    SERIES,
    TASTES,
)
from lab.practice.changes import offer
from lab.practice.grammar import slugify
from lab.practice.names import FIRST_NAMES
from lab.practice.numbered import Illustrated
from lab.practice.plan import Category
from lab.practice.world import BOUTIQUE, World

# schema.org names, French labels, and how often out of 20.
AVAILABILITIES = (
    ("InStock", "En stock", 14),
    ("OutOfStock", "Épuisé", 3),
    ("PreOrder", "En précommande", 1),
    ("BackOrder", "Sur commande", 2),
)
_DRAWN = tuple((name, label) for name, label, weight in AVAILABILITIES for _ in range(weight))
_PLURALS = ("Chaussures", "Bottines")


@dataclass(frozen=True, slots=True)
class Review:
    """A customer's opinion, `stars` from 1 to 5."""

    author: str
    stars: int
    text: str


@dataclass(frozen=True, slots=True)
class Product(Illustrated):
    """A product; `price` in euros, `rating` from 1 to 5 or None when `reviews` is 0."""

    site: ClassVar[str] = BOUTIQUE
    picture: ClassVar[str] = "produit"

    category: Category
    name: str
    brand: str
    sku: str
    price: float
    availability: str
    availability_label: str
    rating: float | None
    reviews: int
    description: str

    @property
    def price_text(self) -> str:
        """The price as a French reader sees it: ``1 299,90 €`` with no-break spaces."""
        return french_price(self.price)


def french_price(price: float) -> str:
    """Return `price` (euros) with no-break spaces and a decimal comma."""
    return f"{price:,.2f}\u00a0€".replace(",", "\u00a0").replace(".", ",")


@lru_cache(maxsize=512)
def product(world: World, index: int) -> Product:
    """Return product `index`; IndexError when there is no such product."""
    if not 0 <= index < world.products:
        raise IndexError(index)
    rng = world.rng("product", index)
    category = world.plan.category(index)
    shelf = CATEGORIES[category.name]
    kind, _, gender = rng.choice(shelf.types).partition("/")
    brand, material = rng.choice(shelf.brands), rng.choice(shelf.materials)
    name = f"{kind} {brand} {rng.choice(SERIES)} {rng.randrange(1, 60)}"
    # Prices are spread evenly on a logarithmic scale: many cheap things, few dear ones.
    scale = math.log(shelf.low) + rng.random() * math.log(shelf.high / shelf.low)
    price = int(math.exp(scale)) + rng.choice((0.0, 0.5, 0.9, 0.95, 0.99))
    availability, label = rng.choice(_DRAWN)
    reviews = 0 if rng.random() < 0.05 else int(rng.expovariate(1 / 45)) + 1
    rating = round(min(5.0, max(1.0, rng.gauss(4.1, 0.6))), 1) if reviews else None
    form = (gender == "f") + 2 * kind.startswith(_PLURALS)
    words = TASTES if category.name in EDIBLE_OR_READ else ADJECTIVES
    adjectives = [text.split("|")[form] for text in rng.sample(words, 2)]
    assets = rng.sample(shelf.assets, 2)
    description = (
        f"{' et '.join(adjectives).capitalize()}, {_this(kind, form)} en {material}"
        if category.name not in EDIBLE_OR_READ
        else f"{adjectives[0].capitalize()}, {_this(kind, form)} ({material})"
    )
    verb = "offrent" if form > 1 else "offre"
    description += f" {verb} {assets[0]} et {assets[1]}. Marque : {brand}."
    description = description.replace(" :", "\u00a0:")
    sku = f"{slugify(category.name)[:3].upper()}-{rng.randrange(16**6):06X}-{index + 1}"
    today = offer(world, index, price)
    if today.price is not None:
        price = today.price
    if today.draw is not None:
        availability, label = _DRAWN[int(today.draw * len(_DRAWN))]
    path = f"/boutique/produit/{slugify(name)}-{index + 1}.html"
    return Product(
        index, path, category, name, brand, sku, price, availability, label, rating, reviews,
        description,
    )  # fmt: skip


def _this(kind: str, form: int) -> str:
    lower = kind[:1].lower() + kind[1:]
    if form > 1:
        return f"ces {lower}"
    if form == 1:
        return f"cette {lower}"
    return f"{'cet' if slugify(lower[:1]) in 'aeiou' else 'ce'} {lower}"


def shown_reviews(world: World, item: Product) -> list[Review]:
    """Return the latest opinions printed on the page of `item`, three at most."""
    rng = world.rng("review", item.index)
    shown = []
    for _ in range(min(3, item.reviews)):
        stars = round(min(5.0, max(1.0, rng.gauss(item.rating or 3.0, 0.7))))
        first = rng.choice(FIRST_NAMES[rng.randrange(2)])
        author = f"{first} {rng.choice('ABCDEFGHJLMNPRSTV')}."
        shown.append(Review(author, stars, rng.choice(REVIEWS[stars])))
    return shown
