# %% [markdown]
# # Projet : une revue de presse qui se tient à jour
#
# **Durée** : 60 minutes. **Prérequis** : les notebooks 01 à 04 du chapitre ; un peu de pandas.
#
# À la fin de ce notebook, vous saurez :
#
# * revenir sur un site jour après jour, sans redemander ce qui n'a pas changé ;
# * choisir l'identité d'une fiche : celle qui **remplace** et celle qui **s'ajoute** ;
# * écrire votre propre spider, dont la base de données est la mémoire ;
# * rattraper un jour oublié, et prouver qu'une visite inutile ne coûte presque rien ;
# * tirer d'une récolte une réponse chiffrée et une figure.

# %% [markdown]
# ## 1. Le besoin, et le plan
#
# Une association de jardiniers publie chaque semaine une lettre : ce que la presse a dit, et ce que
# coûte le matériel. Il lui faut donc, chaque matin, les **articles** de la Gazette parus ou corrigés
# depuis la veille, et les **prix** du rayon Jardin de la Boutique. Tout relire tous les jours serait
# lent, et impoli : plus de mille pages pour une vingtaine de nouvelles.
#
# ```mermaid
# flowchart LR
#     P["plan du site<br/>adresse, lastmod"] --> Q{"nouveau<br/>ou corrigé ?"}
#     M[("MongoDB<br/>ce que l'on a déjà")] --> Q
#     Q -- oui --> A["page de l'article"]
#     Q -- non --> X["rien à demander"]
#     A --> D["Depeche : remplace"]
#     R["rayon Jardin, 2 pages"] --> V["Releve : s'ajoute"]
#     D --> L["lab.scraping<br/>nettoie, range"]
#     V --> L
#     L --> M
#     L --> E[("Elasticsearch")]
# ```
#
# Quatre étapes, chacune vérifiée :
#
# | étape | vous écrivez | exercice |
# |---|---|---|
# | choisir les pages à demander | `a_demander(entrees, connus, depuis)` | scrapy-22 |
# | lire les prix d'un rayon | `releves(response, jour)` | scrapy-23 |
# | assembler le spider, et faire ses visites | `revue_spider.py` | scrapy-24 |
# | répondre à une question | un nom et un pourcentage | scrapy-25 |

# %%
import re
import subprocess
import sys
from datetime import datetime
from urllib.parse import urlsplit

import matplotlib.pyplot as plt
import pandas as pd
import requests
from scrapy.http import HtmlResponse
from scrapy.utils.sitemap import Sitemap

from lab import workspace
from lab.exercises import check

WEB = workspace.practice_url()
base = workspace.mongo()
ARTICLES, PRIX, VISITES = "scrapy05_articles", "scrapy05_prix", "scrapy05_visites"


def vider():
    """Oublie tout ce que ce notebook a rangé, dans les deux bases."""
    for nom in (ARTICLES, PRIX, VISITES):
        base.drop_collection(nom)
    index = workspace.elasticsearch().indices
    for nom in (ARTICLES, PRIX):  # ces noms sont des alias : on efface l'index qui est derrière
        for concret in list(index.get(index=nom, ignore_unavailable=True)):
            index.delete(index=concret)


vider()

# %% [markdown]
# ## 2. Un site qui a plusieurs jours
#
# Un vrai site change pendant que vous dormez ; pour apprendre, c'est long. Le web d'entraînement sait
# se montrer **tel qu'il est un autre jour** : il suffit de placer `/le/AAAA-MM-JJ` devant le chemin.
# `/le/2026-09-17/gazette/` est la une du 17 septembre, et tous ses liens restent au 17 septembre.
#
# Le plan du site (*sitemap*) est fait pour les robots. Un index nomme des fichiers, chaque fichier donne
# des adresses et, pour les articles, la date du dernier changement : `lastmod`.


