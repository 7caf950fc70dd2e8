# %% [markdown]
# # Sélecteurs et premier spider
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *HTTP, HTML et API* ; savoir à quoi
# ressemble une page HTML (des balises, des attributs, des classes).
#
# À la fin de ce notebook, vous saurez :
#
# * lire `robots.txt` et respecter ce qu'il demande ;
# * extraire des données d'une page avec des sélecteurs CSS et XPath, et les essayer dans le shell ;
# * garder ensemble ce qui va ensemble, même quand une valeur manque ;
# * écrire un spider qui suit les pages d'une liste, visite les fiches, et survit aux pannes ;
# * lancer les spiders du projet `newscrawler`, qui rangent leurs fiches dans les quatre bases.

# %% [markdown]
# ## 1. Avant la première requête : la politesse
#
# Un robot va bien plus vite qu'une personne. Mal réglé, il gêne un site, voire le fait tomber.
# Quatre règles, valables partout :
#
# 1. **lire `robots.txt`**, où le site dit ce qu'il ne veut pas voir visité ;
# 2. **se présenter** dans l'en-tête `User-Agent`, avec de quoi vous joindre ;
# 3. **aller doucement** : une requête à la fois, une pause entre deux ;
# 4. **ne pas redemander** ce que l'on a déjà.
#
# Ici, rien de tout cela ne peut mal tourner : le web d'entraînement est servi par votre propre
# machine. C'est le bon endroit pour prendre de bonnes habitudes.

# %%
import requests

from lab import workspace

ACCUEIL = workspace.practice_url()
MOI = "premier-spider/1.0 (exercice de cours)"

session = requests.Session()
session.headers["User-Agent"] = MOI

print(session.get(f"{ACCUEIL}/robots.txt", timeout=10).text)

# %% [markdown]
# `User-agent: *` s'adresse à tous les robots ; `Disallow` interdit tout ce qui commence par ce
# chemin. La bibliothèque standard de Python sait lire ce fichier :

# %%
from urllib.robotparser import RobotFileParser

robots = RobotFileParser()
robots.parse(session.get(f"{ACCUEIL}/robots.txt", timeout=10).text.splitlines())

for chemin in ("/gazette/", "/gazette/admin/", "/boutique/panier/"):
    print(f"{chemin:20}", "permis" if robots.can_fetch(MOI, ACCUEIL + chemin) else "interdit")
print("Et pour AspirateurFou :", robots.can_fetch("AspirateurFou", f"{ACCUEIL}/gazette/"))

# %% [markdown]
# Remarquez qu'une page interdite *répondrait* si on la demandait : `robots.txt` est une consigne,
# pas une serrure. C'est à vous de la suivre.

# %% [markdown]
# ## 2. Une page est un arbre
#
# Demandons la une du journal, et donnons-la à `parsel`, la bibliothèque de sélecteurs que Scrapy
# utilise lui-même. (Pour la voir avec vos yeux : `./lab open practice` dans un terminal ; sous
# Docker, ouvrez le port 8000 de votre machine dans un navigateur.)

# %%
from parsel import Selector

reponse_http = session.get(f"{ACCUEIL}/gazette/", timeout=10)
reponse_http.raise_for_status()  # une page d'erreur n'est pas la page voulue : on s'arrête net
page = Selector(text=reponse_http.text)

print(page.css("title::text").get())
print(page.css("h1::text").get())

# %% [markdown]
# Un **sélecteur CSS** désigne des éléments comme le ferait une feuille de style :
#
# | sélecteur | désigne |
# |---|---|
# | `article` | toutes les balises `<article>` |
# | `article.carte` | celles qui portent la classe `carte` |
# | `article.carte h2 a` | les liens des titres de second niveau, à l'intérieur |
# | `a[rel="next"]` | les liens dont l'attribut `rel` vaut `next` |
# | `h2 a::text` | le texte de ces liens (propre à Scrapy) |
# | `h2 a::attr(href)` | leur attribut `href` (propre à Scrapy) |
#
# Puis `.get()` donne le **premier** résultat, ou `None` s'il n'y en a pas ; `.getall()` donne
# **tous** les résultats, dans une liste éventuellement vide.

