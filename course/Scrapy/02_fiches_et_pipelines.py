# %% [markdown]
# # Fiches, nettoyage et pipelines
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *Sélecteurs et premier spider*.
#
# À la fin de ce notebook, vous saurez :
#
# * donner une forme à vos fiches, pour qu'une faute de frappe se voie ;
# * séparer **trouver** une valeur de la **nettoyer**, avec un `ItemLoader` ;
# * valider, dédoublonner et écarter des fiches dans des pipelines ;
# * écrire les fiches en JSON Lines, en CSV et en Parquet sur S3 ;
# * mesurer ce qui manque, et tester une lecture sans réseau.

# %% [markdown]
# ## 1. Une fiche a une forme
#
# Un spider peut produire des dictionnaires. C'est commode le premier jour ; le dixième, une page sur
# deux écrit `"prix"` et l'autre `"price"`, et personne ne l'a vu. Une **dataclass** dit une fois pour
# toutes quels champs existent :

# %%
from dataclasses import dataclass


@dataclass
class Produit:
    """Une fiche de la boutique ; un champ que la page ne donne pas vaut None."""

    nom: str | None = None
    marque: str | None = None
    prix: float | None = None
    stock: str | None = None
    adresse: str | None = None


print({"nom": "Bêche", "prxi": 12.5})  # le dictionnaire accepte tout
try:
    Produit(nom="Bêche", prxi=12.5)
except TypeError as erreur:
    print("TypeError :", erreur)

# %% [markdown]
# Scrapy accepte les deux, et `ItemAdapter` les lit de la même façon. C'est lui qu'il faut employer dans
# un code qui doit servir à toutes les fiches, comme un pipeline :

# %%
from itemadapter import ItemAdapter

for fiche in (Produit(nom="Bêche", prix=12.5), {"nom": "Bêche", "prix": 12.5}):
    adaptee = ItemAdapter(fiche)
    print(type(fiche).__name__, adaptee["nom"], adaptee.get("prix"), adaptee.get("couleur"))

# %% [markdown]
# ## 2. Trouver, puis nettoyer : l'`ItemLoader`
#
# Dans le notebook précédent, chaque ligne de `parse` cherchait une valeur **et** la nettoyait. Avec
# trois pages qui écrivent le prix de trois façons, ce mélange devient illisible. L'`ItemLoader` range
# le nettoyage à part :
#
# ```mermaid
# flowchart LR
#     A["add_css, add_xpath,<br/>add_value"] --> B["processeur d'entrée<br/>(chaque valeur trouvée)"]
#     B --> C["liste des valeurs<br/>du champ"]
#     C --> D["processeur de sortie<br/>(la liste entière)"]
#     D --> E["load_item()"]
# ```
#
# * **en entrée**, `MapCompose(f, g)` applique `f` puis `g` à chaque valeur, et oublie celles qui
#   deviennent `None` ;
# * **en sortie**, `TakeFirst()` garde la première valeur non vide, `Join(" ")` les colle, `Identity()`
#   garde la liste.
#
# Le suffixe du nom dit le champ et le sens : `prix_in`, `prix_out`.

# %%
import requests
from itemloaders import ItemLoader
from itemloaders.processors import MapCompose, TakeFirst
from parsel import Selector

from lab import workspace

ACCUEIL = workspace.practice_url()
session = requests.Session()
session.headers["User-Agent"] = "fiches/1.0 (exercice de cours)"


def espaces(texte):
    """Le texte, blancs superflus ôtés (les insécables aussi) ; None s'il ne reste rien."""
    return " ".join(texte.split()) or None


def prix_francais(texte):
    """« 1 269,99 € » en 1269.99 ; None sans chiffre."""
    chiffres = "".join(signe for signe in texte if signe.isdigit() or signe == ",")
    return float(chiffres.replace(",", ".")) if any(map(str.isdigit, chiffres)) else None


class LecteurProduit(ItemLoader):
    """Comment nettoyer chaque champ d'un produit."""

    default_item_class = Produit
    default_input_processor = MapCompose(espaces)
    default_output_processor = TakeFirst()

    prix_in = MapCompose(prix_francais)


rayon = Selector(text=session.get(f"{ACCUEIL}/boutique/categorie/jardin/", timeout=10).text)
lien = rayon.css("article.produit h2 a::attr(href)").get()
page = Selector(text=session.get(ACCUEIL + lien, timeout=10).text)

