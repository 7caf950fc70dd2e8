# %% [markdown]
# # Mini-projet : une catégorie de la boutique, de la page au graphique
#
# **Durée** : 40 minutes. **Prérequis** : les notebooks de ce chapitre, surtout *HTTP, HTML et API*.
#
# Un commerçant vous demande : « que vend la concurrence au rayon cuisine, et à quel prix ? » Il veut un
# fichier qu'il ouvrira dans son tableur, et un graphique. À la fin de ce notebook, vous saurez :
#
# * séparer ce qui **télécharge**, ce qui **lit** et ce qui **range** ;
# * suivre une pagination jusqu'au bout, poliment ;
# * produire un CSV propre, le relire, et en tirer une figure.

# %% [markdown]
# ## 1. Le plan
#
# ```mermaid
# flowchart LR
#     T[télécharger<br/>une page] --> L[lire_page<br/>fiches, suite]
#     L -->|suite| T
#     L -->|fiches| R[DataFrame]
#     R --> C[CSV]
#     R --> G[graphique]
# ```
#
# La fonction qui **lit** ne touche pas au réseau : on lui donne un texte, elle rend des fiches. On
# peut donc l'essayer cent fois sur une page enregistrée, sans déranger personne. C'est la décision
# qui compte le plus dans un scraper, et Scrapy est bâti dessus.

# %%
import time
from urllib.parse import urljoin

import pandas as pd
import requests
from bs4 import BeautifulSoup

from lab import workspace
from lab.exercises import check

DEPART = workspace.practice_url() + "/boutique/categorie/cuisine/"


def telecharger(session, adresse, pause=0.05):
    """Le texte d'une page ; une courte pause, et une exception si elle est en erreur."""
    time.sleep(pause)
    reponse_http = session.get(adresse, timeout=10)
    reponse_http.raise_for_status()
    return reponse_http.text


def nombre(texte):
    """« 1 269,99 € » devient 1269.99 (le projet suppose un prix bien écrit)."""
    return float("".join(texte.split()).replace("€", "").replace(",", "."))


with requests.Session() as session:
    html = telecharger(session, DEPART)

soupe = BeautifulSoup(html, "lxml")
print(soupe.select_one(".compte").get_text(strip=True))
print(soupe.select_one("article.produit").prettify())
print(soupe.select_one("a[rel=next]"))

# %% [markdown]
# ## 2. Lire une page
#
# **Exercice intro-23** ★★ Écrivez `lire_page(html, adresse)`, qui rend deux valeurs :
#
# * la liste des fiches, dans l'ordre : des dictionnaires de clés `nom`, `marque`, `prix` (un nombre,
#   ou `None` si la carte n'a pas de prix), `stock` (le texte affiché) et `adresse` (**complète**) ;
# * l'adresse complète de la page suivante (le lien `a[rel=next]`), ou `None` s'il n'y en a pas.
#
# `adresse` est celle de la page elle-même : `urljoin(adresse, lien)` complète un lien.


# %% exercise="intro-23"
# >>> solution
#: def lire_page(html, adresse): ...
def lire_page(html, adresse):
    soupe = BeautifulSoup(html, "lxml")
    fiches = []
    for carte in soupe.select("article.produit"):
        lien, prix = carte.select_one(".titre a"), carte.select_one(".prix")
        fiches.append(
            {
                "nom": lien.get_text(strip=True),
                "marque": carte.select_one(".marque-produit").get_text(strip=True),
                "prix": nombre(prix.get_text()) if prix else None,
                "stock": carte.select_one(".stock").get_text(strip=True),
                "adresse": urljoin(adresse, lien["href"]),
            }
        )
    suite = soupe.select_one("a[rel=next]")
    return fiches, urljoin(adresse, suite["href"]) if suite else None
# <<< solution


check("intro-23", lire_page)