# %%
titres = page.css("article.carte h2 a::text").getall()
print(len(titres), "titres, dont :")
for titre in titres[:3]:
    print(" -", titre)

print(page.css("article.carte h5::text").get())
print(page.css("article.carte h5::text").get(default="(pas de h5)"))

# %% [markdown]
# `None` est la cause d'erreur la plus courante en scraping : `page.css("h5::text").get().strip()`
# s'arrête avec une erreur dès qu'une page n'a pas de `<h5>`. La valeur par défaut (`default=`)
# l'évite.
#
# Un sélecteur s'applique aussi à **un morceau** de page. C'est ainsi que l'on garde ensemble ce qui
# va ensemble : une carte, son titre, sa date.

# %%
for carte in page.css("article.carte")[:4]:
    titre = carte.css("h2 a::text").get()
    rubrique = carte.css(".surtitre::text").get()
    date = carte.css("time::attr(datetime)").get()
    print(f"{date}  {rubrique:15} {titre}")

# %% [markdown]
# ### Piège : les listes parallèles
#
# On est tenté de prendre tous les titres, puis tous les prix, et de les marier par leur rang. Tant
# qu'aucune valeur ne manque, le résultat est juste. Voici une page où la deuxième fiche n'a pas de
# prix :

# %%
etal = Selector(text="""
<ul>
  <li><b>Pomme</b> <i>2 €</i></li>
  <li><b>Poire</b></li>
  <li><b>Prune</b> <i>4 €</i></li>
</ul>
""")
print("par rang  :", list(zip(etal.css("b::text").getall(), etal.css("i::text").getall())))
print("par fiche :", [(li.css("b::text").get(), li.css("i::text").get()) for li in etal.css("li")])

# %% [markdown]
# Par rang, la poire prend le prix de la prune, la prune disparaît, et **rien ne le signale** : c'est
# la pire des erreurs, celle qui remplit la base de valeurs plausibles. Partez toujours de
# l'élément qui contient tout (la carte, la ligne, le `<li>`), et cherchez **à l'intérieur**.
#
# ### XPath, quand CSS ne suffit plus
#
# **XPath** est l'autre langage de sélection. Plus bavard, il sait faire ce que CSS ne sait pas :
# choisir selon le texte, ou remonter vers le parent. Ici, les cartes dont le surtitre est
# « Culture » :

# %%
culture = page.xpath('//article[p[@class="surtitre"]="Culture"]//h2/a/text()').getall()
print(culture)

# %% [markdown]
# | XPath | désigne |
# |---|---|
# | `//a` | tous les liens de la page, à n'importe quelle profondeur |
# | `.//a` | ceux qui sont **à l'intérieur** de l'élément courant |
# | `//a/@href` | leur attribut |
# | `//p[@class="date"]` | les paragraphes dont l'attribut vaut exactement cela |
# | `//p[contains(., "Épuisé")]` | ceux dont le texte contient ces lettres |
# | `//time/ancestor::article` | l'article qui entoure chaque `<time>` |
# | `//dt[.="Auteur"]/following-sibling::dd[1]` | la valeur écrite après l'étiquette « Auteur » |
# | `normalize-space(.)` | tout le texte de l'élément, blancs superflus ôtés |
#
# **Piège.** Dans une carte, `//` repart du **haut de la page** ; il faut le point, `.//` :

# %%
carte = page.css("article.carte")[0]
print("sans le point :", len(carte.xpath("//h2/a")), "titres")
print("avec le point :", len(carte.xpath(".//h2/a")), "titre")

# %% [markdown]
# **Piège.** `::text` ne donne que les textes **directs** d'un élément, en morceaux. Dès qu'un mot est en
# italique, la phrase est coupée. `normalize-space(.)` (ou `string(.)`) la rend entière :

# %%
phrase = Selector(text="<p>Un vélo <em>presque</em>\n  neuf</p>").css("p")
print(phrase.css("::text").get())
print(phrase.css("::text").getall())
print(phrase.xpath("normalize-space(.)").get())