# %%
def lire_plan(adresse):
    """Les entrées d'un plan du site : des dictionnaires avec « loc » et souvent « lastmod »."""
    reponse = requests.get(adresse, timeout=10)
    reponse.raise_for_status()
    return list(Sitemap(reponse.content))


for entree in lire_plan(f"{WEB}/le/2026-09-17/sitemap.xml"):
    print(entree["lastmod"], urlsplit(entree["loc"]).path)

# %%
plan = [
    entree
    for fichier in lire_plan(f"{WEB}/le/2026-09-17/sitemap.xml")
    if "/gazette-" in fichier["loc"]
    for entree in lire_plan(fichier["loc"])
]
print(len(plan), "articles au plan du 17 septembre, dont, changés depuis le 15 :")
print(sum(entree["lastmod"][:10] >= "2026-09-15" for entree in plan))

# %% [markdown]
# Deux requêtes, trois avec l'index, et l'on sait tout de ce qui a bougé, sans ouvrir un seul article.
# C'est la meilleure affaire du robot poli : **chercher d'abord ce que le site dit de lui-même**.
#
# La même page a toutefois une autre adresse chaque jour, puisque le jour est dedans. Pour la
# reconnaître, on ne compare que son chemin, sans le jour :


# %%
def chemin(adresse):
    """Le chemin d'une page, sans l'hôte ni le jour simulé."""
    return re.sub(r"^/le/[\d-]{10}(?=/)", "", urlsplit(adresse).path)


print(chemin("https://gazette.example/le/2026-09-17/gazette/rubrique/sport/"))
print(chemin("https://gazette.example/gazette/rubrique/sport/"))

# %% [markdown]
# ## 3. Ne demander que ce qui a changé
#
# Que doit-on se rappeler d'une visite à l'autre ? Deux écoles :
#
# * **une seule date**, celle de la dernière visite, et l'on prend tout ce qui a changé après. Simple,
#   mais une page en panne ce jour-là est perdue : demain, la date l'aura dépassée ;
# * **une date par page** : le `lastmod` de la version que l'on a. Une page manquée n'est pas dans la
#   mémoire, elle sera donc redemandée demain, sans que personne y pense.
#
# Nous prenons la seconde, sans tenir de fichier à part : la mémoire est **la base elle-même**. Chaque
# fiche rangée garde le `lastmod` du plan. Si elle n'a pas été rangée, on ne s'en souvient pas, et c'est
# exactement ce qu'il faut.
#
# **Piège.** Deux dates ISO écrites dans deux fuseaux ne se comparent pas comme des textes. MongoDB rend
# des instants en UTC, le plan est à l'heure de Paris :

# %%
a, b = "2026-09-16T00:30:00+02:00", "2026-09-15T23:00:00+00:00"
print("comme textes   : a après b ?", a > b)
print("comme instants : a après b ?", datetime.fromisoformat(a) > datetime.fromisoformat(b))

# %% [markdown]
# **Exercice scrapy-22** ★★ Écrivez `a_demander(entrees, connus, depuis)`. `entrees` est une liste comme
# `plan` ; `connus` donne, pour le `chemin` d'une page déjà rangée, l'instant de son dernier changement
# (un `datetime`) ; `depuis` est l'instant où commence la revue. La fonction rend, dans le même ordre, la
# liste des entrées à demander : celles qui ont changé à l'instant `depuis` ou plus tard, et qui sont
# inconnues ou connues sous une autre date. Une entrée sans `lastmod` ne dit rien : on la demande
# toujours.


# %% exercise="scrapy-22"
# >>> solution
#: def a_demander(entrees, connus, depuis): ...
def a_demander(entrees, connus, depuis):
    choisies = []
    for entree in entrees:
        if "lastmod" in entree:
            change = datetime.fromisoformat(entree["lastmod"])
            if change < depuis or change == connus.get(chemin(entree["loc"])):
                continue
        choisies.append(entree)
    return choisies


