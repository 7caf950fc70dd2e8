# %% [markdown]
# # `newscrawler` : une récolte, quatre bases
#
# **Durée** : 55 minutes. **Prérequis** : les trois premiers notebooks de ce chapitre. Les bases sont
# présentées ici par leur usage ; leurs chapitres viennent ensuite.
#
# À la fin de ce notebook, vous saurez :
#
# * lancer les spiders d'un vrai projet, et brancher le vôtre sur quatre bases en trois lignes ;
# * dire à quelle base poser quelle question ;
# * relancer une récolte sans créer un seul doublon, et expliquer pourquoi ;
# * retrouver ce qu'une base a refusé, réparer, rejouer ;
# * arrêter puis reprendre une récolte, et dire ce que coûte un `kill -9`.

# %% [markdown]
# ## 1. Le projet
#
# Un fichier par spider suffit pour un essai. À dix spiders, on répète dix fois les mêmes réglages, et
# l'on corrige neuf fois la même faute. Un **projet** Scrapy met en commun ce qui est commun :
#
# ```text
# newscrawler/
#     scrapy.cfg              où sont les réglages
#     newscrawler/
#         settings.py         politesse, nouveaux essais, rangement : pour tous
#         items.py            la forme des fiches
#         structured.py       lire le JSON-LD, les métadonnées : pour tous
#         spiders/            un fichier par spider, court
# ```
#
# Ouvrez `Scrapy/newscrawler` dans l'explorateur de fichiers : chaque spider montre **une** technique.
# Dans un terminal, `./lab crawl gazette` lance celui du journal. Ici, la même commande part du noyau,
# et `--json` donne un résultat fait pour un programme :

# %%
import json
import subprocess
import sys