lecteur = LecteurProduit(selector=page)
lecteur.add_css("nom", "h1::text")
lecteur.add_css("nom", "meta[property='og:title']::attr(content)")  # un second choix
lecteur.add_css("marque", ".marque-produit [itemprop=name]::text")
lecteur.add_css("prix", ".prix data::text")
lecteur.add_css("stock", ".stock::text")
lecteur.add_css("adresse", "link[rel=canonical]::attr(href)")
print(lecteur.get_collected_values("nom"))
lecteur.load_item()

# %% [markdown]
# Le nom a été trouvé deux fois ; `TakeFirst` garde la première. C'est une bonne façon d'écrire un
# **plan de secours** : si la mise en page change et que `h1` disparaît, `og:title` prend le relais.
#
# **Piège.** Un champ sans valeur n'est pas touché : il garde la valeur par défaut de la dataclass. Une
# dataclass **sans** valeurs par défaut ferait lever une erreur à `load_item()` à la première page
# incomplète.

# %%
sans_prix = Selector(text="<h1> Bêche\n Orme </h1><p class=prix>nous consulter")
incomplete = LecteurProduit(selector=sans_prix)
incomplete.add_css("nom", "h1::text")
incomplete.add_css("prix", ".prix::text")
incomplete.load_item()

# %% [markdown]
# ## 3. Les valeurs sales
#
# La brocante du web d'entraînement est écrite par des gens pressés et des outils mal réglés. Voyons ce
# que disent dix annonces, sans rien nettoyer :

# %%
from urllib.parse import urljoin

liste = session.get(f"{ACCUEIL}/brocante/", timeout=10)
liens = Selector(text=liste.text).css(".annonces a::attr(href)").getall()[:10]
annonces = [Selector(text=session.get(urljoin(liste.url, lien), timeout=10).text) for lien in liens]
for annonce in annonces:
    print(f"{annonce.css('.prix::text').get()!r:24} {annonce.css('.depose::text').get()!r}")

# %% [markdown]
# Quatre familles de saleté, et leurs remèdes :
#
# | saleté | exemple | remède |
# |---|---|---|
# | blancs, insécables | `"\n\t Metz "` | `" ".join(texte.split())` |
# | entités échappées deux fois | `Th&amp;eacute;i&amp;egrave;re` | `html.unescape` |
# | nombres | `1.234,50`, `1'234.50`, `1343€99` | la bibliothèque `price_parser` |
# | dates | `25 avr. 2026`, `il y a 3 jours`, `1789250760` | la bibliothèque `dateparser`, et la date de la page |
#
# N'écrivez pas votre propre lecteur de nombres du monde entier : celui-ci a vu plus de pages que nous.

# %%
from price_parser import Price

for texte in ("1.234,50 €", "CHF 1'234.50", "1343€99", "£ 2520.00", "sur demande", "1.234"):
    prix = Price.fromstring(texte)
    print(f"{texte:14} {prix.amount_float!s:8} {prix.currency}")

# %% [markdown]
# **Piège.** `1.234` est **ambigu** : mille deux cent trente-quatre en France, un virgule deux trois
# quatre en Angleterre. Aucune bibliothèque ne devine à coup sûr ; il faut savoir qui écrit. Et une
# valeur qu'on ne sait pas lire doit devenir `None`, jamais `0` : un zéro entre dans les moyennes.

# %% [markdown]
# ## 4. Les pipelines : ce qui vaut pour toutes les fiches
#
# Une fois produite, une fiche traverse les **pipelines**, dans l'ordre croissant de leur numéro. Chacun a
# une méthode `process_item`, qui fait l'une de ces trois choses :
#
# * rendre la fiche, telle quelle ou corrigée ;
# * lever `DropItem("raison")` : la fiche s'arrête là, et les comptes du journal le disent ;
# * lever une autre erreur : c'est une faute du programme, et la fiche est perdue.
#
# Ce spider lit les cartes d'une catégorie **et** celles de l'accueil de la boutique : un produit mis en
# avant y paraît deux fois. Deux pipelines y mettent bon ordre.

# %%
%%writefile fiches_spider.py
from dataclasses import dataclass

import scrapy
from itemadapter import ItemAdapter
from itemloaders import ItemLoader
from itemloaders.processors import MapCompose, TakeFirst
from scrapy.exceptions import DropItem

from lab import workspace


@dataclass
class Carte:
    nom: str | None = None
    marque: str | None = None
    prix: float | None = None
    stock: str | None = None
    adresse: str | None = None