# %% [markdown]
# ### Une expression rationnelle au bout du sélecteur
#
# Quand la valeur est noyée dans une phrase, `.re()` l'en sort : une liste de ce que capturent les
# parenthèses. `.re_first()` n'en donne que la première, ou `None`. Attention : le résultat est du
# **texte**, plus un sélecteur.

# %%
sciences_1 = Selector(text=session.get(f"{ACCUEIL}/gazette/rubrique/sciences/", timeout=10).text)
print(sciences_1.css(".compte::text").get())
print(sciences_1.css(".compte::text").re(r"\d+"))
print(sciences_1.css(".compte::text").re_first(r"(\d+) articles"))
print(sciences_1.css(".compte::text").re_first(r"(\d+) brevets"))

# %% [markdown]
# ### Le shell : essayer avant d'écrire
#
# Un sélecteur se trouve par essais. Relancer un spider à chaque essai serait lent, et pénible pour le
# site ; le **shell** de Scrapy demande la page une fois, puis vous laisse la main. Dans un terminal :
#
# ```text
# scrapy shell http://…/gazette/
# >>> response.css("h1::text").get()
# >>> view(response)                 # la page, telle que Scrapy l'a reçue, dans un navigateur
# >>> fetch("http://…/boutique/")    # une autre page
# ```
#
# L'option `-c` évalue une seule expression et s'en va, ce qui convient à un notebook :

# %%
import subprocess
import sys

essai = subprocess.run(
    [sys.executable, "-m", "scrapy", "shell", f"{ACCUEIL}/gazette/", "--nolog",
     "-c", "response.css('article.carte h2 a::text').getall()[:2]"],
    capture_output=True, text=True,
)  # fmt: skip
print(essai.stdout)

# %% [markdown]
# **Piège.** L'inspecteur de votre navigateur montre la page **après** l'exécution de son JavaScript, et
# réparée (il ajoute des `<tbody>` aux tableaux). Scrapy reçoit la page d'avant. En cas de doute :
# `view(response)`, ou le « code source » du navigateur, pas l'inspecteur.

# %% [markdown]
# ## 3. Suivre les liens
#
# Les liens d'une page sont souvent relatifs (`/gazette/rubrique/sport/`). `urljoin` les complète à
# partir de l'adresse de la page où on les a lus.

# %%
from urllib.parse import urljoin

for lien in page.css("header nav a"):
    print(f"{lien.css('::text').get():15}", urljoin(reponse_http.url, lien.attrib["href"]))

# %% [markdown]
# Une rubrique s'étend sur plusieurs pages. Chacune porte un lien vers la suivante, marqué
# `rel="next"` ; la dernière n'en a pas. Parcourir la liste, c'est donc recommencer tant que ce lien
# existe :

# %%
adresse = f"{ACCUEIL}/gazette/rubrique/sciences/"
sciences = []
while adresse is not None:
    reponse_http = session.get(adresse, timeout=10)
    reponse_http.raise_for_status()
    page = Selector(text=reponse_http.text)
    articles = page.css("article.carte h2 a::attr(href)").getall()
    sciences.extend(urljoin(adresse, lien) for lien in articles)
    print(f"{len(articles):3} articles sur {adresse.removeprefix(ACCUEIL)}")
    suivante = page.css('a[rel="next"]::attr(href)').get()
    adresse = urljoin(adresse, suivante) if suivante else None

print(len(sciences), "articles en tout")

# %% [markdown]
# ## 4. Lire ce qui est écrit pour les machines
#
# Une mise en page change souvent, et les sélecteurs cassent avec elle. Or la plupart des sites
# décrivent aussi leurs pages pour les moteurs de recherche, dans un bloc **JSON-LD** au vocabulaire
# partagé (*schema.org*) : `NewsArticle` pour un article, `Product` pour un produit. Il est plus
# complet, mieux typé, et change rarement. On commence toujours par le chercher.

# %%
import json

article = Selector(text=session.get(sciences[0], timeout=10).text)
donnees = json.loads(article.css('script[type="application/ld+json"]::text').get())

for champ in ("@type", "headline", "datePublished", "articleSection", "keywords"):
    print(f"{champ:15}", donnees[champ])
print("auteurs        ", [auteur["name"] for auteur in donnees["author"]])
print("adresse        ", article.css('link[rel="canonical"]::attr(href)').get())