def recolter(*options):
    """Lance `lab crawl` ; rend ce qu'il dit, et affiche ce qui ne va pas."""
    execution = subprocess.run(
        [sys.executable, "-m", "lab", "crawl", *options, "--json"],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if execution.returncode:
        print("code de sortie :", execution.returncode)
    return json.loads(execution.stdout)


spiders = recolter("--list")
print(len(spiders), "spiders, dont :")
for spider in spiders[:5]:
    print(f"  {spider['name']:14} {spider['doc']}")

# %%
resultat = recolter("gazette", "-a", "rubrique=numerique", "--pages", "25")
{cle: resultat[cle] for cle in ("pages", "items", "stored", "errors")}

# %% [markdown]
# `-a` donne un argument au spider (`rubrique` arrive dans son `__init__`), `-s` changerait un réglage,
# `--pages` borne la récolte. Le compte `stored` mérite qu'on s'y arrête : ce ne sont pas les fiches
# **envoyées**, mais celles que chaque base a **confirmées**. Entre les deux, il y a toutes les pannes.

# %% [markdown]
# ## 2. Quatre bases, quatre questions
#
# Pourquoi ranger quatre fois la même fiche ? Parce qu'aucune base ne répond bien à tout.
#
# ```mermaid
# flowchart LR
#     S["spider"] --> N["nettoyage,<br/>identifiant"]
#     N --> M["MongoDB<br/>la référence"]
#     N --> E["Elasticsearch<br/>la recherche"]
#     N --> R["Redis<br/>déjà vu ?"]
#     N --> A["S3<br/>l'archive brute"]
#     M -.->|"lab reindex"| E
# ```
#
# Prenons l'article le plus récent de la rubrique, et cherchons-le dans les quatre.

# %%
from lab import workspace

articles = workspace.mongo().articles
recherche = workspace.elasticsearch()
r = workspace.redis()
s3, bucket = workspace.s3(), workspace.bucket()

article = articles.find_one({"section": "Numérique"}, sort=[("published", -1)])
identifiant = article["_id"]
print("MongoDB :", article["title"])
print("  publié :", article["published"], "| type :", type(article["published"]).__name__)
print("  auteurs :", article["authors"], "étiquettes :", article["tags"])

# %% [markdown]
# **MongoDB** garde la fiche entière, avec ses types : une date est une date, une liste est une liste.
# C'est la **référence** : si les autres sont perdues, on les refait à partir d'elle.

# %%
recherche.indices.refresh(index="articles")
trouves = recherche.search(
    index="articles", query={"match": {"title": article["title"].upper()}}, size=3
)["hits"]["hits"]
for place, trouve in enumerate(trouves, start=1):
    source = trouve["_source"]
    marque = "← le nôtre" if trouve["_id"] == identifiant else ""
    print(f"{place}. {source['title']} ({type(source['published']).__name__}) {marque}")

# %% [markdown]
# **Elasticsearch** retrouve l'article par ses mots, sans se soucier des majuscules ni des pluriels, et
# classe les réponses. Le même identifiant y sert de clé. Une date y voyage en texte : c'est du JSON.

# %%
print("déjà rangé ?", bool(r.sismember("lab:gazette:seen", identifiant)))
print("et celui-ci ?", bool(r.sismember("lab:gazette:seen", "0" * 32)))
print("compteurs :", sorted(r.hgetall("lab:gazette:stats")))

# %% [markdown]
# **Redis** ne connaît pas l'article : seulement son identifiant. En échange, il répond « déjà vu ? » en
# une fraction de milliseconde, ce qu'un robot demande sans cesse.

# %%
import gzip


def archive(spider):
    """Les fiches de l'archive d'un spider, objet après objet, du plus ancien au plus récent."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"crawls/{spider}/")
    cles = [objet["Key"] for page in pages for objet in page.get("Contents", [])]
    for cle in sorted(cles):  # le nom commence par la date
        corps = s3.get_object(Bucket=bucket, Key=cle)["Body"].read()
        yield from map(json.loads, gzip.decompress(corps).splitlines())


archivees = [fiche for fiche in archive("gazette") if fiche["id"] == identifiant]
print("dans l'archive ?", len(archivees) > 0)
print("la date :", repr(archivees[-1]["published"]))

# %% [markdown]
# **S3** reçoit des fichiers `crawls/gazette/<date>-<n>.jsonl.gz`, que l'on n'ouvre pas pour chercher
# une fiche (nous venons de tout lire !) mais pour refaire une analyse sur des années. C'est la place la
# moins chère, et la seule qui garde **l'histoire** : MongoDB n'a que le dernier état.
#
# | question | à qui la poser |
# |---|---|
# | donne-moi cette fiche, change ce champ, compte par rubrique | MongoDB |
# | quels articles parlent de « réseaux », les meilleurs d'abord | Elasticsearch |
# | cette page est-elle déjà rangée ? combien en tout ? | Redis |
# | que disait ce site l'an dernier ? | S3 |

# %% [markdown]
# ## 3. Vos spiders aussi : trois lignes
#
# Le rangement n'est pas dans les spiders du projet : aucun ne nomme une base. Il est dans une
# **extension**, que trois réglages branchent sur n'importe quel spider. En voici un à nous, qui lit
# quinze annonces de la brocante :

# %%
%%writefile annonces_spider.py
import scrapy
from price_parser import Price

from lab import workspace


class AnnoncesSpider(scrapy.Spider):
    """Quinze annonces : leur titre, et leur prix quand il y en a un."""

    name = "scrapy04_annonces"  # la collection, à défaut d'un autre nom

    custom_settings = {
        # Les trois lignes :
        "ADDONS": {"lab.scraping.addon.LabStorage": 100},
        "LAB_STORES": ["mongo", "elasticsearch", "redis", "s3"],
        "LAB_STORE_DEADLINE": 30,  # une base en panne plus longtemps arrête la récolte
        # Avertir si moins de 9 annonces sur 10 ont un prix :
        "LAB_COVERAGE": {"scrapy04_annonces/prix": 0.9},
        # Le reste, vous le connaissez :
        "USER_AGENT": "annonces/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 1,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }

    corrige = ""  # se change au lancement : -a corrige=oui

    async def start(self):
        yield scrapy.Request(f"{workspace.practice_url()}/brocante/")

    def parse(self, response):
        yield from response.follow_all(css=".annonces a", callback=self.parse_annonce)

    def parse_annonce(self, response):
        dit = response.css(".prix::text").get(default="")
        montant = Price.fromstring(dit).amount_float
        fiche = {
            "url": response.url,
            "canonical_url": response.css("link[rel=canonical]::attr(href)").get(),
            "titre": " ".join(response.css("h1::text").get(default="").split()),
            "prix": dit if montant is None else montant,
        }
        if self.corrige and montant is None:
            fiche["prix"], fiche["mention"] = None, dit
        yield fiche

# %% [markdown]
# Pour que ce notebook donne toujours le même résultat, effaçons d'abord ce qu'une exécution
# précédente a laissé. La fonction est instructive : elle dit tout ce qu'un spider laisse derrière lui.

# %%
from lab.settings import Paths

LETTRES = Paths.find().dead_letters  # .lab/dead-letters


def oublier(spider):
    """Efface ce qu'un spider de ce notebook a rangé, partout."""
    workspace.mongo().drop_collection(spider)
    if recherche.indices.exists(index=spider):
        for index in recherche.indices.get_alias(name=spider).body:
            recherche.indices.delete(index=index)
    for cle in r.scan_iter(f"lab:{spider}:*"):
        r.delete(cle)
    for debut in ("crawls", "reports"):
        liste = s3.list_objects_v2(Bucket=bucket, Prefix=f"{debut}/{spider}/")
        for objet in liste.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=objet["Key"])
    for lettre in LETTRES.glob(f"{spider}-*"):
        lettre.unlink()


def compter(spider, collection):
    """Combien de fiches dans chaque base."""
    recherche.indices.refresh(index=collection)
    return {
        "mongo": workspace.mongo()[collection].count_documents({"spider": spider}),
        "elasticsearch": recherche.count(index=collection, query={"term": {"spider": spider}})["count"],
        "redis": r.scard(f"lab:{spider}:seen"),
        "s3": sum(1 for _ in archive(spider)),
    }