def espaces(texte):
    return " ".join(texte.split()) or None


def prix_francais(texte):
    chiffres = "".join(signe for signe in texte if signe.isdigit() or signe == ",")
    return float(chiffres.replace(",", ".")) if any(map(str.isdigit, chiffres)) else None


class LecteurCarte(ItemLoader):
    default_item_class = Carte
    default_input_processor = MapCompose(espaces)
    default_output_processor = TakeFirst()
    prix_in = MapCompose(prix_francais)


class Valide:
    """Écarte les fiches sans nom, ou sans prix : elles ne servent à rien ici."""

    def process_item(self, item):
        for champ in ("nom", "prix"):
            if ItemAdapter(item).get(champ) is None:
                raise DropItem(f"sans {champ}")
        return item


class Unique:
    """Écarte une fiche dont l'adresse a déjà été vue pendant cette récolte."""

    def __init__(self):
        self.vues = set()

    def process_item(self, item):
        adresse = ItemAdapter(item)["adresse"]
        if adresse in self.vues:
            raise DropItem("doublon")
        self.vues.add(adresse)
        return item


class FichesSpider(scrapy.Spider):
    """Les cartes d'une catégorie de la boutique : -a categorie=jardin -a accueil=oui."""

    name = "fiches"
    categorie = "jardin"
    accueil = "non"
    custom_settings = {
        "USER_AGENT": "fiches/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",
        "FEED_EXPORT_ENCODING": "utf-8",  # « é », et non « \u00e9 », dans le JSON
        "ITEM_PIPELINES": {Valide: 100, Unique: 200},
    }

    async def start(self):
        boutique = f"{workspace.practice_url()}/boutique/"
        if self.accueil == "oui":
            yield scrapy.Request(boutique)
        yield scrapy.Request(f"{boutique}categorie/{self.categorie}/")

    def parse(self, response):
        for carte in response.css("article.produit"):
            lecteur = LecteurCarte(selector=carte)
            lecteur.add_css("nom", ".titre a::text")  # h2 ici, h3 sur l'accueil
            lecteur.add_css("marque", ".marque-produit::text")
            lecteur.add_css("prix", ".prix::text")
            lecteur.add_css("stock", ".stock::text")
            lecteur.add_value("adresse", response.urljoin(carte.css(".titre a::attr(href)").get()))
            yield lecteur.load_item()
        yield from response.follow_all(css='a[rel="next"]')

# %% [markdown]
# ## 5. Écrire les fiches : les *feeds*
#
# `-O fichier` écrit une sortie (`-o` **ajoute** à la fin : relancé, il double les fiches). On peut en
# demander plusieurs ; l'extension dit le format.

# %%
import json
import subprocess
import sys

dossier = workspace.tmp_path() / "scrapy02"
dossier.mkdir(exist_ok=True)


def lancer(*options):
    """Lance le spider avec ces options ; rend son journal."""
    commande = [sys.executable, "-m", "scrapy", "runspider", "fiches_spider.py", *options]
    execution = subprocess.run(commande, capture_output=True, text=True)
    print("code de sortie :", execution.returncode)
    return execution.stderr


journal = lancer(
    "-a", "accueil=oui",
    "-O", str(dossier / "cartes.jsonl"), "-O", str(dossier / "cartes.csv"),
)  # fmt: skip
for ligne in journal.splitlines():
    if "'item_" in ligne:
        print(ligne.strip())

# %% [markdown]
# Chaque fiche écartée est comptée dans `item_dropped_count`, et sa raison est écrite dans le journal. Ce
# sont ici les produits de la catégorie que l'accueil montrait déjà. **Lisez ce nombre** : un site qui
# change sa mise en page ne provoque pas d'erreur, il fait seulement grimper ce compte. Ce spider-ci en a
# donné l'exemple pendant qu'on l'écrivait : son sélecteur disait `h2 a`, l'accueil écrit ses titres en
# `h3`, et ses quarante fiches étaient écartées, « sans nom ».

# %%
raisons = [ligne.partition("Dropped: ")[2] for ligne in journal.splitlines() if "Dropped: " in ligne]
print({raison: raisons.count(raison) for raison in sorted(set(raisons))})

# %%
for nom in ("cartes.jsonl", "cartes.csv"):
    print(nom, "\n ", *(dossier / nom).read_text(encoding="utf-8").splitlines(True)[:2])