# %% [markdown]
# La dernière ligne est l'**adresse canonique** : un même article peut être atteint par plusieurs
# chemins, mais il ne déclare qu'une adresse officielle. C'est elle qui identifie la fiche.

# %% [markdown]
# ## 5. Le même travail, avec Scrapy
#
# La boucle de la partie 3 marche, mais elle attend chaque réponse avant de poser la question
# suivante, ne réessaie rien, ne lit pas `robots.txt`, ne range rien. Scrapy fait tout cela ; il
# vous reste à écrire deux choses : **par où commencer** (`start`) et **que faire d'une page**
# (`parse`), qui produit (`yield`) des fiches et de nouvelles requêtes.
#
# Un spider vit dans un fichier. La ligne `%%writefile` enregistre la cellule dans
# `premier_spider.py`, à côté de ce notebook.

# %%
%%writefile premier_spider.py
import scrapy

from lab import workspace


class PremierSpider(scrapy.Spider):
    """Les articles d'une rubrique du journal : titre, date et adresse."""

    name = "premier"

    custom_settings = {
        "USER_AGENT": "premier-spider/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,  # lire robots.txt d'abord
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,  # une requête à la fois
        "DOWNLOAD_DELAY": 0.2,  # une pause, en secondes (prenez-en au moins une ailleurs)
        "TELNETCONSOLE_ENABLED": False,  # aucune porte d'entrée dans le robot
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",  # « DEBUG » montrerait chaque page et chaque fiche
    }

    rubrique = "sciences"  # se change au lancement : -a rubrique=sport

    async def start(self):
        yield scrapy.Request(f"{workspace.practice_url()}/gazette/rubrique/{self.rubrique}/")

    def parse(self, response):
        for carte in response.css("article.carte"):
            yield {
                "titre": carte.css("h2 a::text").get(),
                "date": carte.css("time::attr(datetime)").get(),
                "adresse": response.urljoin(carte.css("h2 a::attr(href)").get()),
            }
        suivante = response.css('a[rel="next"]::attr(href)').get()
        if suivante is not None:
            yield response.follow(suivante, callback=self.parse)

# %% [markdown]
# Scrapy possède sa propre boucle d'événements, qui ne démarre qu'une fois par processus : on le
# lance donc **à côté** du noyau, comme dans un terminal. La commande équivalente serait
# `scrapy runspider premier_spider.py -O sciences.jsonl`.

# %%
sortie = workspace.tmp_path() / "sciences.jsonl"
execution = subprocess.run(
    [sys.executable, "-m", "scrapy", "runspider", "premier_spider.py", "-O", str(sortie)],
    capture_output=True,
    text=True,
)
print("code de sortie :", execution.returncode)
journal, titre, comptes = execution.stderr.partition("Dumping Scrapy stats:")
print(comptes or journal)

# %% [markdown]
# Le code de sortie 0 dit que tout s'est bien passé, et la fin du journal fait les comptes : nombre
# de requêtes (les quatre pages, et `robots.txt`), de réponses par code HTTP, de fiches
# (`item_scraped_count`), et la raison de l'arrêt (`finish_reason` : `finished` quand il ne restait
# rien à visiter). **Prenez l'habitude de les lire** : c'est là que se voient les pages perdues.
#
# Les fiches sont dans le fichier, une par ligne :

# %%
fiches = [json.loads(ligne) for ligne in sortie.read_text(encoding="utf-8").splitlines()]
print(len(fiches), "fiches, autant qu'à la partie 3 :", len(fiches) == len(sciences))
print(fiches[0])

# %% [markdown]
# Un dessin vaut un contrôle : une rubrique vivante publie à peu près régulièrement. Un trou de deux
# semaines, ou une seule barre, aurait révélé une page perdue.

# %%
from collections import Counter
from datetime import date, timedelta

import matplotlib.pyplot as plt

jours = [date.fromisoformat(fiche["date"][:10]) for fiche in fiches]
semaines = Counter(jour - timedelta(days=jour.weekday()) for jour in jours)
fig, ax = plt.subplots(figsize=(7, 2.8))
ax.bar(list(semaines), list(semaines.values()), width=5, color="#2c6e8f")
ax.set_ylabel("articles par semaine")
ax.set_title("La rubrique Sciences, telle que le spider l'a vue", loc="left")
ax.spines[["top", "right"]].set_visible(False)
fig.autofmt_xdate()
plt.show()