def lancer(fichier, *options):
    """Lance un spider à côté du noyau, et attend sa fin ; montre pourquoi il n'a pu partir."""
    execution = subprocess.run(
        [sys.executable, "-m", "scrapy", "runspider", fichier, *options],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if execution.returncode:
        print(execution.stderr[-500:])


oublier("scrapy04_annonces")
lancer("annonces_spider.py")
compter("scrapy04_annonces", "scrapy04_annonces")

# %% [markdown]
# Quinze dans trois bases, douze dans Elasticsearch. Il manque trois fiches : gardons cette question
# pour la section 5, et regardons d'abord ce que l'extension a ajouté à nos fiches.

# %%
workspace.mongo().scrapy04_annonces.find_one({"titre": {"$regex": "^Armoire"}}, {"url": 0})

# %% [markdown]
# Nous avions donné quatre champs. `spider`, `scraped_at`, `source`, et surtout `id` sont venus seuls.

# %% [markdown]
# ## 4. Relancer sans rien doubler
#
# Une récolte est relancée tout le temps : chaque nuit, après une panne, par distraction. Une opération
# que l'on peut refaire sans changer le résultat est dite **idempotente**. Essayons avec le journal :

# %%
avant = compter("gazette", "articles")
resultat = recolter("gazette", "-a", "rubrique=numerique", "--pages", "25")
apres = compter("gazette", "articles")
print("confirmées :", resultat["stored"])
print("les comptes ont-ils changé ?", avant != apres)

# %% [markdown]
# Chaque base a confirmé ses fiches, et aucun compte n'a bougé. Le secret tient dans l'identifiant : il
# ne vient ni d'un compteur ni du hasard, mais de la fiche. C'est une empreinte de son adresse
# officielle, la même à chaque visite et sur chaque machine :

# %%
from hashlib import sha256

calcule = sha256(article["canonical_url"].encode()).hexdigest()[:32]
print(calcule == identifiant, "pour", article["canonical_url"][:50], "…")

# %% [markdown]
# Chaque base en tire parti à sa façon :
#
# | base | l'opération | pourquoi elle se refait sans dommage |
# |---|---|---|
# | MongoDB | `ReplaceOne({"_id": id}, fiche, upsert=True)` | remplace, ou ajoute |
# | Elasticsearch | `index` avec cet `_id` | remplace, ou ajoute |
# | Redis | `SADD` | un ensemble n'a pas de doublon |
# | S3 | une empreinte du contenu, notée dans Redis | ce qui n'a pas changé n'est pas renvoyé |
#
# C'est aussi ce qui rend les **nouveaux essais** possibles. Quand une base ne répond plus, on ne sait
# pas si elle a écrit avant de se taire. Avec un identifiant stable, on renvoie sans réfléchir.
#
# **Pièges.**
#
# * `url` ne suffit pas : la même page se présente avec `?utm_source=…`, avec ou sans `/` final. D'où
#   `canonical_url`.
# * Plusieurs fiches sur une page ont la même adresse : donnez à chacune son `id` (le numéro de la
#   citation, la référence du produit).
# * Mettre l'heure de visite dans l'identifiant fabrique un doublon par visite. On le fait parfois
#   exprès : un relevé de prix **par jour** a le jour dans son `id`.

# %% [markdown]
# ## 5. Les lettres mortes
#
# Trois annonces manquent dans Elasticsearch. Qu'en a fait l'extension ? Elle ne les a pas jetées, et
# n'a pas arrêté la récolte pour autant. Ce qu'une base ne peut pas prendre va dans un fichier, une
# ligne par fiche, avec la raison. On les appelle *dead letters*, comme le courrier qui n'a pu être
# remis.

# %%
def en_attente():
    """Les lettres mortes de notre spider."""
    lignes = [
        ligne
        for fichier in sorted(LETTRES.glob("scrapy04_annonces-*"))
        for ligne in fichier.read_text(encoding="utf-8").split("\n")
        if ligne
    ]
    return [json.loads(ligne) for ligne in lignes]


for lettre in en_attente():
    print(lettre["store"], "|", lettre["document"]["prix"], "|", lettre["reason"][:60], "…")

# %% [markdown]
# La première annonce reçue avait un nombre pour prix ; Elasticsearch en a déduit que `prix` est un
# nombre, et refuse « à donner ». MongoDB, à qui nous n'avons donné aucun schéma, a tout accepté : il
# contient maintenant des prix qui sont des textes. Un tri les mettra tous après les nombres, une moyenne
# les ignorera sans le dire, et `prix * 1.2` plantera un jour. Le refus d'Elasticsearch était un service.
#
# Il y a deux sortes de lettres mortes, et deux conduites :
#
# | la raison commence par | ce qui s'est passé | que faire |
# |---|---|---|
# | `dépôt injoignable` | la base est restée en panne | la relancer, puis rejouer |
# | `refusé` | cette fiche-là ne convient pas | réparer la cause, récolter, rejouer |
#
# Rejouer sans réparer ne mène à rien, mais ne perd rien non plus :

# %%
rejeu = recolter("--replay")
print("restent :", len(en_attente()))

# %% [markdown]
# La commande sort avec un code qui n'est pas 0 : un programme qui la lance chaque nuit saura qu'il
# reste du travail. Réparons la cause, dans le spider : un prix est un nombre ou rien, et la mention va
# dans son propre champ.

# %%
lancer("annonces_spider.py", "-a", "corrige=oui")
rejeu = recolter("--replay")
print("restent :", len(en_attente()))
print(compter("scrapy04_annonces", "scrapy04_annonces"))
for annonce in workspace.mongo().scrapy04_annonces.find({"mention": {"$exists": True}}).sort("_id"):
    print(annonce["prix"], "|", annonce["mention"])

# %% [markdown]
# Trois choses à voir :
#
# * les bases sont d'accord : le même identifiant a **remplacé** la mauvaise fiche par la bonne ;
# * le rejeu n'a pas remis les vieilles fiches par-dessus les neuves : il compare `scraped_at`, et une
#   base qui a plus récent est réputée servie ;
# * S3 a dix-huit lignes, trois de plus : l'archive garde aussi ce que nous avions cru. Qui la relit
#   doit donc choisir la version la plus récente de chaque fiche (exercice scrapy-19).

# %% [markdown]
# ## 6. Le bilan
#
# Un spider qui ne plante pas peut quand même ne plus rien lire : le site a changé une classe, et
# `prix` vaut `None` partout. Chaque récolte laisse donc un **bilan**, une page HTML que
# `./lab open bilan` ouvre dans le navigateur, et son jumeau en JSON, tous deux copiés dans S3. Lisons
# ceux de nos deux récoltes d'annonces, dans l'ordre :

# %%
liste = s3.list_objects_v2(Bucket=bucket, Prefix="reports/scrapy04_annonces/")["Contents"]
cles = sorted(objet["Key"] for objet in liste if objet["Key"].endswith("Z.json"))
bilans = [json.loads(s3.get_object(Bucket=bucket, Key=cle)["Body"].read()) for cle in cles]

for bilan in bilans:
    print({cle: bilan[cle] for cle in ("pages", "items", "errors", "lost")})

# %%
import matplotlib.pyplot as plt

remplis = [bilan["shares"]["scrapy04_annonces"] for bilan in bilans]
champs = ["titre", "prix", "mention"]
fig, ax = plt.subplots(figsize=(7, 2.4))
couleurs, noms = ("#95a5a6", "#2980b9"), ("première récolte", "spider corrigé")
for decalage, parts, couleur, nom in zip((0.19, -0.19), remplis, couleurs, noms, strict=True):
    largeurs = [100 * parts.get(champ, 0) for champ in champs]
    ax.barh([y + decalage for y in range(len(champs))], largeurs, 0.36, color=couleur, label=nom)
ax.set_yticks(range(len(champs)), champs)
ax.set_xlabel("fiches où le champ est rempli (%)")
ax.set_title("La couverture des champs, d'une récolte à l'autre", loc="left")
ax.legend(frameon=False, loc="upper right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# La **couverture** est la part des fiches où un champ est rempli. Notre spider en demande une avec
# `LAB_COVERAGE` ; sans cette ligne, le bilan compare avec la récolte précédente, dès vingt fiches, et
# signale un champ qui a perdu plus de vingt points.

# %%
for avertissement in bilans[-1]["warnings"]:
    print(avertissement["text"])

# %% [markdown]
# Ici, nous savons pourquoi : la correction a ôté trois faux prix, et c'est le seuil qu'il faut revoir.
# Un autre matin, ce sera le signe que la page a changé.
#
# Dans un bilan, lisez dans cet ordre : la **raison** de la fin, les **erreurs** et ce qui est
# **perdu**, la couverture, puis seulement la vitesse.

# %% [markdown]
# ## 7. S'arrêter, reprendre
#
# Une récolte d'un million de pages dure des jours. Elle sera interrompue : mise à jour, coupure,
# machine rendue. Que faut-il retenir pour reprendre ? Deux listes : les adresses **déjà vues**, et
# celles **en attente**. Scrapy les tient en mémoire ; avec le réglage `JOBDIR`, dans un dossier.
#
# Notre cobaye lit le plan du site et demande les premiers articles, sans se presser. Il annonce chaque
# page sur sa sortie, pour que nous puissions l'interrompre au bon moment.

# %%
%%writefile archives_spider.py
import scrapy

from lab import workspace


class ArchivesSpider(scrapy.Spider):
    """Les premiers articles du plan du site."""

    name = "scrapy04_archives"
    combien = 40  # se change au lancement : -a combien=900

    custom_settings = {
        "ADDONS": {"lab.scraping.addon.LabStorage": 100},
        "LAB_STORES": ["mongo"],
        "LAB_REPORT": False,
        "USER_AGENT": "archives/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 4,
        "DOWNLOAD_DELAY": 0.03,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }

    async def start(self):
        yield scrapy.Request(f"{workspace.practice_url()}/sitemaps/gazette-1.xml")

    def parse(self, response):
        response.selector.remove_namespaces()
        adresses = response.xpath("//url/loc/text()").getall()[: int(self.combien)]
        yield from response.follow_all(adresses, callback=self.parse_article)

    def parse_article(self, response):
        print(response.url.rsplit("/", 1)[-1], flush=True)
        yield {"url": response.url, "titre": response.css("h1::text").get()}

# %% [markdown]
# `SIGINT` est le signal de Ctrl-C : « finis proprement ». `SIGKILL`, celui de `kill -9`, de la coupure
# de courant et de la mémoire épuisée : le processus n'a pas le temps d'écrire un octet.

# %%
import signal
from shutil import rmtree

oublier("scrapy04_archives")
DOSSIER = workspace.tmp_path() / "scrapy04"


def demarrer(*options):
    """Lance le cobaye, sans l'attendre."""
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "runspider", "archives_spider.py", *options],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def lire(cobaye, apres=None, arret=None):
    """Les pages qu'il annonce ; `apres` tant de pages, lui envoie le signal `arret`."""
    pages = []
    for ligne in cobaye.stdout:
        pages.append(ligne.strip())
        if len(pages) == apres:
            cobaye.send_signal(arret)
    cobaye.wait()
    return pages


def arreter_et_reprendre(arret, combien):
    """Une récolte coupée après 15 pages, puis la même commande ; rend les deux lectures."""
    rmtree(DOSSIER, ignore_errors=True)
    options = ("-s", f"JOBDIR={DOSSIER}", "-a", f"combien={combien}")
    reprise = (*options, "-s", "CLOSESPIDER_PAGECOUNT=60")  # au plus, pour ne pas y passer la nuit
    return lire(demarrer(*options), 15, arret), lire(demarrer(*reprise))


essais = {}
essais["Ctrl-C, JOBDIR (40)"] = arreter_et_reprendre(signal.SIGINT, 40), 40
(debut, suite), attendues = essais["Ctrl-C, JOBDIR (40)"]
print("lues :", len({*debut, *suite}), "sur", attendues, "| relues :", len({*debut} & {*suite}))

# %% [markdown]
# Parfait : la seconde commande a repris où la première s'était arrêtée. Et avec `kill -9`, quand 900
# adresses attendent, toujours après quinze pages ?

# %%
essais["kill -9, JOBDIR (900)"] = arreter_et_reprendre(signal.SIGKILL, 900), 900
(debut, suite), attendues = essais["kill -9, JOBDIR (900)"]
print("pages lues par la reprise :", len(suite))

# %% [markdown]
# **Zéro.** La reprise s'est terminée aussitôt, sans erreur, et presque 900 articles ne seront jamais
# lus. Scrapy écrit les adresses vues au fil de l'eau, par paquets de quelques centaines, mais
# l'inventaire de la file d'attente **seulement à l'arrêt**. Tué au mauvais moment, il laisse un dossier
# qui dit « déjà vu » de pages que personne n'a lues. Essayez avec 40 adresses : aucun paquet n'est
# encore écrit, la liste des vues est vide, et tout recommence du début. Rien n'est perdu, mais ce n'est
# pas une reprise ; et l'on ne choisit pas sa panne.
#
# Retenez la règle, qui dépasse Scrapy : **ne noter une page comme faite qu'après l'avoir rangée**.
# Demander n'est pas faire.

# %% [markdown]
# ### La frontière partagée
#
# Le laboratoire sait remplacer cette mémoire par une **frontière** dans Redis, commune à plusieurs
# processus. Une page y passe par trois états :
#
# ```mermaid
# flowchart LR
#     F["en file"] -->|"prise : bail de 30 s"| B["en bail"]
#     B -->|"fiches rangées, liens ajoutés"| D["faite"]
#     B -->|"bail expiré : l'ouvrier est mort"| F
# ```
#
# Un ouvrier ne **possède** jamais une page, il l'emprunte. S'il meurt, son bail expire, et un autre la
# reprend. Lançons deux ouvriers, et tuons le premier à sa cinquième page. Le bail est ramené à 2 secondes
# pour ne pas trop attendre ; comptez tout de même une vingtaine de secondes.

# %%
FRONTIERE = ("-s", "LAB_FRONTIER=1", "-s", "LAB_FRONTIER_LEASE=2", "-s", "DOWNLOAD_DELAY=0.08")

premier, second = demarrer(*FRONTIERE), demarrer(*FRONTIERE)
lues_par_le_premier = lire(premier, 5, signal.SIGKILL)
lues_par_le_second = lire(second)
essais["kill -9, frontière (40)"] = (lues_par_le_premier, lues_par_le_second), 40

ensemble = {*lues_par_le_premier, *lues_par_le_second}
print("code du premier :", premier.returncode, "| code du second :", second.returncode)
print("lues :", len(ensemble), "sur 40")
print("rangées :", workspace.mongo().scrapy04_archives.count_documents({}))

# %%
fig, ax = plt.subplots(figsize=(7, 2.6))
for y, ((debut, suite), attendues) in enumerate(reversed(essais.values())):
    relues = len({*debut} & {*suite})
    uniques = len({*debut, *suite})
    gauche = 0
    for part, couleur, nom in (
        (uniques - relues, "#27ae60", "lues une fois"),
        (relues, "#f39c12", "relues"),
        (attendues - uniques, "#c0392b", "jamais lues"),
    ):
        largeur = 100 * part / attendues
        ax.barh(y, largeur, 0.6, left=gauche, color=couleur, label=nom if y == 0 else None)
        gauche += largeur
ax.set_yticks(range(len(essais)), list(essais)[::-1])
ax.set_xlabel("pages attendues (%)")
ax.set_title("Ce que coûte un arrêt, après reprise", loc="left")
ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.4, -0.25))
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Aucune page perdue, quelques-unes relues : celles que le mort avait lues sans avoir pu le **dire**. On
# appelle cela *at least once*, « au moins une fois ». « Exactement une fois » n'existe pas quand on
# peut mourir entre lire et le dire ; mais « au moins une fois » **plus** un rangement idempotent donne
# le même résultat : 40 fiches, et pas une de plus. Voilà pourquoi la section 4 venait avant celle-ci.
#
# D'ordinaire, vous n'écrirez pas ces réglages : `--workers` s'en charge, et relance ses morts.

