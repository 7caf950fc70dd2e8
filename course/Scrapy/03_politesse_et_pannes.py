# %% [markdown]
# # Politesse et pannes : un spider que l'on peut laisser seul
#
# **Durée** : 60 minutes. **Prérequis** : les notebooks *Sélecteurs et premier spider* et *Fiches,
# nettoyage et pipelines* ; les codes HTTP (*HTTP, HTML et API*, dans l'introduction).
#
# À la fin de ce notebook, vous saurez :
#
# * dire d'où vient un réglage de Scrapy, et lequel l'emporte ;
# * ralentir quand le site peine : `DOWNLOAD_DELAY`, AutoThrottle, `Retry-After` ;
# * distinguer une panne qui passe, une panne qui dure, et une **fausse réussite** ;
# * écrire un middleware de téléchargement ;
# * sortir d'un piège sans fin, remplir un formulaire de connexion, trouver l'API cachée ;
# * lire les comptes d'une récolte, et y voir ce qui a été perdu.

# %% [markdown]
# ## 1. Pourquoi s'en soucier
#
# Un spider écrit à midi marche à midi. Celui qui tourne à trois heures du matin rencontre une page
# lente, un serveur qui redémarre, une page « êtes-vous humain ? », un calendrier qui va jusqu'à
# l'an 9999. Personne n'est là pour le voir. Deux qualités font alors la différence : il **ne gêne
# pas** le site, et il **dit** ce qu'il n'a pas su lire.
#
# Entre votre spider et le site, Scrapy place une chaîne de **middlewares**. Une requête la descend,
# la réponse la remonte :
#
# ```mermaid
# flowchart LR
#     S["spider<br/>parse()"] -->|requête| R1["robots.txt"]
#     R1 --> R2["nouvel essai<br/>(Retry)"]
#     R2 --> R3["redirections"]
#     R3 --> R4["cookies"]
#     R4 --> R5["cache HTTP"]
#     R5 --> W(("le site"))
#     W -.->|"réponse (le chemin inverse)"| S
# ```
#
# Presque tout ce qui suit se règle sans toucher au spider, dans cette chaîne.
#
# Scrapy tourne à côté du noyau. Une petite fonction le lance et rapporte les comptes qu'il écrit à
# la fin de son journal :

# %%
import json
import re
import subprocess
import sys

from lab import workspace

WEB = workspace.practice_url()