# %% wrong="intro-23"
def lire_page(html, adresse):  # suppose que tout est toujours là
    soupe = BeautifulSoup(html, "lxml")
    fiches = [
        {
            "nom": carte.select_one(".titre a").get_text(strip=True),
            "marque": carte.select_one(".marque-produit").get_text(strip=True),
            "prix": nombre(carte.select_one(".prix").get_text()),
            "stock": carte.select_one(".stock").get_text(strip=True),
            "adresse": urljoin(adresse, carte.select_one(".titre a")["href"]),
        }
        for carte in soupe.select("article.produit")
    ]
    suite = soupe.select_one("a[rel=next]")
    return fiches, urljoin(adresse, suite["href"]) if suite else None


# %% wrong="intro-23"
def lire_page(html, adresse):  # des liens relatifs, un prix en texte
    soupe = BeautifulSoup(html, "lxml")
    fiches = []
    for carte in soupe.select("article.produit"):
        prix = carte.select_one(".prix")
        fiches.append(
            {
                "nom": carte.select_one(".titre a").get_text(strip=True),
                "marque": carte.select_one(".marque-produit").get_text(strip=True),
                "prix": prix.get_text(strip=True) if prix else None,
                "stock": carte.select_one(".stock").get_text(strip=True),
                "adresse": carte.select_one(".titre a")["href"],
            }
        )
    suite = soupe.select_one("a[rel=next]")
    return fiches, suite["href"] if suite else None


# %% wrong="intro-23"
def lire_page(html, adresse):  # les fiches seulement
    return [
        {"nom": titre.get_text(strip=True)}
        for titre in BeautifulSoup(html, "lxml").select("article.produit .titre a")
    ]


# %% [markdown]
# ## 3. Toute la catégorie
#
# **Exercice intro-24** ★★ Partez de `DEPART`, suivez la pagination jusqu'au bout avec `telecharger` et
# `lire_page`, et rangez toutes les fiches dans un `DataFrame` de colonnes `nom`, `marque`, `prix`,
# `stock`, `adresse`, une ligne par produit, dans l'ordre des pages.

# %% exercise="intro-24"
# >>> solution
toutes, suite = [], DEPART
with requests.Session() as session:
    while suite:
        fiches, suite = lire_page(telecharger(session, suite), suite)
        toutes += fiches
reponse = pd.DataFrame(toutes)
# <<< solution
check("intro-24", reponse)

# %% wrong="intro-24"
with requests.Session() as session:  # la première page
    reponse = pd.DataFrame(lire_page(telecharger(session, DEPART), DEPART)[0])

# %% wrong="intro-24"
reponse = toutes  # une liste

# %% wrong="intro-24"
with requests.Session() as session:  # deux fois la même page
    page_1 = lire_page(telecharger(session, DEPART), DEPART)[0]
reponse = pd.DataFrame(page_1 + page_1).head(len(toutes))

# %% [markdown]
# ## 4. Le CSV, et sa relecture
#
# Pour la suite, ce notebook prend votre tableau s'il est prêt, et sinon celui de l'API (les mêmes
# produits, par un autre chemin).

# %%
STOCKS = {
    "InStock": "En stock",
    "OutOfStock": "Épuisé",
    "PreOrder": "En précommande",
    "BackOrder": "Sur commande",
}


def depuis_api():
    """Les mêmes fiches, demandées à l'API."""
    adresse = workspace.practice_url() + "/api/products?per_page=100"
    while adresse:
        donnees = requests.get(adresse, timeout=10).json()
        for produit in donnees["items"]:
            if produit["category"] == "Cuisine":
                yield {
                    "nom": produit["name"],
                    "marque": produit["brand"],
                    "prix": produit["price"],
                    "stock": STOCKS[produit["availability"]],
                    "adresse": produit["url"],
                }
        adresse = donnees["next"]


