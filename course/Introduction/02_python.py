# %% [markdown]
# # Python, remis en jambes
#
# **Durée** : 45 minutes. **Prérequis** : le notebook *L'environnement de travail* ; avoir déjà
# écrit une boucle et une fonction.
#
# À la fin de ce notebook, vous saurez :
#
# * lire une fiche imbriquée (dictionnaires et listes) sans qu'un champ absent arrête tout ;
# * transformer, filtrer, regrouper avec des *compréhensions* et un `Counter` ;
# * écrire une fonction qui se teste, et des exceptions qui disent vrai ;
# * lire une source sans fin avec un générateur ;
# * comparer deux dates qui n'ont pas le même fuseau, et écrire un fichier que d'autres liront.

# %% [markdown]
# ## 1. Pourquoi ce Python-là
#
# Récolter, nettoyer, ranger : un *data engineer* manipule toute la journée des **fiches** venues
# d'ailleurs. Elles arrivent par milliers, l'une n'a pas de prix, l'autre a une date américaine, et
# il ne faut ni planter à la 9 000ᵉ, ni garder les 9 000 en mémoire. Quelques outils du langage
# suffisent presque à tout ; ce notebook les revoit sur de vrais articles, ceux de la récolte.
#
# ```mermaid
# flowchart LR
#     A[texte brut] -->|json.loads| B[dictionnaires et listes]
#     B -->|compréhension, filtre| C[fiches propres]
#     C -->|Counter, groupes| D[un résumé]
#     C -->|générateur, lots| E[(une base, un fichier)]
# ```

# %% [markdown]
# ## 2. Une fiche est un dictionnaire
#
# Le format d'échange du web est **JSON** : des objets, des listes, des textes, des nombres, vrai,
# faux, rien. `json.loads` en fait des valeurs de Python.

# %%
import json

texte = """
{
  "titre": "Arrosoir Verdoyance Kilt 2",
  "prix": {"montant": 368.5, "devise": "EUR"},
  "etiquettes": ["jardin", "arrosage"],
  "avis": null,
  "en_stock": false
}
"""
fiche = json.loads(texte)
print(type(fiche).__name__, list(fiche))
print(fiche["prix"]["montant"], fiche["etiquettes"][0], fiche["avis"], fiche["en_stock"])

# %% [markdown]
# `fiche["couleur"]` lèverait `KeyError` : parfait quand l'absence est une anomalie. Quand elle est
# normale, `get` rend `None`, ou la valeur que vous choisissez.

# %%
print(fiche.get("couleur"), fiche.get("couleur", "inconnue"))
print(fiche.get("livraison", {}).get("delai"))  # deux étages, dont aucun n'existe

# %% [markdown]
# **Piège.** `get` ne donne la valeur de remplacement que si la **clé** manque. Ici la clé `avis`
# existe, et sa valeur est `None` : `fiche.get("avis", {})` rend donc `None`, et
# `fiche.get("avis", {}).get("note")` échoue. Le remède : `(fiche.get("avis") or {}).get("note")`.

# %%
print(fiche.get("avis", {}), (fiche.get("avis") or {}).get("note"))

# %% [markdown]
# ## 3. Compréhensions : une liste se décrit
#
# Prenons les articles de la récolte, triés par date. Cinq champs suffisent.

# %%
from lab import workspace

champs = {"_id": 0, "title": 1, "section": 1, "authors": 1, "published": 1, "tags": 1}
articles = list(workspace.mongo().articles.find({}, champs).sort([("published", 1), ("_id", 1)]))
print(len(articles), "articles ; le premier :")
for champ, valeur in articles[0].items():
    print(f"  {champ:10}", valeur)

# %% [markdown]
# Une compréhension dit **ce que l'on veut**, dans l'ordre où l'on parle : *le titre de chaque
# article, pour ceux qui ont deux auteurs*. La même forme fait des listes `[…]`, des ensembles
# `{…}` (chaque valeur une fois) et des dictionnaires `{clé: valeur …}`.