# <<< solution
check("scrapy-22", a_demander)


# %% wrong="scrapy-22"
def a_demander(entrees, connus, depuis):  # ne voit pas les corrections
    return [
        entree
        for entree in entrees
        if "lastmod" not in entree
        or (
            datetime.fromisoformat(entree["lastmod"]) >= depuis
            and chemin(entree["loc"]) not in connus
        )
    ]


# %% wrong="scrapy-22"
def a_demander(entrees, connus, depuis):  # cherche l'adresse du jour dans la mémoire
    return [
        entree
        for entree in entrees
        if "lastmod" not in entree
        or (
            datetime.fromisoformat(entree["lastmod"]) >= depuis
            and connus.get(entree["loc"]) != datetime.fromisoformat(entree["lastmod"])
        )
    ]


# %% wrong="scrapy-22"
def a_demander(entrees, connus, depuis):  # compare des textes
    choisies = []
    for entree in entrees:
        connu = connus.get(chemin(entree["loc"]))
        change = entree.get("lastmod")
        if change is None or (
            change >= depuis.isoformat() and (connu is None or change != connu.isoformat())
        ):
            choisies.append(entree)
    return choisies


# %% wrong="scrapy-22"
def a_demander(entrees, connus, depuis):  # oublie les entrées sans date
    return [
        entree
        for entree in entrees
        if "lastmod" in entree
        and datetime.fromisoformat(entree["lastmod"]) >= depuis
        and connus.get(chemin(entree["loc"])) != datetime.fromisoformat(entree["lastmod"])
    ]


# %% [markdown]
# ## 4. Remplacer, ou ajouter ?
#
# Le laboratoire range chaque fiche sous un **identifiant**. Ranger deux fois le même identifiant
# remplace ; un autre identifiant ajoute. Choisir l'identifiant, c'est donc choisir ce que devient le
# passé :
#
# | fiche | identifiant | la revoir un autre jour |
# |---|---|---|
# | un article | son adresse canonique | **remplace** : on veut la version corrigée, une seule fois |
# | un prix relevé | le produit **et** le jour | **ajoute** : c'est la suite des prix qui a un sens |
#
# Avec l'adresse seule, les prix d'hier seraient effacés par ceux d'aujourd'hui ; avec l'heure dans
# l'identifiant, relancer deux fois le même matin compterait chaque prix deux fois. Le produit et le
# jour : ni plus, ni moins.
#
# Une page de rayon montre 24 cartes comme celle-ci ; le lien `a[rel="next"]` mène à la suite.

# %%
adresse = f"{WEB}/le/2026-09-15/boutique/categorie/jardin/"
rayon = HtmlResponse(adresse, body=requests.get(adresse, timeout=10).content, encoding="utf-8")
print(rayon.css("article.produit").get())

# %% [markdown]
# **Exercice scrapy-23** ★★ Écrivez `releves(response, jour)` : une liste de dictionnaires, un par carte
# `article.produit` de la page, avec exactement ces clés :
#
# * `url` : l'adresse complète du produit ; `produit` : le `chemin` de cette adresse ;
# * `id` : ce chemin, un `#`, puis le jour, par exemple `/boutique/produit/pot-3.html#2026-09-15` ;
# * `jour`, `nom`, `stock` ;
# * `prix` : le **texte** du prix tel qu'il est écrit, ou `None` si la carte n'en a pas.
#
# Pourquoi le texte ? `lab.scraping` sait lire `1 204,50 €` : c'est son travail, pas celui du
# sélecteur.


# %% exercise="scrapy-23"
# >>> solution
#: def releves(response, jour): ...
def releves(response, jour):
    fiches = []
    for carte in response.css("article.produit"):
        url = response.urljoin(carte.css(".titre a::attr(href)").get())
        fiches.append(
            {
                "id": f"{chemin(url)}#{jour}",
                "url": url,
                "produit": chemin(url),
                "jour": jour,
                "nom": carte.css(".titre a::text").get().strip(),
                "prix": carte.css(".prix::text").get(),
                "stock": carte.css(".stock::text").get(),
            }
        )
    return fiches