# %%
resultat = recolter("gazette", "-a", "rubrique=numerique", "--pages", "30", "--workers", "2")
{cle: resultat[cle] for cle in ("pages", "items", "stored", "errors")}

# %% [markdown]
# Le budget de trente pages est commun, la politesse aussi : le site ne voit qu'un robot, quel que soit
# le nombre d'ouvriers. Interrompue, la même commande reprend. `Scrapy/PASSAGE_A_L_ECHELLE.rst` raconte
# la suite, jusqu'à cent machines.

# %% [markdown]
# ## À retenir
#
# * Un projet met en commun réglages, fiches et rangement ; un spider ne nomme aucune base.
# * MongoDB est la référence, Elasticsearch cherche, Redis dit « déjà vu », S3 garde l'histoire.
# * Un identifiant tiré de l'adresse officielle rend tout idempotent : relancer, renvoyer, rejouer.
# * Une fiche refusée se garde avec sa raison ; on répare la cause, puis on rejoue.
# * La couverture des champs dit ce qu'aucune erreur ne dit.
# * Faite veut dire rangée. *At least once* et idempotence valent « exactement une fois ».

# %% [markdown]
# ## 8. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice scrapy-18** ★ Écrivez `ranger(collection, fiches)`, qui range dans une collection MongoDB
# une liste de fiches (des dictionnaires, parfois aucune) et rend le nombre de fiches **nouvelles**.
# L'`_id` est fait des 32 premiers caractères de l'empreinte SHA-256 de `canonical_url` si la fiche en
# a une, sinon de `url`. Une fiche déjà rangée est remplacée. `bulk_write`, de pymongo, refuse une liste
# vide ; son résultat a un attribut `upserted_count`.