colonnes = {"nom", "marque", "prix", "stock", "adresse"}
pret = isinstance(reponse, pd.DataFrame) and colonnes <= set(reponse.columns)
cuisine = reponse if pret else pd.DataFrame(depuis_api())
print(len(cuisine), "produits ;", int(cuisine["prix"].isna().sum()), "sans prix")
cuisine[["nom", "marque", "prix", "stock"]].head()

# %% [markdown]
# Un tableur français attend des points-virgules, une virgule décimale, et une marque au début du
# fichier pour reconnaître l'UTF-8 (`utf-8-sig`). Après avoir écrit un fichier, **relisez-le** : c'est
# le seul essai qui compte.

# %%
import tempfile
from pathlib import Path

fichier = Path(tempfile.mkdtemp(prefix="intro06-")) / "cuisine.csv"
cuisine.drop(columns="adresse").to_csv(
    fichier, index=False, sep=";", decimal=",", encoding="utf-8-sig"
)
print(*fichier.read_text(encoding="utf-8-sig").splitlines()[:3], sep="\n")

relu = pd.read_csv(fichier, sep=";", decimal=",", encoding="utf-8-sig")
print(relu.shape, relu["prix"].sum().round(2) == cuisine["prix"].sum().round(2))

# %% [markdown]
# ## 5. La réponse en une image

# %%
import matplotlib.pyplot as plt

COULEURS = {
    "En stock": "#2e7d32",
    "Épuisé": "#c0392b",
    "En précommande": "#3b6ea5",
    "Sur commande": "#b07d2b",
}
par_marque = cuisine.groupby("marque")["prix"].median().sort_values()
rang = {marque: place for place, marque in enumerate(par_marque.index)}

fig, ax = plt.subplots(figsize=(7.5, 3.8))
for stock, groupe in cuisine.groupby("stock"):
    ax.scatter(groupe["prix"], groupe["marque"].map(rang), label=stock,
               color=COULEURS.get(stock, "gray"), s=36, alpha=0.85)  # fmt: skip
ax.scatter(par_marque, range(len(par_marque)), marker="|", s=180, linewidths=2, color="black", label="médiane")
ax.set_yticks(range(len(par_marque)), par_marque.index)
ax.set_xlabel("prix, en euros")
ax.set_title("Le rayon cuisine : chaque point est un produit", loc="left")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
fig.tight_layout()
plt.show()

# %% [markdown]
# La médiane, plutôt que la moyenne : un seul produit à 600 € tire la moyenne d'une marque vers le
# haut, et déplace à peine la médiane.
#
# **Exercice intro-25** ★★ Le commerçant demande enfin qui tient ses rayons. D'après `cuisine`, quelle
# est, pour chaque marque, la **part** de ses produits qui sont `"En stock"` ? Donnez un dictionnaire :
# le nom de la marque, et un nombre entre 0 et 1 (non arrondi).

# %% exercise="intro-25"
# >>> solution
reponse = (cuisine["stock"] == "En stock").groupby(cuisine["marque"]).mean().to_dict()
# <<< solution
check("intro-25", reponse)

# %% wrong="intro-25"
reponse = cuisine[cuisine["stock"] == "En stock"].groupby("marque").size().to_dict()  # des nombres

# %% wrong="intro-25"
reponse = (  # la part de chacune dans tout le stock
    cuisine.loc[cuisine["stock"] == "En stock", "marque"].value_counts(normalize=True).to_dict()
)

# %% wrong="intro-25"
reponse = (cuisine["stock"] == "En stock").groupby(cuisine["marque"]).mean().mul(100).to_dict()

# %% [markdown]
# ## À retenir, et la suite
#
# Vous venez d'écrire un scraper complet : télécharger, lire, suivre, ranger, relire, montrer. Que
# lui manque-t-il pour dix mille pages ? Plusieurs requêtes à la fois, les nouveaux essais,
# robots.txt, la reprise après une coupure, un journal de ce qui a échoué, et des bases pour ranger.
# **Scrapy** apporte tout cela, avec la même séparation entre télécharger et lire : c'est le chapitre
# suivant.