# <<< solution
check("scrapy-23", releves)


# %% wrong="scrapy-23"
def releves(response, jour):  # le jour manque à l'identifiant
    fiches = []
    for carte in response.css("article.produit"):
        url = response.urljoin(carte.css(".titre a::attr(href)").get())
        fiches.append({"id": chemin(url), "url": url, "produit": chemin(url), "jour": jour,
                       "nom": carte.css(".titre a::text").get(),
                       "prix": carte.css(".prix::text").get(),
                       "stock": carte.css(".stock::text").get()})  # fmt: skip
    return fiches


# %% wrong="scrapy-23"
def releves(response, jour):  # des listes parallèles : le prix manquant décale tout
    cartes = zip(
        response.css("article.produit .titre a::attr(href)").getall(),
        response.css("article.produit .titre a::text").getall(),
        response.css("article.produit .prix::text").getall(),
        response.css("article.produit .stock::text").getall(),
    )
    return [
        {"id": f"{chemin(response.urljoin(lien))}#{jour}", "url": response.urljoin(lien),
         "produit": chemin(response.urljoin(lien)), "jour": jour, "nom": nom, "prix": prix,
         "stock": stock}
        for lien, nom, prix, stock in cartes
    ]  # fmt: skip


# %% wrong="scrapy-23"
def releves(response, jour):  # le lien n'est pas complété
    fiches = []
    for carte in response.css("article.produit"):
        url = carte.css(".titre a::attr(href)").get()
        fiches.append({"id": f"{chemin(url)}#{jour}", "url": url, "produit": chemin(url),
                       "jour": jour, "nom": carte.css(".titre a::text").get(),
                       "prix": carte.css(".prix::text").get(),
                       "stock": carte.css(".stock::text").get()})  # fmt: skip
    return fiches


# %% [markdown]
# ## 5. Le spider
#
# Tout s'assemble dans un fichier. Ce qui est donné :
#
# * `Depeche` et `Releve`, deux sortes de fiches de `lab.scraping`. `metadata` choisit le nettoyage :
#   `NUMBER` lit un prix à la française, `DATE` rend un instant en UTC, `required` refuse une fiche sans
#   ce champ, et la refuse **en le comptant** ;
# * `ADDONS` et `LAB_STORES` : le rangement, ici dans MongoDB et dans Elasticsearch ;
# * `start`, qui lit la mémoire puis demande l'index du plan et la première page du rayon. (C'est une
#   seule question posée à MongoDB, avant la première page : elle ne ralentit rien.)
#
# Ce qui est à vous : recopiez vos deux fonctions, puis écrivez trois méthodes.
#
# 1. `plan` reçoit un fichier du plan. Pour chaque entrée à demander (comparée à `self.connus` et à
#    `DEPUIS`), elle demande l'article, lu par `self.article`, en lui passant le `lastmod` de l'entrée
#    par `cb_kwargs`.
# 2. `article` rend une `Depeche`, tirée du bloc JSON-LD de la page : `headline`, `articleSection`, les
#    noms de `author`, `datePublished`, et le nombre de mots de `articleBody`. `canonical_url` est
#    l'adresse de `link[rel="canonical"]`, et `change` est le `lastmod` reçu.
# 3. `rayon` rend un `Releve` par relevé, puis suit la page suivante, s'il y en a une.
#
# Relancez la cellule après chaque changement : c'est elle qui écrit le fichier.

# %%
%%writefile revue_spider.py
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.utils.sitemap import Sitemap

from lab import workspace
from lab.scraping.items import COUNT, DATE, NUMBER, TEXTS, Record

DEPUIS = datetime.fromisoformat("2026-09-15T00:00:00+02:00")  # la revue commence ce jour-là