# %%
duos = [article["title"] for article in articles if len(article["authors"]) == 2]
rubriques = {article["section"] for article in articles}
dernier_titre = {article["section"]: article["title"] for article in articles}

print(len(duos), "articles à deux auteurs, dont :", duos[0])
print(sorted(rubriques))
print("Dernier titre de Sport :", dernier_titre["Sport"])

# %% [markdown]
# (« Économie » en dernier ? `sorted` compare les numéros des caractères, et « É » vient après « z ».
# Pour un ordre de dictionnaire, il faut une clé de tri sans accents.)
#
# Pourquoi *le dernier* titre ? Une clé n'a qu'une valeur : chaque article remplace le précédent de sa
# rubrique, et la liste est triée par date. C'est utile, à condition de le vouloir !
#
# Pour une liste de listes, deux `for` se suivent, dans l'ordre des boucles qu'ils remplacent :

# %%
signatures = [auteur for article in articles for auteur in article["authors"]]
print(len(signatures), "signatures,", len(set(signatures)), "journalistes")

# %% [markdown]
# Compter est si fréquent que la bibliothèque standard l'offre : `Counter`. Ses comptes se
# regardent mieux qu'ils ne se lisent.

# %%
from collections import Counter

import matplotlib.pyplot as plt

comptes = Counter(etiquette for article in articles for etiquette in article["tags"])
noms, nombres = zip(*reversed(comptes.most_common(12)), strict=True)

fig, ax = plt.subplots(figsize=(7, 3.6))
barres = ax.barh(noms, nombres, color="#3b6ea5")
ax.bar_label(barres, padding=3)
ax.set_title(f"Les 12 étiquettes les plus fréquentes, sur {len(comptes)}", loc="left")
ax.spines[["top", "right", "bottom"]].set_visible(False)
ax.set_xticks([])
plt.show()

# %% [markdown]
# ## 4. Fonctions : petites, nommées, testables
#
# Un nettoyage écrit dans une boucle ne se vérifie pas ; dans une fonction, trois exemples le
# vérifient. Donnez-lui un verbe pour nom, une phrase pour documentation, et des valeurs par
# défaut pour ce qui change rarement.


# %%
def abreger(texte, longueur=40, *, suite="…"):
    """Rend le texte en au plus `longueur` caractères, coupé entre deux mots."""
    if len(texte) <= longueur:
        return texte
    return texte[: longueur - len(suite)].rpartition(" ")[0] + suite


assert abreger("court") == "court"
assert abreger("un titre vraiment long", 12) == "un titre…"
print(abreger("La bibliothèque municipale rouvre ses portes après deux ans", suite=" [...]"))

# %% [markdown]
# L'étoile, dans la définition, oblige à nommer ce qui suit : `abreger(titre, 40, suite="…")` se lit
# sans aller voir la fonction.
#
# **Piège.** Une valeur par défaut est créée **une seule fois**, quand la fonction est définie. Une
# liste par défaut garde donc ce qu'on y a mis la fois d'avant :


# %%
def ajouter_mal(fiche, panier=[]):
    panier.append(fiche)
    return panier


def ajouter(fiche, panier=None):
    return [*(panier or []), fiche]


ajouter_mal("a")
print(ajouter_mal("b"), "au lieu de", ajouter("b"))

# %% [markdown]
# ## 5. Exceptions : dire ce qui peut mal tourner
#
# `try` protège **la ligne qui peut échouer**, et `except` nomme **l'échec attendu**. Un `except:`
# nu avale tout, y compris votre faute de frappe ; vous chercherez longtemps pourquoi toutes les
# notes valent `None`.


# %%
def note(texte):
    """Rend la note d'un avis, « 4,5/5 » ou « 4,5 », entre 0 et 5 ; None si elle est illisible."""
    try:
        valeur = float(texte.partition("/")[0].replace(",", "."))
    except ValueError:  # float("non noté")
        return None
    if not 0 <= valeur <= 5:
        raise ValueError(f"note hors de l'échelle : {texte!r}")
    return valeur