def lancer(fichier, *options):
    """Lance un spider ; rend ses comptes et ses fiches."""
    sortie = workspace.tmp_path() / "scrapy03.jsonl"
    execution = subprocess.run(
        [sys.executable, "-m", "scrapy", "runspider", fichier, "-O", str(sortie), *options],
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    _, _, texte = execution.stderr.partition("Dumping Scrapy stats:")
    comptes = dict(re.findall(r"'([^']+)': '?([^,'}\n]+)", texte))
    lignes = sortie.read_text(encoding="utf-8").splitlines()
    return comptes, [json.loads(ligne) for ligne in lignes]


def montrer(comptes, *debuts):
    """Affiche les comptes dont le nom commence ainsi."""
    for nom in sorted(comptes):
        if nom.startswith(debuts):
            print(f"{nom:58} {comptes[nom]}")


# %% [markdown]
# ## 2. D'où vient un réglage ?
#
# Scrapy a plus de cent réglages, tous avec une valeur par défaut. Vous pouvez les changer à
# plusieurs endroits, du plus faible au plus fort :
#
# | où | priorité | pour quoi |
# |---|---|---|
# | valeurs par défaut de Scrapy | 0 | |
# | `settings.py` du projet | 20 | ce qui vaut pour tous vos spiders |
# | `custom_settings` d'un spider | 30 | ce que ce site-là demande |
# | `-s NOM=valeur` en ligne de commande | 40 | un essai, une fois |
#
# Le plus fort gagne, **même s'il vaut 0 ou `False`**. L'objet `Settings` retient d'ailleurs la
# priorité de chaque valeur, et on peut l'interroger :

# %%
from scrapy.settings import Settings

reglages = Settings()
print("par défaut :", reglages.getfloat("DOWNLOAD_DELAY"))
reglages.set("DOWNLOAD_DELAY", 0.5, priority="cmdline")
reglages.set("DOWNLOAD_DELAY", 2, priority="project")  # arrive après, mais pèse moins
print("en vigueur :", reglages.getfloat("DOWNLOAD_DELAY"))
print("priorité   :", reglages.getpriority("DOWNLOAD_DELAY"))

# %% [markdown]
# **Piège.** En ligne de commande, tout est du texte : `-s ROBOTSTXT_OBEY=False` donne `"False"`, un
# texte non vide, donc « vrai » pour Python. Dans votre code, lisez toujours un réglage par
# `getbool`, `getint`, `getfloat` ou `getlist`.

# %%
reglages.set("ROBOTSTXT_OBEY", "False", priority="cmdline")
print(bool(reglages.get("ROBOTSTXT_OBEY")), "contre", reglages.getbool("ROBOTSTXT_OBEY"))

# %% [markdown]
# ## 3. Aller doucement
#
# Quatre réglages font l'essentiel de la politesse :
#
# * `ROBOTSTXT_OBEY = True` : lire `robots.txt`, et ne pas demander ce qu'il interdit ;
# * `USER_AGENT` : dire qui vous êtes, et où vous écrire ;
# * `CONCURRENT_REQUESTS_PER_DOMAIN = 1` : une requête à la fois ;
# * `DOWNLOAD_DELAY = 1` : une pause. Par défaut, elle varie au hasard de moitié (de 0,5 à 1,5 s).
#
# Une pause fixe est toutefois aveugle : trop longue pour un site vif, trop courte pour un site qui
# peine. **AutoThrottle** l'ajuste. Après chaque réponse, il vise une pause égale au temps que le
# site a mis à répondre, divisé par `AUTOTHROTTLE_TARGET_CONCURRENCY`. Si elle est plus longue que la
# pause précédente, il la prend aussitôt ; sinon, il va à mi-chemin entre les deux, sans descendre sous
# `DOWNLOAD_DELAY`. Une réponse en erreur n'a jamais le droit
# d'**accélérer** le robot : une page 500 est souvent très rapide, et ce n'est pas bon signe.
#
# Refaisons ce calcul sur un site qui va bien, puis peine, puis se remet :

# %%
latences = [0.2] * 10 + [2.0] * 10 + [0.2] * 15
pause, pauses = 5.0, []  # AUTOTHROTTLE_START_DELAY vaut 5 s
for latence in latences:
    pause = max(latence, (pause + latence) / 2)  # monte d'un coup, redescend peu à peu
    pauses.append(pause)

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.2))
ax.step(range(len(latences)), latences, where="post", color="#95a5a6", label="temps de réponse")
ax.plot(pauses, color="#c0392b", label="pause d'AutoThrottle")
ax.set_xlabel("numéro de la requête")
ax.set_ylabel("secondes")
ax.set_title("La pause monte d'un coup, et redescend peu à peu", loc="left")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# **Le cache HTTP.** Pendant que vous mettez au point vos sélecteurs, vous relancez dix fois le
# spider sur les mêmes pages. Avec `HTTPCACHE_ENABLED = True`, seule la première fois touche le
# site. Pensez à le couper pour la vraie récolte : un cache sans date de péremption (c'est le cas
# par défaut, `HTTPCACHE_EXPIRATION_SECS = 0`) vous rendrait les pages d'hier.

# %% [markdown]
# ## 4. Trois sortes de pannes
#
# Le web d'entraînement imprime un journal où chaque article tombe en panne à sa façon. Toutes ces
# pannes se rangent dans trois familles, et chacune appelle un autre geste :
#
# | famille | exemples | que faire |
# |---|---|---|
# | passagère | 429, 500, 503, connexion coupée | réessayer, peu, après une pause |
# | durable | 404, 410, boucle de redirections | renoncer, et le **compter** |
# | fausse réussite | 200 et page de blocage, page vide, « n'existe pas » | la **reconnaître** |
#
# Le spider suivant en rencontre quelques-unes. `errback` reçoit ce que `parse` ne verra jamais.

# %%
%%writefile pannes_spider.py
import scrapy

from lab import workspace

ADRESSES = ("erreur-500", "coupure", "panne-500", "introuvable-404", "fausse-404", "rebonds")