# %% exercise="scrapy-18"
# >>> solution
#: from pymongo import ReplaceOne
#:
#:
#: def ranger(collection, fiches): ...
from pymongo import ReplaceOne


def ranger(collection, fiches):
    ecritures = []
    for fiche in fiches:
        adresse = fiche.get("canonical_url") or fiche["url"]
        cle = sha256(adresse.encode()).hexdigest()[:32]
        ecritures.append(ReplaceOne({"_id": cle}, fiche, upsert=True))
    return collection.bulk_write(ecritures).upserted_count if ecritures else 0
# <<< solution


check("scrapy-18", ranger)


# %% wrong="scrapy-18"
def ranger(collection, fiches):  # ajoute toujours
    return len(collection.insert_many([dict(fiche) for fiche in fiches]).inserted_ids)


# %% wrong="scrapy-18"
def ranger(collection, fiches):  # l'adresse de la visite, pas l'officielle
    nouvelles = 0
    for fiche in fiches:
        cle = sha256(fiche["url"].encode()).hexdigest()[:32]
        fait = collection.replace_one({"_id": cle}, fiche, upsert=True)
        nouvelles += fait.upserted_id is not None
    return nouvelles


# %% wrong="scrapy-18"
def ranger(collection, fiches):  # compte tout, nouveau ou non
    for fiche in fiches:
        adresse = fiche.get("canonical_url") or fiche["url"]
        cle = sha256(adresse.encode()).hexdigest()[:32]
        collection.replace_one({"_id": cle}, fiche, upsert=True)
    return len(fiches)