# %% [markdown]
# | format | types gardés | se lit | pour |
# |---|---|---|---|
# | JSON Lines | oui (nombres, listes) | ligne à ligne, même si la récolte a été coupée | le cas général |
# | JSON | oui | tout entier, ou pas du tout | de petites sorties |
# | CSV | **non** : tout est texte | par un tableur | montrer à quelqu'un |
# | Parquet | oui, et par colonnes | par DuckDB, pandas… | analyser, archiver |
#
# Scrapy n'écrit pas Parquet de lui-même : le format range par colonnes, et ne s'écrit bien que lorsque
# tout est là. On convertit donc **après** la récolte. Sur S3, pandas le fait en une ligne :

# %%
import pandas as pd

cartes = pd.read_json(dossier / "cartes.jsonl", lines=True)
cle = f"s3://{workspace.bucket()}/scrapy02/cartes.parquet"
cartes.to_parquet(cle, index=False)

relu = pd.read_parquet(cle, columns=["nom", "prix"])
print(relu.dtypes.to_dict())
relu.sort_values("prix").head(3)

# %% [markdown]
# ## 6. Mesurer ce qui manque
#
# La **couverture** d'un champ est la part des fiches où il a une valeur. C'est la mesure la plus utile
# d'une récolte : une couverture qui tombe de 98 % à 40 % d'un jour à l'autre désigne le sélecteur cassé.
# Voyons celle des annonces de la brocante, lues avec des sélecteurs naïfs :

# %%
import matplotlib.pyplot as plt

CHAMPS = {"titre": "h1::text", "prix": ".prix::text", "depose": ".depose::text",
          "lieu": ".lieu::text", "vendeur": ".vendeur::text", "etat": ".etat::text"}  # fmt: skip
lues = [
    {champ: espaces(annonce.css(css).get(default="")) for champ, css in CHAMPS.items()}
    | {"montant": Price.fromstring(annonce.css(".prix::text").get()).amount_float}
    for annonce in annonces
]
part = pd.DataFrame(lues).notna().mean().sort_values()