print([note("4,5/5"), note("3"), note("non noté")])
try:
    note("12/20")
except ValueError as erreur:
    print("Refusé :", erreur)

# %% [markdown]
# Deux cas, deux réponses. Une note **absente** est une donnée comme une autre : `None`. Une note
# **impossible** révèle que nous lisons mal la page : mieux vaut le savoir tout de suite.

# %% [markdown]
# ## 6. Générateurs : un élément à la fois
#
# Une fonction qui contient `yield` ne calcule rien quand on l'appelle : elle rend un **générateur**,
# qui produit ses valeurs une par une, quand on les lui demande. La suite des pages d'un site, les
# lignes d'un fichier de 40 Go, les messages d'une file : tout cela se lit ainsi, dans une mémoire
# constante.

# %%
from itertools import islice


def pages(modele):
    """Les adresses des pages d'une liste, sans fin."""
    numero = 1
    while True:
        yield modele.format(numero)
        numero += 1


suite = pages("/boutique/categorie/jardin/?page={}")
print(type(suite).__name__)
print(list(islice(suite, 3)))
print(next(suite))  # il reprend où il s'était arrêté

# %% [markdown]
# Des générateurs se branchent l'un sur l'autre comme des tuyaux. Entre parenthèses, une
# compréhension en est un : rien n'est lu avant que `next` ne le demande.

# %%
titres = (article["title"] for article in articles)
longs = (titre for titre in titres if len(titre) > 60)
print(next(longs))

# %% [markdown]
# **Piège.** Un générateur ne se parcourt qu'**une fois**. Épuisé, il est vide, sans erreur :

# %%
carres = (n * n for n in range(4))
print(sum(carres), sum(carres))

# %% [markdown]
# ## 7. Dates : toujours avec leur fuseau
#
# Une heure sans fuseau n'est pas un instant : « 8 h » arrive à Tokyo sept heures avant Paris, en
# été. Échangez les dates en texte **ISO 8601** avec leur décalage, calculez sur des `datetime` qui
# ont un fuseau, et n'affichez l'heure locale qu'à la fin.

# %%
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

paru = datetime.fromisoformat("2026-09-15T22:51:07+02:00")
print(paru.astimezone(UTC).isoformat())
print(paru.astimezone(ZoneInfo("Asia/Tokyo")).strftime("à Tokyo : %d/%m/%Y %H h %M"))
print("une semaine plus tard :", (paru + timedelta(weeks=1)).date())

ecart = articles[-1]["published"] - articles[0]["published"]
print("la récolte couvre", ecart.days, "jours")

# %% [markdown]
# **Piège.** Un `timedelta` range les jours et les secondes à part. `ecart.seconds` est le reste,
# une fois les jours ôtés ; la durée entière est `ecart.total_seconds()`.

# %%
deux_jours = timedelta(days=2, hours=1)
print(deux_jours.seconds, deux_jours.total_seconds())

# %% [markdown]
# ## 8. Fichiers : chemin, encodage, une fiche par ligne
#
# `pathlib.Path` écrit les chemins de la même façon sur tous les systèmes. `with` ferme le fichier
# même si une erreur survient. Et l'**encodage se dit** : sans lui, le même programme écrit en UTF-8
# ici et en Windows-1252 ailleurs.
#
# Pour des fiches, le format *JSON lines* (une fiche par ligne) bat le grand tableau JSON : on ajoute
# à la fin sans rien relire, et un fichier tronqué ne perd que sa dernière ligne.

# %%
import tempfile
from pathlib import Path

dossier = Path(tempfile.mkdtemp(prefix="intro02-"))
chemin = dossier / "articles.jsonl"

with chemin.open("w", encoding="utf-8") as fichier:
    for article in articles[:3]:
        ligne = {**article, "published": article["published"].isoformat()}
        fichier.write(json.dumps(ligne, ensure_ascii=False) + "\n")