# %% wrong="scrapy-18"
def ranger(collection, fiches):  # garde l'ancienne version
    nouvelles = 0
    for fiche in fiches:
        adresse = fiche.get("canonical_url") or fiche["url"]
        cle = sha256(adresse.encode()).hexdigest()[:32]
        fait = collection.update_one({"_id": cle}, {"$setOnInsert": fiche}, upsert=True)
        nouvelles += fait.upserted_id is not None
    return nouvelles


# %% [markdown]
# **Exercice scrapy-19** ★★ Écrivez `dernier_etat(objets)`. `objets` est une liste de `bytes`, les
# contenus de plusieurs fichiers `.jsonl.gz` d'une archive, dans un ordre **quelconque**. Elle rend un
# dictionnaire : à chaque `id`, la fiche dont `scraped_at` est le plus récent (des textes ISO 8601, tous
# en UTC et de même longueur : ils se comparent tels quels).


# %% exercise="scrapy-19"
# >>> solution
#: def dernier_etat(objets): ...
def dernier_etat(objets):
    etat = {}
    for objet in objets:
        for fiche in map(json.loads, gzip.decompress(objet).splitlines()):
            connue = etat.get(fiche["id"])
            if connue is None or connue["scraped_at"] < fiche["scraped_at"]:
                etat[fiche["id"]] = fiche
    return etat