@dataclass(kw_only=True)
class Depeche(Record):
    """Un article ; son identifiant vient de canonical_url, donc une correction remplace."""

    collection: ClassVar[str] = "scrapy05_articles"

    titre: str | None = field(default=None, metadata={"required": True})
    rubrique: str | None = None
    auteurs: list[str] = field(default_factory=list, metadata=TEXTS)
    publie: datetime | str | None = field(default=None, metadata=DATE)
    change: datetime | str | None = field(default=None, metadata=DATE)  # le lastmod du plan
    mots: int | str | None = field(default=None, metadata=COUNT)


@dataclass(kw_only=True)
class Releve(Record):
    """Le prix d'un produit un jour donné ; « id » contient le jour, donc chaque jour s'ajoute."""

    collection: ClassVar[str] = "scrapy05_prix"

    produit: str | None = field(default=None, metadata={"required": True})
    jour: str | None = field(default=None, metadata={"required": True})
    nom: str | None = None
    prix: float | str | None = field(default=None, metadata=NUMBER)
    stock: str | None = None


def chemin(adresse):
    """Le chemin d'une page, sans l'hôte ni le jour simulé."""
    return re.sub(r"^/le/[\d-]{10}(?=/)", "", urlsplit(adresse).path)


# >>> solution
#: # Recopiez ici a_demander et releves.
def a_demander(entrees, connus, depuis):
    choisies = []
    for entree in entrees:
        if "lastmod" in entree:
            change = datetime.fromisoformat(entree["lastmod"])
            if change < depuis or change == connus.get(chemin(entree["loc"])):
                continue
        choisies.append(entree)
    return choisies


def releves(response, jour):
    fiches = []
    for carte in response.css("article.produit"):
        url = response.urljoin(carte.css(".titre a::attr(href)").get())
        fiches.append(
            {
                "id": f"{chemin(url)}#{jour}",
                "url": url,
                "produit": chemin(url),
                "jour": jour,
                "nom": carte.css(".titre a::text").get().strip(),
                "prix": carte.css(".prix::text").get(),
                "stock": carte.css(".stock::text").get(),
            }
        )
    return fiches
# <<< solution


class RevueSpider(scrapy.Spider):
    """Les articles nouveaux ou corrigés et les prix du rayon Jardin : -a jour=2026-09-15."""

    name = "revue"
    jour = "2026-09-15"
    custom_settings = {
        "ADDONS": {"lab.scraping.addon.LabStorage": 100},
        "LAB_STORES": ["mongo", "elasticsearch"],
        "LAB_REPORT": False,
        "USER_AGENT": "revue-spider/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0.02,  # le site est le vôtre ; une seconde au moins, ailleurs
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }

    async def start(self):
        rangees = workspace.mongo()["scrapy05_articles"].find()
        self.connus = {chemin(une["canonical_url"]): une["change"] for une in rangees}
        site = f"{workspace.practice_url()}/le/{self.jour}"
        yield scrapy.Request(f"{site}/sitemap.xml", callback=self.index)
        yield scrapy.Request(f"{site}/boutique/categorie/jardin/", callback=self.rayon)

    def index(self, response):
        """L'index du plan : ne garder que les fichiers de la Gazette."""
        for fichier in Sitemap(response.body):
            if "/gazette-" in fichier["loc"]:
                yield scrapy.Request(fichier["loc"], callback=self.plan)

    def plan(self, response):
        """Un fichier du plan : demander les articles nouveaux ou corrigés."""
        # >>> solution
        #: ...
        for entree in a_demander(Sitemap(response.body), self.connus, DEPUIS):
            yield scrapy.Request(
                entree["loc"],
                callback=self.article,
                cb_kwargs={"lastmod": entree.get("lastmod")},
            )
        # <<< solution

    def article(self, response, lastmod):
        """La page d'un article : une Depeche."""
        # >>> solution
        #: ...
        fiche = json.loads(response.css('script[type="application/ld+json"]::text').get())
        yield Depeche(
            url=response.url,
            canonical_url=response.css('link[rel="canonical"]::attr(href)').get(),
            titre=fiche["headline"],
            rubrique=fiche["articleSection"],
            auteurs=[auteur["name"] for auteur in fiche["author"]],
            publie=fiche["datePublished"],
            change=lastmod,
            mots=len(fiche["articleBody"].split()),
        )
        # <<< solution

    def rayon(self, response):
        """Une page du rayon : un Releve par carte, puis la page suivante."""
        # >>> solution
        #: ...
        for releve in releves(response, self.jour):
            yield Releve(**releve)
        yield from response.follow_all(css='a[rel="next"]', callback=self.rayon)
        # <<< solution