# %% [markdown]
# ## 6. De page en page : callbacks, `cb_kwargs` et `errback`
#
# Un spider ne « va » nulle part : il **dépose des requêtes** dans une file, et Scrapy rappelle une de
# ses méthodes quand la réponse arrive, dans un ordre que personne ne promet.
#
# ```mermaid
# flowchart LR
#     S["le spider<br/>start, parse…"] -- "Request" --> F["la file<br/>(sans doublons)"]
#     F --> T["le téléchargeur"]
#     T -- "réponse : callback" --> S
#     T -- "échec : errback" --> S
#     S -- "fiche" --> P["pipelines,<br/>fichier de sortie"]
# ```
#
# Quatre choses à savoir :
#
# * `response.follow(lien, callback=self.parse_fiche)` complète l'adresse relative et dit **qui** lira la
#   réponse ; `response.follow_all(css="article.carte h2 a", callback=…)` le fait pour toute une liste ;
# * `cb_kwargs={"page": 2}` passe des valeurs au callback, comme des arguments nommés. N'utilisez pas un
#   attribut du spider (`self.page = 2`) : une autre réponse l'aura changé avant que la vôtre n'arrive ;
# * une adresse déjà demandée est **ignorée sans bruit** (`dont_filter=True` pour l'exiger) ;
# * les réponses d'erreur (404, 500…) n'arrivent pas au callback : c'est `errback` qui les reçoit.
#
# Ce spider-ci contrôle quelques adresses, dont deux ne marchent pas :

# %%
%%writefile controle_spider.py
import scrapy
from scrapy.spidermiddlewares.httperror import HttpError

from lab import workspace

CHEMINS = ("/gazette/", "/boutique/", "/pannes/introuvable-404/", "/pannes/panne-500/", "/gazette/")


class ControleSpider(scrapy.Spider):
    """L'état de quelques pages, qu'elles répondent ou non."""

    name = "controle"
    custom_settings = {
        "USER_AGENT": "controle/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "RETRY_ENABLED": False,  # pour voir l'échec tout de suite
        "LOG_LEVEL": "ERROR",
    }

    async def start(self):
        for rang, chemin in enumerate(CHEMINS):
            yield scrapy.Request(
                workspace.practice_url() + chemin,
                callback=self.parse,
                errback=self.echec,
                cb_kwargs={"rang": rang},
            )

    def parse(self, response, rang):
        yield {"rang": rang, "etat": response.status, "titre": response.css("h1::text").get()}

    def echec(self, failure):
        # errback ne reçoit pas les cb_kwargs en arguments : ils sont sur la requête.
        requete = failure.request
        etat = failure.value.response.status if failure.check(HttpError) else failure.type.__name__
        yield {"rang": requete.cb_kwargs["rang"], "etat": etat, "titre": None}

# %%
controle = workspace.tmp_path() / "controle.jsonl"
execution = subprocess.run(
    [sys.executable, "-m", "scrapy", "runspider", "controle_spider.py", "-O", str(controle)],
    capture_output=True,
    text=True,
)
print("code de sortie :", execution.returncode)
etats = [json.loads(ligne) for ligne in controle.read_text(encoding="utf-8").splitlines()]
for etat in sorted(etats, key=lambda etat: etat["rang"]):
    print(etat)

# %% [markdown]
# Cinq adresses demandées, quatre fiches : la seconde `/gazette/` (rang 4) était un doublon. Et le code
# de sortie est 0 malgré deux pannes : pour Scrapy, une page perdue n'est pas un échec du spider. Sans
# `errback`, elles n'auraient laissé de trace que dans les comptes du journal.