# <<< solution


check("scrapy-19", dernier_etat)


# %% wrong="scrapy-19"
def dernier_etat(objets):  # la dernière lue n'est pas la plus récente
    etat = {}
    for objet in objets:
        for fiche in map(json.loads, gzip.decompress(objet).splitlines()):
            etat[fiche["id"]] = fiche
    return etat


# %% wrong="scrapy-19"
def dernier_etat(objets):  # la première rencontrée
    etat = {}
    for objet in objets:
        for fiche in map(json.loads, gzip.decompress(objet).splitlines()):
            etat.setdefault(fiche["id"], fiche)
    return etat


# %% wrong="scrapy-19"
def dernier_etat(objets):  # une fiche par objet
    fiches = [json.loads(gzip.decompress(objet).splitlines()[0]) for objet in objets]
    return {fiche["id"]: fiche for fiche in sorted(fiches, key=lambda f: f["scraped_at"])}


# %% [markdown]
# **Exercice scrapy-20** ★★ Écrivez `rejouer(fichier, ranger)`. `fichier` est un `Path` de lettres
# mortes : une ligne de JSON par lettre, avec au moins `collection` et `document`. Pour chacune, appelez
# `ranger(collection, document)`, qui lève une exception si la base refuse encore. Ce qui est rangé
# quitte le fichier ; ce qui échoue y reste, et **une ligne illisible aussi** ; un fichier sans reste
# est supprimé. Rendez le couple (nombre de lettres rangées, nombre de lignes qui restent).
#
# Une dernière condition : si l'on vous interrompt (Ctrl-C) au milieu, aucune lettre non rangée ne doit
# avoir disparu.


# %% exercise="scrapy-20"
# >>> solution
#: def rejouer(fichier, ranger): ...
def rejouer(fichier, ranger):
    rangees, restes = 0, []
    for ligne in fichier.read_text(encoding="utf-8").split("\n"):
        if not ligne:
            continue
        try:
            lettre = json.loads(ligne)
            ranger(lettre["collection"], lettre["document"])
        except Exception:
            restes.append(ligne + "\n")
        else:
            rangees += 1
    if restes:
        brouillon = fichier.with_suffix(".brouillon")
        brouillon.write_text("".join(restes), encoding="utf-8")
        brouillon.replace(fichier)  # d'un coup : l'ancien, ou le nouveau
    else:
        fichier.unlink()
    return rangees, len(restes)
# <<< solution


check("scrapy-20", rejouer)


# %% wrong="scrapy-20"
def rejouer(fichier, ranger):  # le premier échec arrête tout
    rangees = 0
    for ligne in fichier.read_text(encoding="utf-8").splitlines():
        lettre = json.loads(ligne)
        ranger(lettre["collection"], lettre["document"])
        rangees += 1
    fichier.unlink()
    return rangees, 0


# %% wrong="scrapy-20"
def rejouer(fichier, ranger):  # oublie les lignes illisibles
    rangees, restes = 0, []
    for ligne in fichier.read_text(encoding="utf-8").splitlines():
        try:
            lettre = json.loads(ligne)
        except ValueError:
            continue
        try:
            ranger(lettre["collection"], lettre["document"])
            rangees += 1
        except Exception:
            restes.append(ligne + "\n")
    if restes:
        fichier.write_text("".join(restes), encoding="utf-8")
    else:
        fichier.unlink()
    return rangees, len(restes)


# %% wrong="scrapy-20"
def rejouer(fichier, ranger):  # vide le fichier avant d'avoir rangé
    lignes = fichier.read_text(encoding="utf-8").splitlines()
    fichier.unlink()
    rangees, restes = 0, []
    for ligne in lignes:
        try:
            lettre = json.loads(ligne)
            ranger(lettre["collection"], lettre["document"])
            rangees += 1
        except Exception:
            restes.append(ligne + "\n")
    if restes:
        fichier.write_text("".join(restes), encoding="utf-8")
    return rangees, len(restes)


# %% wrong="scrapy-20"
def rejouer(fichier, ranger):  # supprime toujours le fichier
    rangees, restes = 0, 0
    for ligne in fichier.read_text(encoding="utf-8").splitlines():
        try:
            lettre = json.loads(ligne)
            ranger(lettre["collection"], lettre["document"])
            rangees += 1
        except Exception:
            restes += 1
    fichier.unlink()
    return rangees, restes