with chemin.open(encoding="utf-8") as fichier:
    for ligne in fichier:
        relu = json.loads(ligne)
        print(relu["published"], abreger(relu["title"], 50))

# %% [markdown]
# JSON ne connaît pas les dates : elles voyagent en texte ISO. `ensure_ascii=False` garde les
# accents lisibles ; avec la valeur par défaut, « é » s'écrit en six caractères.

# %% [markdown]
# ## À retenir
#
# * `fiche["x"]` exige, `fiche.get("x")` tolère ; une clé présente peut valoir `None`.
# * Une compréhension pour transformer ou filtrer, un `Counter` pour compter, une fonction dès qu'il
#   y a une règle.
# * `except` nomme l'erreur attendue ; `None` est pour l'absence, l'exception pour l'anomalie.
# * Un générateur lit sans fin dans une mémoire constante, et ne se lit qu'une fois.
# * Dates avec fuseau, texte avec encodage, une fiche par ligne.

# %% [markdown]
# ## 9. Exercices
#
# Cette fois, les réponses sont des **fonctions** : écrivez-en le corps, la dernière ligne les
# essaie sur plusieurs cas, dont quelques méchants.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice intro-06** ★ Écrivez `prix_en_euros(texte)`, qui fait de `"1 269,99 €"` le nombre
# `1269.99`. Le prix peut finir par `€` ou `EUR`, ou ne rien porter ; les milliers sont séparés par
# une espace, parfois insécable (`"\u00a0"`) ou fine (`"\u202f"`). Un texte qui n'est pas un prix,
# ou `None`, donne `None`. (La méthode `split()` sans argument coupe à tous les blancs.)


# %% exercise="intro-06"
# >>> solution
#: def prix_en_euros(texte): ...
def prix_en_euros(texte):
    nombre = "".join((texte or "").split()).replace("€", "").replace("EUR", "").replace(",", ".")
    try:
        return float(nombre)
    except ValueError:
        return None
# <<< solution


check("intro-06", prix_en_euros)


# %% wrong="intro-06"
def prix_en_euros(texte):  # oublie les espaces insécables
    try:
        return float(texte.replace(" ", "").replace("€", "").replace(",", "."))
    except ValueError:
        return None


# %% wrong="intro-06"
def prix_en_euros(texte):  # None n'est pas un texte
    nombre = "".join(texte.split()).replace("€", "").replace("EUR", "").replace(",", ".")
    return float(nombre) if nombre.replace(".", "").isdigit() else None


# %% wrong="intro-06"
def prix_en_euros(texte):  # un prix nul est un prix
    nombre = "".join((texte or "").split()).strip("€EUR").replace(",", ".")
    try:
        return float(nombre) or None
    except ValueError:
        return None


# %% [markdown]
# **Exercice intro-07** ★ Écrivez `par_rubrique(fiches)` : un dictionnaire qui donne, pour chaque
# rubrique (`section`), la liste **triée** de ses titres (`title`). Une fiche sans rubrique va sous
# `"(aucune)"`.


# %% exercise="intro-07"
# >>> solution
#: def par_rubrique(fiches): ...
def par_rubrique(fiches):
    groupes = {}
    for fiche in fiches:
        groupes.setdefault(fiche.get("section", "(aucune)"), []).append(fiche["title"])
    return {rubrique: sorted(titres) for rubrique, titres in groupes.items()}
# <<< solution


check("intro-07", par_rubrique)


# %% wrong="intro-07"
def par_rubrique(fiches):  # chaque titre remplace le précédent
    return {fiche.get("section", "(aucune)"): [fiche["title"]] for fiche in fiches}


# %% wrong="intro-07"
def par_rubrique(fiches):  # sans le tri
    groupes = {}
    for fiche in fiches:
        groupes.setdefault(fiche.get("section", "(aucune)"), []).append(fiche["title"])
    return groupes