# %% [markdown]
# ## 7. Le projet `newscrawler`
#
# Un vrai travail de récolte ne tient pas dans un fichier. Le dossier `newscrawler/` est un **projet
# Scrapy** complet :
#
# | fichier | contenu |
# |---|---|
# | `newscrawler/spiders/gazette.py` | le spider du journal ; ouvrez-le, il ressemble au vôtre |
# | `newscrawler/spiders/boutique.py` | celui de la boutique |
# | `newscrawler/structured.py` | la lecture de JSON-LD et d'OpenGraph |
# | `newscrawler/settings.py` | les réglages, chacun expliqué |
#
# Ses fiches sont nettoyées, puis rangées dans MongoDB, Elasticsearch, Redis et S3. La commande
# `lab crawl` le lance (dans un terminal : `./lab crawl gazette -a rubrique=sciences`) :

# %%
articles = workspace.mongo().articles
avant = articles.count_documents({})

recolte = subprocess.run(
    [sys.executable, "-m", "lab", "crawl", "gazette", "-a", "rubrique=sciences", "--json"],
    capture_output=True,
    text=True,
)
bilan = json.loads(recolte.stdout)
print(bilan)
print("articles dans MongoDB :", avant, "avant,", articles.count_documents({}), "après")

# %% [markdown]
# `stored` compte les fiches que chaque base a **confirmées**. Pourtant le nombre d'articles n'a pas
# bougé : ils étaient déjà là, et chacun a remplacé sa copie précédente, reconnue par son
# identifiant stable. On peut donc relancer une récolte sans crainte, même interrompue au milieu ;
# on dit qu'elle est **idempotente**.

# %%
print(articles.count_documents({"section": "Sciences"}), "articles de sciences dans MongoDB")
print(len(sciences), "articles de sciences sur le site")

# %% [markdown]
# ## À retenir
#
# * `robots.txt`, un `User-Agent` qui vous nomme, une pause entre deux requêtes.
# * Partir de la carte, chercher à l'intérieur (`.//`) ; jamais de listes parallèles.
# * `.get()` peut rendre `None`, et `::text` ne rend que des morceaux.
# * Chercher le JSON-LD avant la mise en page ; l'adresse canonique identifie la fiche.
# * `follow` et un callback par sorte de page, `cb_kwargs` pour lui passer des valeurs, `errback` pour
#   les pannes ; et lire les comptes à la fin.

# %% [markdown]
# ## 8. Exercices

# %%
import re

from lab.exercises import check

maison = Selector(text=session.get(f"{ACCUEIL}/boutique/categorie/maison/", timeout=10).text)

# %% [markdown]
# **Exercice scrapy-01** ★ La variable `maison` contient la première page de la catégorie Maison de la
# boutique. Donnez la liste des noms de ses produits (le texte des liens, dans les titres des cartes),
# dans l'ordre de la page.

# %% exercise="scrapy-01"
# >>> solution
reponse = maison.css("article.produit h2 a::text").getall()
# <<< solution
check("scrapy-01", reponse)

# %% wrong="scrapy-01"
reponse = maison.css("article.produit h2 a::text").get()  # le premier seulement

# %% wrong="scrapy-01"
reponse = maison.css("article.produit h2 a").getall()  # les balises, pas leur texte

# %% wrong="scrapy-01"
reponse = maison.css("a::text").getall()  # tous les liens de la page

# %% [markdown]
# **Exercice scrapy-02** ★★ Écrivez `en_nombre(texte)`, qui lit un prix : `"1 269,99 €"` doit donner
# `1269.99`. L'espace des milliers est une espace insécable, ordinaire (`"\xa0"`) ou étroite
# (`"\u202f"`). Pour `None` (le sélecteur n'a rien trouvé), un texte vide ou un texte sans chiffre
# (`"Prix sur demande"`), la fonction rend `None`.

# %% exercise="scrapy-02"
# >>> solution
#: def en_nombre(texte): ...
def en_nombre(texte):
    chiffres = re.sub(r"[^\d,]", "", texte or "")
    if not any(signe.isdigit() for signe in chiffres):
        return None
    return float(chiffres.replace(",", "."))
# <<< solution
check("scrapy-02", en_nombre)

# %% wrong="scrapy-02"
def en_nombre(texte):
    return float(texte.replace("€", "").replace(" ", "").replace(",", "."))

