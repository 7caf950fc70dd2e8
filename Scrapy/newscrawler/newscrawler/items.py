"""Ce que les spiders rapportent, en plus des articles et des produits.

Une classe par sorte d'objets ; `collection` est le nom sous lequel les dépôts les rangent.
Un champ sans valeur vaut None ; `required` refuse un objet qui n'en a pas.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from lab.scraping import cleaning
from lab.scraping.items import COUNT, DATE, NUMBER, Record

OBLIGATOIRE = {"required": True}


@dataclass(kw_only=True)
class Citation(Record):
    """Une citation de la bibliothèque ; `auteur_id` est l'identifiant de son `Auteur`."""

    collection: ClassVar[str] = "citations"

    texte: str | None = field(default=None, metadata=OBLIGATOIRE)
    auteur: str | None = None
    auteur_id: str | None = None
    etiquettes: list[str] = field(default_factory=list)
    # Montrés aux seuls lecteurs inscrits.
    ouvrage: str | None = None
    annee: int | str | None = field(default=None, metadata=COUNT)


@dataclass(kw_only=True)
class Auteur(Record):
    """Un auteur de la bibliothèque ; `naissance` est une date sans heure : « 1926-03-14 »."""

    collection: ClassVar[str] = "auteurs"

    nom: str | None = field(default=None, metadata=OBLIGATOIRE)
    naissance: str | None = None
    lieu: str | None = None
    biographie: str | None = None


@dataclass(kw_only=True)
class Message(Record):
    """Un message du réseau social ; `mots` sont ses mots-dièse, sans le dièse."""

    collection: ClassVar[str] = "messages"

    auteur: str | None = None
    compte: str | None = None
    texte: str | None = field(default=None, metadata=OBLIGATOIRE)
    mots: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    jaime: int | str | None = field(default=None, metadata=COUNT)
    partages: int | str | None = field(default=None, metadata=COUNT)
    publie: datetime | str | None = field(default=None, metadata=DATE)


@dataclass(kw_only=True)
class Evenement(Record):
    """Un événement de l'agenda ; `date` est un jour sans heure : « 2026-09-18 »."""

    collection: ClassVar[str] = "evenements"

    titre: str | None = field(default=None, metadata=OBLIGATOIRE)
    date: str | None = None
    lieu: str | None = None


@dataclass(kw_only=True)
class Annonce(Record):
    """Une annonce de la brocante. `depose` est un jour : « 2026-03-03 » ; `prix` vaut 0 quand
    l'objet est donné, et `mention` dit pourquoi un prix n'est pas un prix."""

    collection: ClassVar[str] = "annonces"

    titre: str | None = field(default=None, metadata=OBLIGATOIRE)
    prix: float | str | None = field(default=None, metadata=NUMBER)
    monnaie: str | None = None
    mention: str | None = None
    depose: str | None = None
    lieu: str | None = None
    vendeur: str | None = None
    etat: str | None = None
    description: str | None = None


@dataclass(kw_only=True)
class Rapport(Record):
    """Un rapport PDF. `adresse` est celle du fichier, `fichier` la place où il a été rangé,
    `empreinte` la somme MD5 de ses octets ; les montants sont en milliers d'euros."""

    collection: ClassVar[str] = "rapports"

    titre: str | None = field(default=None, metadata=OBLIGATOIRE)
    organisme: str | None = None
    annee: int | str | None = field(default=None, metadata=COUNT)
    pages: int | None = None
    resume: str | None = None
    tableau: list[dict[str, str | int]] = field(default_factory=list)
    total: int | None = None
    adresse: str | None = None
    fichier: str | None = None
    empreinte: str | None = None


@dataclass(kw_only=True)
class Photographie(Record):
    """Une photographie ; `largeur` et `hauteur` en pixels, le reste comme un `Rapport`."""

    collection: ClassVar[str] = "photographies"

    titre: str | None = field(default=None, metadata=OBLIGATOIRE)
    lieu: str | None = None
    credit: str | None = None
    largeur: int | None = None
    hauteur: int | None = None
    adresse: str | None = None
    fichier: str | None = None
    empreinte: str | None = None


@dataclass(kw_only=True)
class Prix(Record):
    """Le prix d'un produit relevé un jour : un produit en a plusieurs, un par changement.

    `disponibilite` suit schema.org ; « Discontinued » : le produit n'est plus vendu.
    """

    collection: ClassVar[str] = "prix"

    nom: str | None = None
    jour: str | None = field(default=None, metadata=OBLIGATOIRE)
    prix: float | str | None = field(default=None, metadata=NUMBER)
    monnaie: str | None = None
    disponibilite: str | None = field(default=None, metadata={"clean": cleaning.availability})
    prix_precedent: float | None = None