class PannesSpider(scrapy.Spider):
    """Quelques pages qui ne se laissent pas lire."""

    name = "pannes"
    custom_settings = {
        "USER_AGENT": "pannes-spider/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0.05,  # le site est le vôtre ; une seconde au moins, ailleurs
        "RETRY_TIMES": 2,  # deux essais de plus que le premier
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }

    async def start(self):
        for nom in ADRESSES:
            adresse = f"{workspace.practice_url()}/pannes/{nom}/"
            yield scrapy.Request(adresse, callback=self.parse, errback=self.perdu)

    def parse(self, response):
        yield {"chemin": response.url.split("/")[4], "titre": response.css("h1::text").get()}

    def perdu(self, failure):
        self.crawler.stats.inc_value("perdus")
        self.logger.info("Perdu : %s", failure.request.url)

# %%
comptes, fiches = lancer("pannes_spider.py")
for fiche in sorted(fiches, key=lambda une: une["chemin"]):
    print(f"{fiche['chemin']:12} {fiche['titre']}")

# %% [markdown]
# Regardez bien la liste : une « fiche » est en réalité une page d'erreur. Elle est arrivée avec un
# code 200, donc Scrapy l'a crue bonne, et elle irait tout droit dans vos bases. Les comptes, eux,
# racontent le reste :

# %%
montrer(comptes, "downloader/request_count", "downloader/response_status", "retry/", "perdus",
        "item_scraped_count", "finish_reason")  # fmt: skip

# %% [markdown]
# * `retry/count` : les nouveaux essais. Quelques-uns sont la vie normale ; beaucoup disent que vous
#   allez trop vite ;
# * `retry/max_reached` : les pages **abandonnées** après tous les essais. C'est une perte ;
# * `downloader/response_status_count/404` : les liens morts ;
# * `finish_reason` : `finished` si tout a été visité ; `closespider_…`, `shutdown`, sinon.
#
# **Piège.** Le code de sortie d'un spider qui a perdu la moitié de ses pages est 0. Rien ne
# remplace la lecture des comptes, ou une vérification automatique de ceux-ci.
#
# ### 429 et `Retry-After`
#
# Un site qui répond 429 ou 503 dit souvent **combien** attendre, dans l'en-tête `Retry-After`. Le
# réessai de Scrapy ne lit pas cet en-tête : il remet la requête dans la file, qui repart après la
# pause ordinaire. La valeur a deux formes : des secondes (`120`), ou une date
# (`Sat, 21 Nov 2026 14:00:00 GMT`). Le projet `newscrawler` a une garde pour cela ; vous en écrirez
# le cœur dans un exercice. La bibliothèque standard lit ces dates :

# %%
from email.utils import parsedate_to_datetime

retour = parsedate_to_datetime("Sat, 21 Nov 2026 14:00:00 GMT")
print(retour, "en secondes depuis 13 h 59 :", (retour - retour.replace(hour=13, minute=59)).seconds)

# %% [markdown]
# ### Reconnaître une fausse réussite
#
# Deux façons. Chercher les **signes d'échec** (un titre « Accès refusé », un corps vide) : facile,
# mais le site changera ses mots, et un vrai article peut s'intituler ainsi. Exiger une **preuve de
# réussite** : la page d'un article contient un bloc JSON-LD `NewsArticle` avec un titre. La preuve
# est plus sûre : tout ce qui ne la montre pas est écarté, y compris ce que vous n'aviez pas prévu.

# %% [markdown]
# ## 5. Écrire un middleware de téléchargement
#
# Un middleware est une classe ordinaire. Ses méthodes sont facultatives, et leur **valeur de
# retour** décide de la suite :
#
# | méthode | rendre… | et alors |
# |---|---|---|
# | `process_request(request)` | `None` | la requête continue vers le site |
# | | une `Response` | le site n'est pas sollicité (c'est ce que fait le cache) |
# | `process_response(request, response)` | la `Response` | elle remonte vers le spider |
# | | une `Request` | la réponse est jetée, la requête repart |
# | | lever `IgnoreRequest` | la page est perdue, `errback` est appelé |
#
# On le branche par `DOWNLOADER_MIDDLEWARES = {"mon.module.MaClasse": 560}` : plus le nombre est
# grand, plus on est près du site. Exemple : une page **vide** est redemandée une fois.

# %%
from scrapy.http import HtmlResponse, Request


class PageVide:
    """Redemande une fois une page vide."""

    def process_response(self, request, response):
        if response.body or request.meta.get("deja_vide"):
            return response
        meta = {**request.meta, "deja_vide": True}
        return request.replace(meta=meta, dont_filter=True)