# %% wrong="scrapy-02"
def en_nombre(texte):
    chiffres = "".join(signe for signe in texte or "" if signe.isdigit())
    return float(chiffres) if chiffres else None  # la virgule a disparu

# %% wrong="scrapy-02"
def en_nombre(texte):
    propre = (texte or "0").replace("\xa0", "").replace(" €", "").replace(",", ".")
    try:
        return float(propre)
    except ValueError:
        return None

# %% [markdown]
# **Exercice scrapy-03** ★★ Écrivez `epuises(page)` : la liste des noms des produits d'une page de la
# boutique dont le stock est « Épuisé ». La page est un `Selector`, comme `maison`. XPath sait choisir
# selon le texte ; la classe du paragraphe de stock peut changer, pas le mot.

# %% exercise="scrapy-03"
# >>> solution
#: def epuises(page): ...
def epuises(page):
    cartes = page.xpath('//article[p[normalize-space(.)="Épuisé"]]')
    return [carte.xpath("normalize-space(.//h2)").get() for carte in cartes]
# <<< solution
check("scrapy-03", epuises)

# %% wrong="scrapy-03"
def epuises(page):
    return page.css("article.produit h2 a::text").getall()  # tous les produits

# %% wrong="scrapy-03"
def epuises(page):
    return page.css(".OutOfStock::text").getall()  # le mot, pas le nom

# %% wrong="scrapy-03"
def epuises(page):
    cartes = page.xpath('//article[contains(., "Épuisé")]')  # un nom peut contenir ce mot
    return [carte.xpath("normalize-space(.//h2)").get() for carte in cartes]

# %% [markdown]
# **Exercice scrapy-04** ★★ Écrivez `annonce(page)` : le couple `(nombre, pages)` que dit le paragraphe
# `.compte` d'une liste. Pour `"71 articles, page 1 sur 4"`, c'est `(71, 4)`. Le nombre peut avoir une
# espace de milliers (`"1 250 produits, page 2 sur 53"`, insécable) ; une page sans ce paragraphe donne
# `(0, 0)`.

# %% exercise="scrapy-04"
# >>> solution
#: def annonce(page): ...
def annonce(page):
    texte = "".join((page.css(".compte::text").get() or "").split())
    trouve = re.match(r"(\d+)\D+page\d+sur(\d+)", texte)
    return (int(trouve[1]), int(trouve[2])) if trouve else (0, 0)
# <<< solution
check("scrapy-04", annonce)

# %% wrong="scrapy-04"
def annonce(page):
    nombres = page.css(".compte::text").re(r"\d+")
    return int(nombres[0]), int(nombres[-1])

# %% wrong="scrapy-04"
def annonce(page):
    nombres = page.css(".compte::text").re(r"\d+") or ["0", "0"]
    return int(nombres[0]), int(nombres[1])  # la page courante, pas leur nombre

# %% wrong="scrapy-04"
def annonce(page):
    nombres = page.css(".compte::text").re(r"\d+") or ["0", "0"]
    return nombres[0], nombres[-1]  # des textes

# %% [markdown]
# **Exercice scrapy-05** ★★ Écrivez `cartes(page)` : une liste de dictionnaires, un par carte de produit
# (`article.produit`) d'une page de la boutique, dans l'ordre, avec les clés `nom`, `marque`
# (`.marque-produit`), `prix` (un nombre, par `en_nombre`) et `lien` (l'attribut `href`, tel quel). Une
# valeur absente de la carte vaut `None`.

# %% exercise="scrapy-05"
# >>> solution
#: def cartes(page): ...
def cartes(page):
    return [
        {
            "nom": carte.css("h2 a::text").get(),
            "marque": carte.css(".marque-produit::text").get(),
            "prix": en_nombre(carte.css(".prix::text").get()),
            "lien": carte.css("h2 a::attr(href)").get(),
        }
        for carte in page.css("article.produit")
    ]
# <<< solution
check("scrapy-05", cartes)

# %% wrong="scrapy-05"
def cartes(page):  # des listes parallèles
    noms = page.css("article.produit h2 a::text").getall()
    marques = page.css("article.produit .marque-produit::text").getall()
    prix = page.css("article.produit .prix::text").getall()
    liens = page.css("article.produit h2 a::attr(href)").getall()
    return [
        {"nom": nom, "marque": marque, "prix": en_nombre(texte), "lien": lien}
        for nom, marque, texte, lien in zip(noms, marques, prix, liens)
    ]

