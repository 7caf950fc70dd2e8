# %% [markdown]
# # Sélecteurs et premier spider
#
# **Durée** : 40 minutes. **Prérequis** : le notebook *L'environnement de travail* ; savoir à quoi
# ressemble une page HTML (des balises, des attributs, des classes).
#
# À la fin de ce notebook, vous saurez :
#
# * lire `robots.txt` et respecter ce qu'il demande ;
# * extraire des données d'une page avec des sélecteurs CSS et XPath ;
# * écrire un spider qui suit les pages d'une liste, et le lancer ;
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
# **XPath** est l'autre langage de sélection. Plus bavard, il sait faire ce que CSS ne sait pas :
# choisir selon le texte, ou remonter vers le parent. Ici, les cartes dont le surtitre est
# « Culture » :

# %%
culture = page.xpath('//article[p[@class="surtitre"]="Culture"]//h2/a/text()').getall()
print(culture)

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
import subprocess
import sys

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
# ## 6. Le projet `newscrawler`
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
# ## 7. Exercices
#
# **Exercice 1.** Sur la page `/boutique/categorie/jardin/`, relevez la liste des noms de produits
# (le texte des liens, dans les titres des cartes).

# %% tags=["exercice"]
reponse = ...

# %% [markdown]
# **Exercice 2.** Sur la même page, relevez la liste des prix, sous forme de nombres : `"1 269,99 €"`
# doit donner `1269.99`. Attention, l'espace des milliers est une espace insécable.

# %% tags=["exercice"]
reponse = ...

# %% [markdown]
# **Exercice 3.** Avec XPath, combien de produits de cette page sont « Épuisé » ?

# %% tags=["exercice"]
reponse = ...

# %% [markdown]
# **Exercice 4.** Combien d'articles la rubrique « Sport » compte-t-elle ? Trouvez-le de deux façons :
# en suivant les pages, et en lisant le texte de la première.

# %% tags=["exercice"]
reponse = ...

# %% [markdown]
# **Exercice 5.** Complétez `premier_spider.py` pour qu'il visite chaque article
# (`response.follow(..., callback=self.parse_article)`) et en lise, dans le JSON-LD, le titre, la
# date de modification et la liste des auteurs. Lancez-le ; combien de **requêtes** a-t-il faites, et
# pourquoi ce nombre ?

# %% tags=["exercice"]
reponse = ...
