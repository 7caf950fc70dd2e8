"""What the invented shop sells: types, brands and words by category."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shelf:
    """One category: `types` are ``name/m`` or ``name/f``, prices in euros."""

    types: tuple[str, ...]
    brands: tuple[str, ...]
    low: float
    high: float
    materials: tuple[str, ...]
    assets: tuple[str, ...]


def _shelf(types: str, brands: str, low: float, high: float, materials: str, assets: str) -> Shelf:
    def split(text: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text.replace("'", "\u2019").split(","))

    return Shelf(split(types), split(brands), low, high, split(materials), split(assets))


CATEGORIES: dict[str, Shelf] = {
    "Ordinateurs": _shelf(
        "Ordinateur portable/m, Mini-ordinateur/m, Station de travail/f, Tablette hybride/f",
        "Nuagéo, Orizon, Kervella, Quartz & Fils",
        389,
        3290,
        "aluminium recyclé, magnésium, plastique biosourcé",
        "seize heures d'autonomie, un clavier rétroéclairé, un écran mat de 14 pouces, "
        "un ventilateur presque inaudible, une mémoire extensible",
    ),
    "Téléphonie": _shelf(
        "Téléphone/m, Casque sans fil/m, Enceinte portable/f, Montre connectée/f",
        "Sillage, Orizon, Écho Bleu, Tangara",
        29,
        1190,
        "verre trempé, titane, silicone mat",
        "une charge complète en quarante minutes, une batterie remplaçable, "
        "un appareil photo lumineux, une étanchéité à deux mètres, un son équilibré",
    ),
    "Maison": _shelf(
        "Lampe de bureau/f, Fauteuil/m, Étagère murale/f, Tapis/m, Table basse/f, Miroir/m",
        "Lumivane, Bois-Clair, Atelier Ronsard, Hespéride",
        19,
        1490,
        "chêne massif, lin lavé, laiton brossé, rotin",
        "un montage sans outil, une finition à la main, des pieds réglables, "
        "une garantie de dix ans, une lumière douce",
    ),
    "Cuisine": _shelf(
        "Cafetière/f, Robot pâtissier/m, Cocotte/f, Couteau de chef/m, Bouilloire/f, Moulin/m",
        "Marmitou, Fonte d'Or, Cap Table, Lumivane",
        12,
        690,
        "fonte émaillée, inox, grès, hêtre",
        "un nettoyage facile, une chaleur bien répartie, un couvercle hermétique, "
        "un moteur silencieux, une prise en main équilibrée",
    ),
    "Jardin": _shelf(
        "Sécateur/m, Tondeuse électrique/f, Composteur/m, Serre de balcon/f, Arrosoir/m",
        "Verdoyance, Terres d'Amont, Sarcle, Fontanelle",
        9,
        890,
        "acier forgé, bois certifié, plastique recyclé, zinc",
        "une coupe nette, un réservoir de douze litres, un rangement vertical, "
        "une batterie interchangeable, un poids contenu",
    ),
    "Sport": _shelf(
        "Vélo de ville/m, Sac à dos/m, Chaussures de trail/f, Tente/f, Tapis de yoga/m",
        "Cap Nord, Échappée, Grimpe & Cie, Ondine",
        15,
        2390,
        "nylon ripstop, caoutchouc naturel, acier léger, laine mérinos",
        "un dos ventilé, un amorti progressif, un montage en trois minutes, "
        "des bandes réfléchissantes, une réparation garantie",
    ),
    "Livres": _shelf(
        "Roman/m, Atlas/m, Recueil de nouvelles/m, Bande dessinée/f, Encyclopédie/f",
        "Éditions du Vieux Phare, Libris, La Page blanche, Presses d'Aubrac",
        6,
        79,
        "papier recyclé, reliure cousue, couverture toilée",
        "des illustrations en couleurs, un index détaillé, une préface inédite, "
        "une typographie soignée, un marque-page en tissu",
    ),
    "Jeux": _shelf(
        "Jeu de société/m, Puzzle/m, Console rétro/f, Maquette/f, Jeu de construction/m",
        "Tric-Trac, Ludovane, Petite Ourse, Studio Gones",
        8,
        349,
        "bois peint, carton épais, plastique biosourcé",
        "des règles en français, des parties de trente minutes, un mode solitaire, "
        "une boîte de rangement, des pièces de rechange",
    ),
    "Mode": _shelf(
        "Marinière/f, Manteau/m, Écharpe/f, Bottines/f, Pull/m, Chemise/f",
        "Louvet, Armor & Laine, Sillage, Maison Tardivel",
        14,
        590,
        "coton biologique, laine vierge, cuir végétal, lin",
        "des coutures doublées, une coupe droite, des boutons en corozo, "
        "un lavage à trente degrés, une fabrication en France",
    ),
    "Épicerie": _shelf(
        "Confiture/f, Huile d'olive/f, Thé noir/m, Miel/m, Coffret de biscuits/m",
        "Terres d'Amont, Fontanelle, La Ruche d'Adèle, Cap Table",
        3,
        89,
        "fruits de saison, olives de pays, fleurs sauvages, beurre cru",
        "une récolte à la main, un bocal consigné, une cuisson lente, "
        "une traçabilité complète, un parfum intense",
    ),
}

# Masculine, feminine, masculine plural, feminine plural.
ADJECTIVES = (
    "compact|compacte|compacts|compactes",
    "léger|légère|légers|légères",
    "robuste|robuste|robustes|robustes",
    "élégant|élégante|élégants|élégantes",
    "pratique|pratique|pratiques|pratiques",
    "durable|durable|durables|durables",
    "bien conçu|bien conçue|bien conçus|bien conçues",
    "original|originale|originaux|originales",
)
# Categories whose things have no material, and the words that suit them.
EDIBLE_OR_READ = ("Livres", "Épicerie")
TASTES = (
    "généreux|généreuse|généreux|généreuses",
    "délicat|délicate|délicats|délicates",
    "original|originale|originaux|originales",
    "raffiné|raffinée|raffinés|raffinées",
    "surprenant|surprenante|surprenants|surprenantes",
)
SERIES = (
    "Solène", "Odyssée", "Mistral", "Garance", "Ardoise", "Belle-Île", "Cassiopée", "Duo",
    "Embruns", "Falaise", "Grand Large", "Horizon", "Iris", "Jade", "Kilt", "Luciole",
    "Marée", "Noroît", "Origine", "Plume", "Rivage", "Saison", "Tempo", "Vagabond",
)  # fmt: skip
REVIEWS = {
    5: ("Parfait, je recommande sans hésiter.", "Très belle surprise, livraison rapide.",
        "Exactement ce que je cherchais.", "Qualité irréprochable, je rachèterai."),
    4: ("Très bien, un peu cher tout de même.", "Bon produit, notice un peu courte.",
        "Content de mon achat après deux mois d’utilisation."),
    3: ("Correct, sans plus.", "Fait le travail, mais la finition pourrait être meilleure.",
        "Conforme à la description, emballage abîmé."),
    2: ("Déçue par la solidité.", "Plus petit que je ne l’imaginais."),
    1: ("Arrivé cassé, remplacé après trois semaines.", "Je n’en suis pas satisfait du tout."),
}  # fmt: skip