garde = PageVide()
demande = Request("http://exemple.test/page")
bis = garde.process_response(demande, HtmlResponse(demande.url, body=b""))
print(type(bis).__name__, bis.meta, bis.dont_filter)
print(type(garde.process_response(bis, HtmlResponse(bis.url, body=b"voici"))).__name__)

# %% [markdown]
# Nul besoin d'un site pour l'essayer : on lui donne des requêtes et des réponses fabriquées. Deux
# détails comptent. Sans `dont_filter=True`, le filtre des doublons écarterait la requête, déjà vue.
# Et `meta` voyage avec la requête : c'est là que se note le nombre d'essais, sans quoi la page vide
# serait redemandée **pour toujours**.

# %% [markdown]
# ## 6. Les pièges sans fin
#
# L'agenda du web d'entraînement a un lien « mois suivant » sur chaque page, même quand il ne se
# passe plus rien. `rel="next"` existe toujours : la règle « suivre jusqu'à la dernière page » ne
# s'arrête jamais.

# %%
%%writefile agenda_spider.py
import scrapy

from lab import workspace


class AgendaSpider(scrapy.Spider):
    """Les mois de l'agenda, et le nombre de leurs événements."""

    name = "agenda"
    custom_settings = {
        "USER_AGENT": "agenda-spider/1.0 (exercice de cours)",
        "ROBOTSTXT_OBEY": True,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }

    async def start(self):
        yield scrapy.Request(f"{workspace.practice_url()}/agenda/")

    def parse(self, response):
        yield {
            "mois": response.css("h1::text").get(),
            "evenements": len(response.css("a.evenement")),
        }
        yield from response.follow_all(css='a[rel="next"]')

# %% [markdown]
# Trois garde-fous, du plus grossier au plus fin : `CLOSESPIDER_PAGECOUNT` (tant de pages en tout),
# `DEPTH_LIMIT` (tant de liens depuis le départ), et une **règle qui a du sens** dans le spider.

# %%
comptes, fiches = lancer("agenda_spider.py", "-s", "DEPTH_LIMIT=8")
for fiche in fiches:
    print(f"{fiche['mois']:16} {fiche['evenements']}")
montrer(comptes, "request_depth_max", "finish_reason")

# %% [markdown]
# Avec une profondeur de 8, le robot s'est arrêté… et il a sans doute manqué des mois. Le bon
# critère n'est pas « combien de pages » mais « **ai-je encore appris quelque chose ?** » :
# s'arrêter après quelques mois vides de suite. Un seul ne suffit pas : relisez la liste ci-dessus.
# Le compteur se passe d'une page à l'autre par `cb_kwargs`.
#
# Autres pièges de la même famille : les filtres qui se combinent (`?tri=prix&filtre=bleu&…`), un
# identifiant de session glissé dans l'adresse, un lien caché aux humains, que `robots.txt`
# interdit.

# %% [markdown]
# ## 7. Se connecter
#
# Un formulaire contient des champs cachés, dont un **jeton CSRF** tiré à chaque visite et lié à un
# cookie. On fait comme le navigateur : lire **tous** les champs du formulaire reçu, y mettre les
# siens, et envoyer le tout à l'adresse que dit `action`. `FormRequest` s'occupe de l'encodage.

# %%
from scrapy.http import FormRequest

page = HtmlResponse(
    "https://exemple.test/connexion",
    encoding="utf-8",
    body="""<form method="post" action="/entrer"><input type="hidden" name="jeton" value="a1b2">
    <input name="nom"><input name="secret" type="password"></form>""",
)
formulaire = page.css("form")
champs = {un.attrib["name"]: un.attrib.get("value", "") for un in formulaire.css("input[name]")}
print("dans la page :", champs)

envoi = FormRequest(
    page.urljoin(formulaire.attrib["action"]),
    method="POST",
    formdata={**champs, "nom": "lectrice", "secret": "mer & phare"},
    dont_filter=True,  # l'adresse du formulaire est souvent celle de la page, déjà vue
)
print(envoi.method, envoi.url)
print(envoi.body.decode())