# %% [markdown]
# **Exercice scrapy-21** ★★★ Écrivez la classe `Frontiere`, en Python ordinaire, sans Redis.
# `Frontiere(bail)` reçoit la durée d'un bail, en secondes. L'heure est toujours un argument.
#
# * `ajouter(adresses)` met en file, dans l'ordre, celles que l'on n'a **jamais** vues, et rend leur
#   nombre ;
# * `prendre(maintenant)` remet d'abord à la fin de la file les pages dont le bail a expiré (pris à
#   l'instant `t`, il expire à `t + bail` inclus, du plus ancien au plus récent), puis rend la première
#   page de la file et ouvre son bail ; `None` s'il n'y a rien à donner ;
# * `finir(adresse)` : la page est faite, elle ne sera plus jamais donnée, même si son bail venait
#   d'expirer ;
# * `terminee()` rend `True` s'il n'y a plus rien en file **et** plus aucun bail, `False` sinon.

# %% exercise="scrapy-21"
# >>> solution
#: Frontiere = ...
class Frontiere:
    def __init__(self, bail):
        self.bail, self.vues, self.file, self.baux = bail, set(), [], {}

    def ajouter(self, adresses):
        nouvelles = [une for une in dict.fromkeys(adresses) if une not in self.vues]
        self.vues.update(nouvelles)
        self.file += nouvelles
        return len(nouvelles)

    def prendre(self, maintenant):
        for adresse, fin in list(self.baux.items()):
            if fin <= maintenant:
                del self.baux[adresse]
                self.file.append(adresse)
        if not self.file:
            return None
        adresse = self.file.pop(0)
        self.baux[adresse] = maintenant + self.bail
        return adresse

    def finir(self, adresse):
        self.baux.pop(adresse, None)
        if adresse in self.file:
            self.file.remove(adresse)

    def terminee(self):
        return not self.file and not self.baux
# <<< solution


check("scrapy-21", Frontiere)


# %% wrong="scrapy-21"
class Frontiere:  # ce qui est pris est perdu si l'ouvrier meurt
    def __init__(self, bail):
        self.vues, self.file, self.prises = set(), [], set()

    def ajouter(self, adresses):
        nouvelles = [une for une in dict.fromkeys(adresses) if une not in self.vues]
        self.vues.update(nouvelles)
        self.file += nouvelles
        return len(nouvelles)

    def prendre(self, maintenant):
        if not self.file:
            return None
        adresse = self.file.pop(0)
        self.prises.add(adresse)
        return adresse

    def finir(self, adresse):
        self.prises.discard(adresse)

    def terminee(self):
        return not self.file and not self.prises


# %% wrong="scrapy-21"
class Frontiere:  # finie dès que la file est vide
    def __init__(self, bail):
        self.bail, self.vues, self.file, self.baux = bail, set(), [], {}

    def ajouter(self, adresses):
        nouvelles = [une for une in dict.fromkeys(adresses) if une not in self.vues]
        self.vues.update(nouvelles)
        self.file += nouvelles
        return len(nouvelles)

    def prendre(self, maintenant):
        for adresse, fin in list(self.baux.items()):
            if fin <= maintenant:
                del self.baux[adresse]
                self.file.append(adresse)
        if not self.file:
            return None
        adresse = self.file.pop(0)
        self.baux[adresse] = maintenant + self.bail
        return adresse

    def finir(self, adresse):
        self.baux.pop(adresse, None)
        if adresse in self.file:
            self.file.remove(adresse)

    def terminee(self):
        return not self.file


# %% wrong="scrapy-21"
class Frontiere:  # ne se souvient que de ce qui est en file ; un retard est relu
    def __init__(self, bail):
        self.bail, self.file, self.baux = bail, [], {}

    def ajouter(self, adresses):
        nouvelles = [une for une in adresses if une not in self.file]
        self.file += nouvelles
        return len(nouvelles)

    def prendre(self, maintenant):
        for adresse, fin in list(self.baux.items()):
            if fin <= maintenant:
                del self.baux[adresse]
                self.file.append(adresse)
        if not self.file:
            return None
        adresse = self.file.pop(0)
        self.baux[adresse] = maintenant + self.bail
        return adresse

    def finir(self, adresse):
        self.baux.pop(adresse, None)

    def terminee(self):
        return not self.file and not self.baux


# %% wrong="scrapy-21"
class Frontiere:  # une page finie en retard est donnée une fois de plus
    def __init__(self, bail):
        self.bail, self.vues, self.file, self.baux = bail, set(), [], {}

    def ajouter(self, adresses):
        nouvelles = [une for une in dict.fromkeys(adresses) if une not in self.vues]
        self.vues.update(nouvelles)
        self.file += nouvelles
        return len(nouvelles)

    def prendre(self, maintenant):
        for adresse, fin in list(self.baux.items()):
            if fin <= maintenant:
                del self.baux[adresse]
                self.file.append(adresse)
        if not self.file:
            return None
        adresse = self.file.pop(0)
        self.baux[adresse] = maintenant + self.bail
        return adresse

    def finir(self, adresse):
        self.baux.pop(adresse, None)

    def terminee(self):
        return not self.file and not self.baux