# %% [markdown]
# **Exercice intro-08** ★★ Une base aime recevoir les fiches par paquets. Écrivez le générateur
# `par_lots(elements, taille)` qui donne des listes de `taille` éléments (la dernière peut être plus
# courte, jamais vide). `elements` peut être n'importe quoi qui se parcourt, même **sans fin**.


# %% exercise="intro-08"
# >>> solution
#: def par_lots(elements, taille): ...
def par_lots(elements, taille):
    lot = []
    for element in elements:
        lot.append(element)
        if len(lot) == taille:
            yield lot
            lot = []
    if lot:
        yield lot
# <<< solution


check("intro-08", par_lots)


# %% wrong="intro-08"
def par_lots(elements, taille):  # lit tout d'abord
    elements = list(elements)
    return [elements[debut : debut + taille] for debut in range(0, len(elements), taille)]


# %% wrong="intro-08"
def par_lots(elements, taille):  # perd le dernier lot
    lot = []
    for element in elements:
        lot.append(element)
        if len(lot) == taille:
            yield lot
            lot = []


# %% [markdown]
# **Exercice intro-09** ★★ Écrivez `heures_entre(debut, fin)` : le nombre d'heures, à virgule, entre
# deux dates ISO 8601 données en texte, chacune avec son décalage. Il est négatif si la fin précède
# le début.


# %% exercise="intro-09"
# >>> solution
#: def heures_entre(debut, fin): ...
def heures_entre(debut, fin):
    duree = datetime.fromisoformat(fin) - datetime.fromisoformat(debut)
    return duree.total_seconds() / 3600
# <<< solution


check("intro-09", heures_entre)


# %% wrong="intro-09"
def heures_entre(debut, fin):  # le reste, une fois les jours ôtés
    duree = datetime.fromisoformat(fin) - datetime.fromisoformat(debut)
    return duree.seconds / 3600


# %% wrong="intro-09"
def heures_entre(debut, fin):  # sans les fuseaux
    duree = datetime.fromisoformat(fin[:19]) - datetime.fromisoformat(debut[:19])
    return duree.total_seconds() / 3600


# %% [markdown]
# **Exercice intro-10** ★★★ Une récolte interrompue laisse un fichier JSON lines abîmé. Écrivez
# `lire_fiches(chemin)`, qui rend deux valeurs : la liste des fiches lisibles, dans l'ordre, et le
# nombre de lignes illisibles. Une ligne blanche ne compte ni dans l'une ni dans l'autre.


# %% exercise="intro-10"
# >>> solution
#: def lire_fiches(chemin): ...
def lire_fiches(chemin):
    fiches, illisibles = [], 0
    with open(chemin, encoding="utf-8") as fichier:
        for ligne in fichier:
            if not ligne.strip():
                continue
            try:
                fiches.append(json.loads(ligne))
            except json.JSONDecodeError:
                illisibles += 1
    return fiches, illisibles
# <<< solution


check("intro-10", lire_fiches)


# %% wrong="intro-10"
def lire_fiches(chemin):  # une ligne blanche n'est pas une ligne abîmée
    fiches, illisibles = [], 0
    for ligne in Path(chemin).read_text(encoding="utf-8").splitlines():
        try:
            fiches.append(json.loads(ligne))
        except json.JSONDecodeError:
            illisibles += 1
    return fiches, illisibles


# %% wrong="intro-10"
def lire_fiches(chemin):  # tout ou rien
    texte = Path(chemin).read_text(encoding="utf-8")
    try:
        return [json.loads(ligne) for ligne in texte.splitlines() if ligne.strip()], 0
    except json.JSONDecodeError:
        return [], 1


# %% wrong="intro-10"
def lire_fiches(chemin):  # s'arrête à la première ligne abîmée
    fiches, illisibles = [], 0
    with open(chemin, encoding="utf-8") as fichier:
        try:
            for ligne in fichier:
                if ligne.strip():
                    fiches.append(json.loads(ligne))
        except json.JSONDecodeError:
            illisibles += 1
    return fiches, illisibles