# %% [markdown]
# `visiter` lance le fichier pour un jour, et note dans un journal ce que la visite a coûté et rapporté.
# `revue` oublie tout, puis enchaîne les visites d'une liste de jours. Si un spider s'arrête en erreur, la
# fin de son message est affichée : elle se lit de bas en haut.


# %%
COMPTES = {
    "requetes": "downloader/request_count",
    "rangees": "lab/mongo/stored",
    "refusees": "lab/items/invalid",
    "erreurs": "spider_exceptions/count",
}


def visiter(fichier, jour):
    """Une visite du site tel qu'il est ce jour-là ; la note dans le journal des visites."""
    execution = subprocess.run(
        [sys.executable, "-m", "scrapy", "runspider", fichier, "-a", f"jour={jour}"],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    journal, _, texte = execution.stderr.partition("Dumping Scrapy stats:")
    lus = dict(re.findall(r"'([^']+)': '?([^,'}\n]+)", texte))
    visite = {nom: int(lus.get(compte, 0)) for nom, compte in COMPTES.items()}
    if execution.returncode or visite["erreurs"]:
        debut = max(journal.rfind("Traceback"), 0)
        print(journal[debut:][-1500:])
    rang = base[VISITES].count_documents({}) + 1
    base[VISITES].insert_one({"_id": rang, "jour": jour, **visite})
    print(f"visite {rang}, le {jour} :", ", ".join(f"{n} {nom}" for nom, n in visite.items()))


def revue(fichier, jours):
    """Oublie tout, puis visite le site à chacun de ces jours, dans l'ordre."""
    vider()
    for jour in [] if jours is ... else jours:
        visiter(fichier, jour)


# %% [markdown]
# ## 6. Quatre visites
#
# **Exercice scrapy-24** ★★★ Terminez `revue_spider.py`, puis donnez dans `jours` la liste des visites à
# faire : le 15 septembre 2026 ; **pas le 16**, où la machine était éteinte ; le 17 ; le 18 ; et le 18 une
# seconde fois, parce que quelqu'un a relancé la commande. Des textes, comme `"2026-09-15"`.
#
# Sont vérifiés : les articles (tous, sous leur dernière version, une seule fois), les prix (chaque
# produit, chaque jour de visite) et le nombre de requêtes : une visite ne redemande pas ce qui n'a pas
# changé. Comptez une vingtaine de secondes.

# %% exercise="scrapy-24"
# >>> solution
#: jours = ...
jours = ["2026-09-15", "2026-09-17", "2026-09-18", "2026-09-18"]
# <<< solution
revue("revue_spider.py", jours)
check("scrapy-24")

# %% wrong="scrapy-24"
from pathlib import Path

source = Path("revue_spider.py").read_text(encoding="utf-8")
variante = source.replace("self.connus, DEPUIS", "{}, DEPUIS")  # sans mémoire
Path("variante_spider.py").write_text(variante, encoding="utf-8")
revue("variante_spider.py", jours)

# %% wrong="scrapy-24"
variante = source.replace("(url)}#{jour}", "(url)}")  # les prix d'hier sont effacés
Path("variante_spider.py").write_text(variante, encoding="utf-8")
revue("variante_spider.py", jours)

# %% wrong="scrapy-24"
variante = source.replace("change == connus.get(chemin(entree[\"loc\"]))",
                          "chemin(entree[\"loc\"]) in connus")  # jamais de correction
Path("variante_spider.py").write_text(variante, encoding="utf-8")
revue("variante_spider.py", jours)
Path("variante_spider.py").unlink()

# %% wrong="scrapy-24"
revue("revue_spider.py", ["2026-09-18"])  # un seul jour

# %% [markdown]
# Lisez les quatre lignes comme le ferait un exploitant. La première visite apporte tout ce qui est paru ou
# a été corrigé ce jour-là. La deuxième **rattrape** le jour manqué : le plan dit ce qui a changé depuis la
# version que l'on a, peu importe depuis quand on n'est pas venu. La dernière ne demande que le plan et le
# rayon, et n'ajoute aucune fiche : elle range de nouveau les mêmes relevés, sous les mêmes identifiants.

# %%
colonnes = ["_id", "jour", "requetes", "rangees", "refusees"]
pd.DataFrame(list(base[VISITES].find().sort("_id")), columns=colonnes).set_index("_id")

# %% [markdown]
# ## 7. Lire la revue
#
# Les articles sont aussi dans Elasticsearch, où l'on cherche par les mots (le chapitre *Elasticsearch*
# dira comment) :

# %%
trouves = workspace.elasticsearch().search(
    index=ARTICLES, query={"match": {"titre": "un an après"}}, size=3, ignore_unavailable=True
)
for trouve in trouves["hits"]["hits"]:
    print(trouve["_source"]["publie"][:10], trouve["_source"]["titre"])

# %% [markdown]
# Quant aux prix, la collection contient une ligne par produit et par jour. Un tableau croisé en fait une
# ligne par produit, une colonne par jour. Une case vide est un produit qui n'était plus en rayon :
# **absent ne veut pas dire gratuit**, et `0` serait un mensonge.

# %%
prix = pd.DataFrame(list(base[PRIX].find()), columns=["produit", "nom", "jour", "prix", "stock"])
prix.pivot(index="produit", columns="jour", values="prix").head()

# %% [markdown]
# **Exercice scrapy-25** ★★ Quel produit du rayon Jardin a le plus changé de prix, **en proportion**, entre
# le 15 et le 18 septembre ? Une hausse ou une baisse : c'est l'ampleur qui compte. `reponse` est un
# couple : le nom du produit, et le changement en pour cent, arrondi à un chiffre après la virgule,
# négatif pour une baisse. Seuls comptent les produits vus ces deux jours-là.

# %% exercise="scrapy-25"
# >>> solution
tableau = prix.pivot(index="nom", columns="jour", values="prix")
ecart = ((tableau["2026-09-18"] / tableau["2026-09-15"] - 1) * 100).dropna()
gagnant = ecart.abs().idxmax()
reponse = (gagnant, round(float(ecart[gagnant]), 1))
# <<< solution
check("scrapy-25", reponse)

# %% wrong="scrapy-25"
euros = (tableau["2026-09-18"] - tableau["2026-09-15"]).dropna()  # en euros
gagnant = euros.abs().idxmax()
reponse = (gagnant, round(float(ecart[gagnant]), 1))

# %% wrong="scrapy-25"
gagnant = ecart.abs().idxmax()  # la bonne ligne, mais rapportée au prix d'arrivée
reponse = (gagnant, round(float((1 - tableau["2026-09-15"] / tableau["2026-09-18"])[gagnant] * 100), 1))

# %% wrong="scrapy-25"
gagnant = ecart.abs().idxmax()
reponse = (gagnant, abs(round(float(ecart[gagnant]), 1)) * (-1 if ecart[gagnant] > 0 else 1))  # le signe

# %% wrong="scrapy-25"
gagnant = ecart.idxmax() if ecart.idxmax() != ecart.abs().idxmax() else ecart.idxmin()
reponse = (gagnant, round(float(ecart[gagnant]), 1))  # d'un seul côté

# %% [markdown]
# Et voici de quoi illustrer la lettre. À gauche, d'où viennent les articles, et combien ont été corrigés
# un autre jour que celui de leur parution. À droite, chaque produit est un trait, ramené à 100 le premier
# jour pour qu'un sécateur et une tondeuse se comparent ; le trait épais est le produit du milieu (la
# médiane), que deux soldes et une envolée ne déplacent pas.

# %%
articles = pd.DataFrame(list(base[ARTICLES].find()), columns=["rubrique", "publie", "change"])
paru, change = (
    pd.to_datetime(articles[nom], utc=True).dt.tz_convert("Europe/Paris").dt.date
    for nom in ("publie", "change")
)
corriges = articles[paru != change]["rubrique"].value_counts()
rubriques = articles["rubrique"].value_counts().sort_values()

if articles.empty:
    print("Rien à dessiner : la revue de presse est vide tant que la récolte n'est pas faite.")
else:
    figure, (gauche, droite) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    gauche.barh(rubriques.index, rubriques.to_numpy(), color="#9fc5d8")
    gauche.barh(rubriques.index, corriges.reindex(rubriques.index, fill_value=0), color="#c0392b")
    gauche.set_title("Articles, dont corrigés (en rouge)", loc="left", fontsize=11)

    par_jour = prix.pivot(index="produit", columns="jour", values="prix").dropna()
    if len(par_jour):
        indices = par_jour.div(par_jour.iloc[:, 0], axis=0) * 100
        dates = pd.to_datetime(indices.columns).day  # le 16 manque : l'axe doit le montrer
        droite.plot(dates, indices.T, color="#9fc5d8", linewidth=1)
        droite.plot(dates, indices.median(), color="#2c6e8f", linewidth=3, marker="o")
        droite.set_xticks(range(dates.min(), dates.max() + 1))
    droite.set_title("Prix du rayon Jardin (premier jour = 100)", loc="left", fontsize=11)
    droite.set_xlabel("jour de septembre 2026")
    for axe in (gauche, droite):
        axe.spines[["top", "right"]].set_visible(False)
    plt.show()

# %% [markdown]
# ## Pour aller plus loin
#
# * Après le 18, visitez de nouveau le 16 : que deviennent les articles corrigés entre-temps ? Une récolte
#   incrémentale suppose que le temps avance ; comment le spider pourrait-il le vérifier ?
# * Un article retiré du journal disparaît du plan. Comparez le plan et la mémoire, et marquez la fiche
#   (`retire: true`) plutôt que de l'effacer.
# * Ajoutez `"redis"` et `"s3"` à `LAB_STORES` : sans une ligne de plus, la revue est archivée.
# * Rien ne dit qu'un prix a bougé : il faut demander la page. Le spider `incremental` de `newscrawler`
#   la demande « seulement si elle a changé », avec `If-None-Match` : le serveur répond 304, sans page.
#   Lisez-le : c'est ce projet, prêt pour mille produits.
# * Dans un terminal, une ligne de `cron` suffirait à en faire une vraie revue, chaque matin à six heures.
#
# ## À retenir
#
# * Le plan du site dit ce qui a changé : on le lit **avant** d'ouvrir une page.
# * La mémoire est ce que l'on a **rangé**, pas ce que l'on a demandé : une page manquée revient d'elle-même.
# * On compare des instants, jamais des textes de deux fuseaux.
# * L'identifiant décide du passé : l'adresse seule remplace, l'adresse et le jour ajoutent.
# * Une récolte est bonne quand la relancer **ne change rien** et ne coûte presque rien ; cela se mesure.