# %% [markdown]
# Le jeton est repris, l'adresse relative complétée, `&` protégé. Il reste à garder
# `COOKIES_ENABLED = True` (le jeton est lié au cookie) et à **vérifier** qu'on est bien entré :
# beaucoup de sites répondent 200 à un mauvais mot de passe.
#
# **Piège.** Une page a souvent plusieurs formulaires, et le premier est la recherche, en haut :
# `css("form")` les désigne tous. Choisissez le bon par ce qu'il contient. En XPath,
# `//form[.//textarea]` désigne celui qui a une grande zone de texte.
#
# Vous lirez souvent `FormRequest.from_response(…)`, qui fait tout cela d'un coup : Scrapy 2.19 le
# signale comme déconseillé, au profit de la bibliothèque `form2request`, qu'emploient les spiders
# `connexion`, `formulaire` et `viewstate`.

# %% [markdown]
# ## 8. La page est vide ? Cherchez l'API
#
# Sur `/bibliotheque/defilement/`, les citations arrivent quand on descend : le HTML n'en contient
# aucune. Avant de lancer un navigateur, ouvrez ses outils (F12, onglet « Réseau ») : le script
# demande ses données quelque part. Ici, la page le dit même dans un attribut.

# %%
import requests
from parsel import Selector

galerie = Selector(requests.get(f"{WEB}/bibliotheque/defilement/", timeout=10).text)
print("citations dans le HTML :", len(galerie.css("article.citation")))
source = galerie.css("#citations::attr(data-source)").get()
print("la source :", source)

donnees = requests.get(WEB + source, timeout=10).json()
print({cle: donnees[cle] for cle in ("page", "pages", "total")})
print(donnees["citations"][0]["auteur"]["nom"], ":", donnees["citations"][0]["texte"])

# %% [markdown]
# Une requête donne dix citations bien rangées, sans rien dessiner. Un navigateur n'est le bon outil que
# si l'API est chiffrée, signée, ou absente.

# %% [markdown]
# ## À retenir
#
# * Le réglage le plus fort gagne : défaut < projet < spider < ligne de commande.
# * AutoThrottle suit la santé du site ; le cache sert à mettre au point, pas à récolter.
# * Passagère : réessayer peu. Durable : compter. Fausse réussite : exiger une preuve.
# * Un middleware décide par ce qu'il rend ; un essai se compte dans `meta`.
# * Devant l'infini, demander « ai-je encore appris quelque chose ? ».
# * Lire `retry/max_reached`, les codes et `finish_reason` après chaque récolte.

# %% [markdown]
# ## 9. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice scrapy-12** ★ Écrivez `effectif(nom, defauts, projet, spider, commande)`. Les quatre
# derniers arguments sont des dictionnaires de réglages (peut-être vides). Elle rend la valeur en
# vigueur du réglage `nom`, ou `None` s'il n'est nulle part. Attention : `0` et `False` sont des
# valeurs.


# %% exercise="scrapy-12"
# >>> solution
#: def effectif(nom, defauts, projet, spider, commande): ...
def effectif(nom, defauts, projet, spider, commande):
    return {**defauts, **projet, **spider, **commande}.get(nom)
# <<< solution


check("scrapy-12", effectif)


# %% wrong="scrapy-12"
def effectif(nom, defauts, projet, spider, commande):  # 0 et False sont écartés
    return commande.get(nom) or spider.get(nom) or projet.get(nom) or defauts.get(nom)


# %% wrong="scrapy-12"
def effectif(nom, defauts, projet, spider, commande):  # l'ordre inverse
    return {**commande, **spider, **projet, **defauts}.get(nom)


# %% wrong="scrapy-12"
def effectif(nom, defauts, projet, spider, commande):  # le projet l'emporte sur le spider
    return {**defauts, **spider, **projet, **commande}.get(nom)


# %% [markdown]
# **Exercice scrapy-13** ★★ Écrivez `attente(valeur, maintenant)` : le nombre de secondes à
# attendre. `valeur` est le contenu de l'en-tête `Retry-After` (des secondes ou une date, en texte),
# ou `None` ; `maintenant` est une date avec fuseau. Rendez `0` si l'en-tête manque, s'il est
# illisible, ou si la date est passée ; et jamais plus de `300` : au-delà, mieux vaut revenir un
# autre jour.


# %% exercise="scrapy-13"
# >>> solution
#: def attente(valeur, maintenant): ...
def attente(valeur, maintenant):
    if valeur is None:
        return 0
    try:
        if valeur.strip().isdecimal():
            secondes = int(valeur)
        else:
            secondes = (parsedate_to_datetime(valeur) - maintenant).total_seconds()
    except ValueError:
        return 0
    return min(max(secondes, 0), 300)