# %% wrong="scrapy-05"
def cartes(page):  # // repart du haut de la page
    return [
        {
            "nom": carte.xpath("//h2/a/text()").get(),
            "marque": carte.xpath("//p[@class='marque-produit']/text()").get(),
            "prix": en_nombre(carte.xpath("//p[@class='prix']/text()").get()),
            "lien": carte.xpath("//h2/a/@href").get(),
        }
        for carte in page.css("article.produit")
    ]

# %% wrong="scrapy-05"
def cartes(page):  # le prix reste un texte
    return [
        {
            "nom": carte.css("h2 a::text").get(),
            "marque": carte.css(".marque-produit::text").get(),
            "prix": carte.css(".prix::text").get(),
            "lien": carte.css("h2 a::attr(href)").get(),
        }
        for carte in page.css("article.produit")
    ]

# %% [markdown]
# **Exercice scrapy-06** ★★★ Écrivez un spider, `detail_spider.py`, qui parcourt la rubrique Sciences et
# **visite chaque article** (`response.follow(…, callback=self.parse_article)`). De chaque article, il
# produit : `titre`, `modifie` (la date `dateModified`, telle quelle) et `auteurs` (la liste de leurs
# noms), lus dans le JSON-LD ; et `page`, le numéro de la page de liste où il a trouvé son lien, passé
# par `cb_kwargs`. Enregistrez ses fiches en JSON Lines ; `reponse` est le chemin du fichier.
#
# Repartez de `PremierSpider`. Comme le site tourne sur votre machine, `DOWNLOAD_DELAY` peut descendre à
# 0 ici, et ici seulement. Combien de requêtes a-t-il faites, et pourquoi ce nombre ?

# %% exercise="scrapy-06"
# >>> solution
from pathlib import Path

Path("detail_spider.py").write_text(
    """
import json

from premier_spider import PremierSpider


class DetailSpider(PremierSpider):
    name = "detail"
    custom_settings = {**PremierSpider.custom_settings, "DOWNLOAD_DELAY": 0}

    def parse(self, response, page=1):
        for lien in response.css("article.carte h2 a"):
            yield response.follow(lien, callback=self.parse_article, cb_kwargs={"page": page})
        suivante = response.css('a[rel="next"]::attr(href)').get()
        if suivante is not None:
            yield response.follow(suivante, callback=self.parse, cb_kwargs={"page": page + 1})

    def parse_article(self, response, page):
        donnees = json.loads(response.css('script[type="application/ld+json"]::text').get())
        yield {
            "titre": donnees["headline"],
            "modifie": donnees["dateModified"],
            "auteurs": [auteur["name"] for auteur in donnees["author"]],
            "page": page,
        }
""",
    encoding="utf-8",
)
reponse = workspace.tmp_path() / "detail.jsonl"
execution = subprocess.run(
    [sys.executable, "-m", "scrapy", "runspider", "detail_spider.py", "-O", str(reponse)],
    capture_output=True,
    text=True,
)
# <<< solution
check("scrapy-06", reponse)

# %% wrong="scrapy-06"
reponse = workspace.tmp_path() / "sciences.jsonl"  # le premier spider, qui s'arrête aux cartes

# %% wrong="scrapy-06"
lignes = (workspace.tmp_path() / "detail.jsonl").read_text(encoding="utf-8").splitlines(True)
reponse = workspace.tmp_path() / "detail_premiere_page.jsonl"  # n'a pas suivi rel="next"
reponse.write_text("".join(ligne for ligne in lignes if '"page": 1' in ligne), encoding="utf-8")

# %% wrong="scrapy-06"
lignes = (workspace.tmp_path() / "detail.jsonl").read_text(encoding="utf-8").splitlines()
reponse = workspace.tmp_path() / "detail_sans_page.jsonl"  # self.page, que d'autres réponses ont changé
reponse.write_text("".join(json.dumps(lu | {"page": 4}) + "\n" for lu in map(json.loads, lignes)), encoding="utf-8")