fig, ax = plt.subplots(figsize=(7, 2.8))
ax.barh(list(part.index), list(part * 100), color="#2c6e8f")
ax.set_xlim(0, 100)
ax.set_xlabel("% des annonces où le champ a une valeur")
ax.set_title("Couverture des champs sur dix annonces", loc="left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## 7. Tester une lecture sans réseau
#
# Un spider se teste mal sur le site : il faut le réseau, et la page aura changé demain. Mais `parse` n'est
# qu'une **fonction d'une réponse**, et une réponse se fabrique à partir d'une page enregistrée :

# %%
from scrapy.http import HtmlResponse

copie = dossier / "rayon.html"
copie.write_bytes(session.get(f"{ACCUEIL}/boutique/categorie/jardin/", timeout=10).content)

enregistree = HtmlResponse("https://boutique.example/jardin/", body=copie.read_bytes(), encoding="utf-8")
noms = enregistree.css("article.produit h2 a::text").getall()
assert len(noms) == len(enregistree.css("article.produit")), "une carte n'a pas de nom"
print(enregistree.urljoin("/boutique/"), len(noms), "cartes")

# %% [markdown]
# Gardez une copie de chaque **sorte** de page (complète, sans prix, épuisée, page 404), et un test par
# copie : quand le site change, vous enregistrez la nouvelle page, et le test qui tombe dit où. Scrapy
# propose aussi des **contrats** (`@url`, `@returns`, `@scrapes` dans la docstring du callback, lancés par
# `scrapy check`) ; ils vont sur le réseau, et servent donc de sentinelle plutôt que de test.

# %% [markdown]
# ## À retenir
#
# * Une dataclass pour la forme, un `ItemLoader` pour le nettoyage, un pipeline pour ce qui vaut partout.
# * Illisible veut dire `None`, jamais `0`.
# * `DropItem` écarte et compte ; lisez `item_dropped_count`.
# * JSON Lines pendant la récolte, Parquet après.
# * Mesurez la couverture ; testez sur des pages enregistrées.

# %% [markdown]
# ## 8. Exercices

# %%
import html

from scrapy.exceptions import DropItem

from lab.exercises import check

# %% [markdown]
# **Exercice scrapy-07** ★ Écrivez `propre(texte)`, bonne à mettre dans un `MapCompose` : elle décode les
# entités restées dans le texte (`"Th&eacute;i&egrave;re"` donne `"Théière"`), ne laisse que des espaces
# simples, et rend `None` quand il ne reste rien.

# %% exercise="scrapy-07"
# >>> solution
#: def propre(texte): ...
def propre(texte):
    return " ".join(html.unescape(texte).split()) or None
# <<< solution
check("scrapy-07", propre)

# %% wrong="scrapy-07"
def propre(texte):
    return html.unescape(texte).strip() or None  # les blancs du milieu restent

# %% wrong="scrapy-07"
def propre(texte):
    return html.unescape(" ".join(texte.split())) or None  # &nbsp; décodé trop tard

# %% wrong="scrapy-07"
def propre(texte):
    return " ".join(html.unescape(texte).split())  # un texte vide reste un texte

# %% [markdown]
# **Exercice scrapy-08** ★★ Écrivez `lire(response)` : la fiche `Produit` d'une page de produit, donnée
# comme `HtmlResponse`. Le nom est dans `h1` (à défaut, dans `meta[property='og:title']`), la marque dans
# `.marque-produit [itemprop=name]`, le prix dans `.prix data` (un nombre), le stock dans `.stock`.
# L'adresse est celle de `link[rel=canonical]`, à défaut celle de la réponse. Les textes sont rendus sans
# blancs superflus, et ce qui manque vaut `None`.

# %% exercise="scrapy-08"
# >>> solution
#: def lire(response): ...
def lire(response):
    lecteur = LecteurProduit(selector=response.selector)
    lecteur.add_css("nom", "h1::text")
    lecteur.add_css("nom", "meta[property='og:title']::attr(content)")
    lecteur.add_css("marque", ".marque-produit [itemprop=name]::text")
    lecteur.add_css("prix", ".prix data::text")
    lecteur.add_css("stock", ".stock::text")
    lecteur.add_css("adresse", "link[rel=canonical]::attr(href)")
    lecteur.add_value("adresse", response.url)
    return lecteur.load_item()
# <<< solution
check("scrapy-08", lire)

# %% wrong="scrapy-08"
def lire(response):  # pas de second choix, ni pour le nom ni pour l'adresse
    lecteur = LecteurProduit(selector=response.selector)
    lecteur.add_css("nom", "h1::text")
    lecteur.add_css("marque", ".marque-produit [itemprop=name]::text")
    lecteur.add_css("prix", ".prix data::text")
    lecteur.add_css("stock", ".stock::text")
    lecteur.add_css("adresse", "link[rel=canonical]::attr(href)")
    return lecteur.load_item()

# %% wrong="scrapy-08"
def lire(response):  # sans nettoyage
    return Produit(
        nom=response.css("h1::text").get(),
        marque=response.css(".marque-produit [itemprop=name]::text").get(),
        prix=response.css(".prix data::text").get(),
        stock=response.css(".stock::text").get(),
        adresse=response.css("link[rel=canonical]::attr(href)").get(response.url),
    )

# %% wrong="scrapy-08"
def lire(response):  # l'adresse de la réponse d'abord
    lecteur = LecteurProduit(selector=response.selector)
    lecteur.add_value("adresse", response.url)
    lecteur.add_css("adresse", "link[rel=canonical]::attr(href)")
    lecteur.add_css("nom", "h1::text")
    lecteur.add_css("nom", "meta[property='og:title']::attr(content)")
    lecteur.add_css("marque", ".marque-produit [itemprop=name]::text")
    lecteur.add_css("prix", ".prix data::text")
    lecteur.add_css("stock", ".stock::text")
    return lecteur.load_item()

# %% [markdown]
# **Exercice scrapy-09** ★★ Écrivez un pipeline, la classe `SansDoublon`, qui écarte (`DropItem`) une
# fiche dont l'`adresse` a déjà été vue **par cette instance**. Deux adresses qui ne diffèrent que par ce
# qui suit `?` ou `#` sont la même. Une fiche sans adresse est écartée aussi ; les autres sont rendues
# telles quelles. Les fiches sont des dictionnaires ou des dataclasses.

# %% exercise="scrapy-09"
# >>> solution
#: SansDoublon = ...
class SansDoublon:
    def __init__(self):
        self.vues = set()

    def process_item(self, item):
        adresse = ItemAdapter(item).get("adresse")
        if not adresse:
            raise DropItem("sans adresse")
        adresse = adresse.partition("#")[0].partition("?")[0]
        if adresse in self.vues:
            raise DropItem("doublon")
        self.vues.add(adresse)
        return item
# <<< solution
check("scrapy-09", SansDoublon)

# %% wrong="scrapy-09"
class SansDoublon:
    vues = set()  # partagé par toutes les instances

    def process_item(self, item):
        adresse = (ItemAdapter(item).get("adresse") or "").partition("#")[0].partition("?")[0]
        if not adresse or adresse in self.vues:
            raise DropItem("doublon")
        self.vues.add(adresse)
        return item

# %% wrong="scrapy-09"
class SansDoublon:
    def __init__(self):
        self.vues = set()

    def process_item(self, item):
        adresse = ItemAdapter(item).get("adresse")
        if not adresse or adresse in self.vues:  # les paramètres sont restés
            raise DropItem("doublon")
        self.vues.add(adresse)
        return item

# %% wrong="scrapy-09"
class SansDoublon:
    def __init__(self):
        self.vues = set()

    def process_item(self, item):
        adresse = (ItemAdapter(item).get("adresse") or "").partition("#")[0].partition("?")[0]
        if adresse and adresse not in self.vues:
            self.vues.add(adresse)
            return item  # sinon rend None, au lieu de lever DropItem

# %% [markdown]
# **Exercice scrapy-10** ★★ Écrivez `couverture(fiches)` : pour une liste de dictionnaires, un dictionnaire
# qui donne à chaque champ rencontré la part (entre 0 et 1) des fiches où il a une valeur. `None`, un texte
# vide ou une liste vide ne sont pas des valeurs ; `0` et `False` en sont. Un champ absent d'une fiche y
# manque. Une liste sans fiche donne `{}`.

# %% exercise="scrapy-10"
# >>> solution
#: def couverture(fiches): ...
def couverture(fiches):
    champs = {champ for fiche in fiches for champ in fiche}
    return {
        champ: sum(fiche.get(champ) not in (None, "", []) for fiche in fiches) / len(fiches)
        for champ in champs
    }
# <<< solution
check("scrapy-10", couverture)

# %% wrong="scrapy-10"
def couverture(fiches):  # 0 et False ne comptent pas
    champs = {champ for fiche in fiches for champ in fiche}
    return {champ: sum(bool(f.get(champ)) for f in fiches) / len(fiches) for champ in champs}

# %% wrong="scrapy-10"
def couverture(fiches):  # les champs de la première fiche seulement
    return {
        champ: sum(f.get(champ) not in (None, "", []) for f in fiches) / len(fiches)
        for champ in (fiches[0] if fiches else {})
    }

# %% wrong="scrapy-10"
def couverture(fiches):  # un texte vide y passe pour une valeur
    champs = {champ for fiche in fiches for champ in fiche}
    return {champ: sum(f.get(champ) is not None for f in fiches) / len(fiches) for champ in champs}

# %% [markdown]
# **Exercice scrapy-11** ★★★ Récoltez la catégorie **Sport** entière avec `fiches_spider.py`, puis rangez
# les produits **en stock** (`"En stock"`) dans un fichier Parquet du seau du laboratoire, avec les colonnes
# `nom`, `marque` et `prix` seulement, du moins cher au plus cher. `reponse` est la clé de l'objet, par
# exemple `"scrapy02/sport.parquet"`.

# %% exercise="scrapy-11"
# >>> solution
lancer("-a", "categorie=sport", "-O", str(dossier / "sport.jsonl"))
sport = pd.read_json(dossier / "sport.jsonl", lines=True)
en_stock = sport[sport["stock"] == "En stock"].sort_values("prix")
reponse = "scrapy02/sport.parquet"
en_stock[["nom", "marque", "prix"]].to_parquet(f"s3://{workspace.bucket()}/{reponse}", index=False)
# <<< solution
check("scrapy-11", reponse)

# %% wrong="scrapy-11"
reponse = "scrapy02/sport_tout.parquet"  # sans filtre
tout = sport.sort_values("prix")[["nom", "marque", "prix"]]
tout.to_parquet(f"s3://{workspace.bucket()}/{reponse}", index=False)

# %% wrong="scrapy-11"
reponse = "scrapy02/sport_texte.parquet"  # le prix est devenu un texte, et son ordre avec lui
texte = en_stock[["nom", "marque", "prix"]].astype(str).sort_values("prix")
texte.to_parquet(f"s3://{workspace.bucket()}/{reponse}", index=False)

# %% wrong="scrapy-11"
reponse = "scrapy02/cartes.parquet"  # une autre récolte, d'autres colonnes