# <<< solution


check("scrapy-13", attente)


# %% wrong="scrapy-13"
def attente(valeur, maintenant):  # oublie la forme « date »
    return min(int(valeur), 300) if valeur and valeur.isdecimal() else 0


# %% wrong="scrapy-13"
def attente(valeur, maintenant):  # une date passée donne un nombre négatif
    if not valeur:
        return 0
    try:
        return min(int(valeur), 300)
    except ValueError:
        pass
    try:
        return min((parsedate_to_datetime(valeur) - maintenant).total_seconds(), 300)
    except ValueError:
        return 0


# %% wrong="scrapy-13"
def attente(valeur, maintenant):  # sans plafond, et un en-tête illisible arrête tout
    if not valeur:
        return 0
    if valeur.isdecimal():
        return int(valeur)
    return max((parsedate_to_datetime(valeur) - maintenant).total_seconds(), 0)


# %% [markdown]
# **Exercice scrapy-14** ★★ Écrivez `est_article(response)` : `True` si la page prouve qu'elle est
# un article, c'est-à-dire si l'un de ses blocs JSON-LD est un objet dont `@type` vaut
# `"NewsArticle"` et dont `headline` n'est pas vide. Tout le reste donne `False`, sans erreur :
# blocage, page vide, JSON mal écrit, et même une image (une `Response` qui n'a pas de texte :
# `isinstance(response, TextResponse)`).


# %% exercise="scrapy-14"
# >>> solution
#: from scrapy.http import TextResponse
#:
#:
#: def est_article(response): ...
from scrapy.http import TextResponse


def est_article(response):
    if not isinstance(response, TextResponse):
        return False
    for bloc in response.css('script[type="application/ld+json"]::text').getall():
        try:
            objet = json.loads(bloc)
        except ValueError:
            continue
        if isinstance(objet, dict) and objet.get("@type") == "NewsArticle":
            if objet.get("headline"):
                return True
    return False
# <<< solution


check("scrapy-14", est_article)


# %% wrong="scrapy-14"
def est_article(response):  # un code 200 ne prouve rien
    return response.status == 200


# %% wrong="scrapy-14"
def est_article(response):  # des signes d'échec au lieu d'une preuve
    return bool(response.body) and b"refus" not in response.body


# %% wrong="scrapy-14"
def est_article(response):  # ne regarde que le premier bloc
    bloc = response.css('script[type="application/ld+json"]::text').get()
    return bool(bloc) and json.loads(bloc).get("@type") == "NewsArticle"


# %% [markdown]
# **Exercice scrapy-15** ★★★ Écrivez la classe `Blocage`, un middleware de téléchargement. Si le
# `<h1>` de la réponse est « Accès refusé », `process_response` rend la requête à refaire (non
# filtrée, avec `meta["blocages"]` augmenté de 1, le reste de `meta` conservé). Si
# `meta["blocages"]` valait déjà 2, elle lève `IgnoreRequest`. Toute autre réponse passe telle
# quelle. (Ici, toute réponse a du texte.)

# %% exercise="scrapy-15"
# >>> solution
#: Blocage = ...
from scrapy.exceptions import IgnoreRequest


class Blocage:
    def process_response(self, request, response):
        if response.css("h1::text").get() != "Accès refusé":
            return response
        fois = request.meta.get("blocages", 0)
        if fois >= 2:
            raise IgnoreRequest("page de blocage")
        return request.replace(meta={**request.meta, "blocages": fois + 1}, dont_filter=True)
# <<< solution


check("scrapy-15", Blocage)


# %% wrong="scrapy-15"
class Blocage:  # insiste pour toujours
    def process_response(self, request, response):
        if response.css("h1::text").get() != "Accès refusé":
            return response
        return request.replace(dont_filter=True)


# %% wrong="scrapy-15"
class Blocage:  # la requête sera écartée comme doublon
    def process_response(self, request, response):
        if response.css("h1::text").get() != "Accès refusé":
            return response
        fois = request.meta.get("blocages", 0)
        if fois >= 2:
            raise IgnoreRequest("page de blocage")
        return request.replace(meta={**request.meta, "blocages": fois + 1})


# %% wrong="scrapy-15"
class Blocage:  # oublie le reste de meta
    def process_response(self, request, response):
        if response.css("h1::text").get() != "Accès refusé":
            return response
        fois = request.meta.get("blocages", 0)
        if fois >= 2:
            raise IgnoreRequest("page de blocage")
        return request.replace(meta={"blocages": fois + 1}, dont_filter=True)


# %% wrong="scrapy-15"
class Blocage:  # cherche les mots partout dans la page
    def process_response(self, request, response):
        if "Accès refusé" not in response.text:
            return response
        fois = request.meta.get("blocages", 0)
        if fois >= 2:
            raise IgnoreRequest("page de blocage")
        return request.replace(meta={**request.meta, "blocages": fois + 1}, dont_filter=True)


# %% [markdown]
# **Exercice scrapy-16** ★★ Combien d'événements l'agenda annonce-t-il en tout, à partir du mois
# d'ouverture (`/agenda/`) ? Arrêtez-vous après trois mois vides **de suite**. Avec le spider ou
# avec `requests`, comme vous voulez.

# %% exercise="scrapy-16"
# >>> solution
from urllib.parse import urljoin

reponse, vides, adresse = 0, 0, f"{WEB}/agenda/"
while vides < 3:
    mois = Selector(requests.get(adresse, timeout=10).text)
    trouves = len(mois.css("a.evenement"))
    reponse += trouves
    vides = 0 if trouves else vides + 1
    adresse = urljoin(adresse, mois.css('a[rel="next"]::attr(href)').get())
# <<< solution
check("scrapy-16", reponse)

# %% wrong="scrapy-16"
reponse = sum(fiche["evenements"] for fiche in fiches)  # arrêté par la profondeur

# %% wrong="scrapy-16"
reponse = 0  # s'arrête au premier mois vide
for fiche in fiches:
    if not fiche["evenements"]:
        break
    reponse += fiche["evenements"]

# %% wrong="scrapy-16"
reponse = len(fiches)  # des mois, pas des événements

# %% [markdown]
# **Exercice scrapy-17** ★★ Écrivez `connexion(response, champs)` : elle rend la requête qui envoie
# le formulaire de connexion de la page, en POST, rempli avec le dictionnaire `champs`. La page peut
# avoir d'autres formulaires ; celui de connexion est le seul à contenir un champ `type="password"`.
# Les champs cachés sont renvoyés tels quels, et la requête échappe au filtre des doublons.


# %% exercise="scrapy-17"
# >>> solution
#: def connexion(response, champs): ...
def connexion(response, champs):
    formulaire = response.xpath('//form[.//input[@type="password"]]')
    trouves = {un.attrib["name"]: un.attrib.get("value", "") for un in formulaire.css("[name]")}
    return FormRequest(
        response.urljoin(formulaire.attrib["action"]),
        method="POST",
        formdata={**trouves, **champs},
        dont_filter=True,
    )
# <<< solution


check("scrapy-17", connexion)


# %% wrong="scrapy-17"
def connexion(response, champs):  # le premier formulaire venu
    formulaire = response.css("form")[0]
    trouves = {un.attrib["name"]: un.attrib.get("value", "") for un in formulaire.css("[name]")}
    adresse = response.urljoin(formulaire.attrib["action"])
    return FormRequest(adresse, method="POST", formdata={**trouves, **champs}, dont_filter=True)


# %% wrong="scrapy-17"
def connexion(response, champs):  # sans les champs cachés
    action = response.xpath('//form[.//input[@type="password"]]/@action').get()
    return FormRequest(response.urljoin(action), formdata=champs, dont_filter=True)


# %% wrong="scrapy-17"
def connexion(response, champs):  # les champs de tous les formulaires de la page
    formulaire = response.xpath('//form[.//input[@type="password"]]')
    trouves = {un.attrib["name"]: un.attrib.get("value", "") for un in response.css("[name]")}
    adresse = response.urljoin(formulaire.attrib["action"])
    return FormRequest(adresse, method="POST", formdata={**trouves, **champs}, dont_filter=True)


# %% wrong="scrapy-17"
def connexion(response, champs):  # écartée comme un doublon
    formulaire = response.xpath('//form[.//input[@type="password"]]')
    trouves = {un.attrib["name"]: un.attrib.get("value", "") for un in formulaire.css("[name]")}
    adresse = response.urljoin(formulaire.attrib["action"])
    return FormRequest(adresse, method="POST", formdata={**trouves, **champs})
