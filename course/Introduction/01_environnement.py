# %% [markdown]
# # L'environnement de travail
#
# **Durée** : 30 minutes. **Prérequis** : savoir lire un peu de Python ; le laboratoire est
# démarré (`./lab up`, ou `docker compose up -d`).
#
# À la fin de ce notebook, vous saurez :
#
# * exécuter un notebook, et dire quel Python l'exécute ;
# * dire ce qui tourne sur votre machine, et à quoi sert chaque service ;
# * vous connecter à n'importe lequel de ces services sans jamais écrire une adresse ni un mot
#   de passe ;
# * suivre un article depuis sa page web jusque dans les quatre bases ;
# * tenir votre dépôt à jour pendant que le cours avance.

# %% [markdown]
# ## 1. Un notebook, en deux minutes
#
# Un notebook est une suite de **cellules** : du texte, comme celle-ci, ou du code. Cliquez dans
# la cellule de code qui suit puis tapez `Maj + Entrée` : elle s'exécute, son résultat apparaît
# dessous, et la cellule suivante est sélectionnée.

# %%
2**10

# %% [markdown]
# Trois choses évitent la plupart des ennuis :
#
# * les cellules partagent leurs variables, **dans l'ordre où vous les avez exécutées**, qui n'est
#   pas forcément celui de la page ;
# * en cas de doute, on repart de zéro : menu *Noyau*, puis *Redémarrer le noyau et exécuter toutes
#   les cellules* ;
# * un notebook que l'on rend doit passer ce test-là de bout en bout, sans erreur.
#
# Le **noyau** (*kernel*) est le programme Python qui exécute les cellules. Lequel est-ce, et avec
# quelles bibliothèques ?

# %%
import sys
from importlib.metadata import version

print("Python", sys.version.split()[0])
print("installé dans", sys.prefix)
for bibliotheque in ("scrapy", "pymongo", "redis", "elasticsearch", "boto3"):
    print(f"{bibliotheque:15}", version(bibliotheque))

# %% [markdown]
# Ces versions sont écrites dans `Pipfile.lock`, à la racine du dépôt : toute la classe a donc
# exactement les mêmes. Pour ajouter une bibliothèque, tapez `pipenv install <bibliothèque>` dans
# un terminal, à la racine du dépôt, plutôt que `pip install` dans une cellule : elle est alors
# inscrite dans `Pipfile` et `Pipfile.lock`, et quiconque reprend votre travail l'obtient aussi.

# %% [markdown]
# ## 2. Ce qui tourne sur votre machine
#
# Le laboratoire lance six services. La commande `lab status` dit, à l'instant où on la tape, s'ils
# répondent et **ce qui tourne vraiment**. Avec `--json`, sa sortie est faite pour un programme :
# profitons-en.

# %%
import json
import subprocess

reponse_de_lab = subprocess.run(
    [sys.executable, "-m", "lab", "status", "--json"], capture_output=True, text=True
)
for service in json.loads(reponse_de_lab.stdout):
    genre = "l'original" if service["real"] else "compatible"
    print(f"{service['name']:14} {service['state']:9} {service['product']} ({genre})")

# %% [markdown]
# | service | rôle | ce qu'on lui demande |
# |---|---|---|
# | `practice` | un web d'entraînement : un journal, une boutique et une bibliothèque inventés | des pages à scraper |
# | `mongo` | base de documents | **la référence** : tout ce qui a été récolté |
# | `elasticsearch` | moteur de recherche | retrouver un texte ; se reconstruit à partir de MongoDB |
# | `redis` | structures de données en mémoire | ce qui a déjà été vu, des compteurs, des files |
# | `s3` | stockage d'objets | l'archive brute, en fichiers compressés |
# | `notebook` | JupyterLab | cette page |
#
# Deux **moteurs** savent les lancer : Docker (les logiciels d'origine, dans des conteneurs) et un
# moteur local, sans Docker. Certains services locaux ne sont pas l'original mais un logiciel
# *compatible* : il comprend les mêmes commandes, à quelques exceptions près que le cours évite ou
# signale. Votre code est le même dans les deux cas.

# %% [markdown]
# ## 3. Se connecter : le contrat d'environnement
#
# Où est MongoDB ? Cela dépend : un autre port si le port habituel est pris, un autre nom de
# machine dans un conteneur, un autre mot de passe chez votre voisine. Un programme qui écrit
# l'adresse en dur ne marche que chez son auteur ; un programme qui écrit le mot de passe finit par
# le publier.
#
# La solution est celle des plateformes professionnelles : les adresses et mots de passe arrivent
# par des **variables d'environnement**, dont seuls les *noms* sont fixés. Voici celles de ce
# notebook ; la fonction `masquer` cache ce qui est secret, faites de même dans vos propres
# affichages.

# %%
import os
import re

NOMS = [
    "MONGO_URL",
    "REDIS_URL",
    "ELASTICSEARCH_URL",
    "PRACTICE_URL",
    "AWS_ENDPOINT_URL",
    "AWS_S3_ENDPOINT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "LAB_BUCKET",
    "WORKSPACE_FILES_PATH",
    "WORKSPACE_TMP_PATH",
]


def masquer(nom, valeur):
    """Cache ce qui est secret : une clé, ou ce qui précède le @ d'une adresse."""
    if "KEY" in nom:
        return "…"
    return re.sub(r"//[^/@]*@", "//…@", valeur)


for nom in NOMS:
    print(f"{nom:22}", masquer(nom, os.environ.get(nom, "(absente)")))

# %% [markdown]
# N'importe quel client s'en contente : `MongoClient(os.environ["MONGO_URL"])`, par exemple. Dans
# un terminal ordinaire, hors de JupyterLab, la ligne `eval "$(./lab env)"` définit les mêmes
# variables.
#
# Pour ne pas répéter ces lignes, le cours fournit le module `workspace`, qui donne des clients
# déjà connectés. C'est lui que nous utiliserons partout.

# %%
from lab import workspace

base = workspace.mongo()  # la base de données « lab » de MongoDB
redis = workspace.redis()
recherche = workspace.elasticsearch()
s3 = workspace.s3()

print("MongoDB        :", base.command("ping")["ok"] == 1.0)
print("Redis          :", redis.ping())
print("Elasticsearch  :", recherche.ping())
print("S3             :", workspace.bucket() in [b["Name"] for b in s3.list_buckets()["Buckets"]])

# %% [markdown]
# ## 4. Un article, de sa page web jusqu'aux quatre bases
#
# Au premier démarrage, le laboratoire a lancé deux **spiders** (des robots de récolte) :
# `gazette`, sur le journal, et `boutique`, sur la boutique. Voici le chemin d'une fiche :
#
# ```
# page web ──▶ spider ──▶ nettoyage ──┬──▶ MongoDB         la référence
#                                     ├──▶ Elasticsearch   l'index de recherche
#                                     ├──▶ Redis           ce qui a déjà été vu
#                                     └──▶ S3              l'archive brute
# ```
#
# Vérifions-le. D'abord la page : prenons l'article le plus récent que connaît MongoDB.

# %%
article = base.articles.find_one(sort=[("published", -1), ("_id", 1)])
for champ in ("_id", "title", "section", "authors", "published", "canonical_url"):
    print(f"{champ:14}", article[champ])

# %% [markdown]
# Comparons avec la page elle-même, demandée au web d'entraînement avec `requests`. L'adresse
# *canonique* (`canonical_url`) est l'adresse officielle de l'article, la même pour tout le monde ;
# son chemin est aussi valable sur le web d'entraînement, où qu'il tourne.

# %%
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup

adresse = workspace.practice_url() + urlsplit(article["canonical_url"]).path
page = requests.get(adresse, timeout=10)
print(page.status_code, page.headers["content-type"], len(page.content), "octets")
print(BeautifulSoup(page.text, "html.parser").h1.get_text())

# %% [markdown]
# ### Un identifiant stable
#
# Le même article, récolté deux fois, ne doit pas apparaître deux fois. Son identifiant ne vient
# donc ni d'un compteur ni de l'heure, mais de son adresse canonique : les 32 premiers chiffres
# hexadécimaux de son empreinte SHA-256. Chacun peut le recalculer.

# %%
import hashlib

identifiant = hashlib.sha256(article["canonical_url"].encode()).hexdigest()[:32]
print(identifiant, identifiant == article["_id"])

# %% [markdown]
# C'est la clé qui relie les quatre bases. **Redis** garde l'ensemble des identifiants rangés : la
# question « l'ai-je déjà vu ? » s'y pose en une fraction de milliseconde.

# %%
print("vu :", bool(redis.sismember("lab:gazette:seen", identifiant)))
print("vus en tout :", redis.scard("lab:gazette:seen"))

# %% [markdown]
# **Elasticsearch** retrouve l'article par ses mots. L'analyse est faite pour le français : les
# mots y sont ramenés à leur racine, si bien que « jardins » trouve aussi « jardin ». Comparez les
# deux nombres :

# %%
for mot in ("jardin", "jardins"):
    trouves = recherche.search(index="articles", query={"match": {"body": mot}}, size=3)
    print(mot, ":", trouves["hits"]["total"]["value"], "articles, dont")
    for resultat in trouves["hits"]["hits"]:
        print("   -", resultat["_source"]["title"])

# %% [markdown]
# Et c'est bien le même document, sous le même identifiant :

# %%
print(recherche.get(index="articles", id=identifiant)["_source"]["title"])

# %% [markdown]
# **S3** range des *objets* (des fichiers) désignés par une *clé*. Chaque récolte y dépose ses
# fiches brutes, une par ligne (*JSON lines*), compressées par gzip.

# %%
objets = s3.list_objects_v2(Bucket=workspace.bucket(), Prefix="crawls/gazette/")["Contents"]
for objet in objets:
    print(f"{objet['Key']:60} {objet['Size']:>8} octets")

# %%
import gzip


def lignes(cle):
    """Les fiches d'un objet de l'archive, une par une."""
    contenu = s3.get_object(Bucket=workspace.bucket(), Key=cle)["Body"].read()
    for ligne in gzip.decompress(contenu).decode("utf-8").splitlines():
        yield json.loads(ligne)


retrouvees = [
    fiche for objet in objets for fiche in lignes(objet["Key"]) if fiche["id"] == identifiant
]
print(len(retrouvees), "ligne :", retrouvees[0]["title"])

# %% [markdown]
# Pourquoi quatre bases et non une seule ? Parce qu'aucune ne fait bien le travail des trois
# autres. La suite du cours les prend une par une.

# %% [markdown]
# ## 5. Votre dépôt, et celui du cours
#
# Votre dépôt est une copie (*fork*) de celui du cours : vous y écrivez, et le cours continue
# d'avancer dans le sien. Dans un terminal, à la racine du dépôt, on déclare une seule fois
# l'adresse du dépôt du cours, sous le nom `basestream`, et la façon de réunir les deux histoires (les
# fusionner) :
#
# ```
# git remote add basestream <adresse du dépôt du cours>
# git config pull.rebase false
# ```
#
# En début de séance, on récupère les nouveautés du cours ; en fin de séance, on enregistre et on
# publie son travail :
#
# ```
# git pull basestream master
#
# git add .
# git commit -m "Mongo : exercices 1 à 5"
# git push origin master
# ```
#
# Si `git pull` annonce un conflit, rien n'est perdu : `git status` nomme les fichiers en cause, et
# `git merge --abort` revient à l'état d'avant. La cellule suivante montre les dépôts que votre
# dossier connaît.

# %%
depots = subprocess.run(["git", "remote", "--verbose"], capture_output=True, text=True)
if depots.returncode != 0:
    print("Ce dossier n'a pas été obtenu par « git clone ».")
else:
    print(masquer("depots", depots.stdout) or "Aucun dépôt distant pour l'instant.")

# %% [markdown]
# ## À retenir
#
# * Un notebook se juge à *Redémarrer et tout exécuter* : l'ordre de la page est le seul qui compte.
# * Les bibliothèques viennent de `Pipfile.lock`, jamais d'un `pip install` dans une cellule.
# * Les adresses et les mots de passe viennent de l'environnement, jamais du code.
# * Un identifiant **calculé** depuis l'adresse canonique relie les quatre bases, et rend toute
#   récolte répétable.
#
# ## 6. Exercices
#
# Pour chacun, remplacez les `...` par une expression qui **calcule** la réponse. La dernière ligne
# la vérifie : elle dit si c'est juste, et sinon ce qui ne va pas. Relancez autant de fois que vous
# voulez.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice intro-01** ★ Combien la base MongoDB contient-elle de produits de la boutique ? (Ils sont
# dans la collection `products`.)

# %% exercise="intro-01"
# >>> solution
reponse = base.products.count_documents({})
# <<< solution
check("intro-01", reponse)

# %% wrong="intro-01"
reponse = base.articles.count_documents({})

# %% wrong="intro-01"
reponse = base.products.count_documents({"availability": "InStock"})

# %% [markdown]
# **Exercice intro-02** ★ L'ensemble Redis `lab:boutique:seen` a-t-il autant d'éléments que la
# collection `products` a de documents ? La réponse est `True` ou `False`.

# %% exercise="intro-02"
# >>> solution
reponse = redis.scard("lab:boutique:seen") == base.products.count_documents({})
# <<< solution
check("intro-02", reponse)

# %% wrong="intro-02"
reponse = redis.scard("lab:gazette:seen") == base.products.count_documents({})

# %% wrong="intro-02"
reponse = redis.scard("lab:boutique:seen")

# %% [markdown]
# **Exercice intro-03** ★ Combien d'articles contiennent le mot « montagne », ou un mot de même
# racine, dans leur texte (`body`) selon Elasticsearch ?

# %% exercise="intro-03"
# >>> solution
trouves = recherche.search(index="articles", query={"match": {"body": "montagne"}})
reponse = trouves["hits"]["total"]["value"]
# <<< solution
check("intro-03", reponse)

# %% wrong="intro-03"
trouves = recherche.search(index="articles", query={"match": {"body": "montagne"}})
reponse = len(trouves["hits"]["hits"])  # la première page de résultats seulement

# %% wrong="intro-03"
reponse = base.articles.count_documents({"body": {"$regex": "montagn", "$options": "i"}})

# %% [markdown]
# **Exercice intro-04** ★★ Quelle place occupe l'archive, en octets : tous les objets du bucket dont
# la clé commence par `crawls/` ? (La fonction `sum` est votre amie. Une liste S3 vient par pages de
# 1 000 objets au plus : `s3.get_paginator("list_objects_v2").paginate(…)` les donne l'une après
# l'autre.)

# %% exercise="intro-04"
# >>> solution
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=workspace.bucket(), Prefix="crawls/")
reponse = sum(objet["Size"] for page_s3 in pages for objet in page_s3.get("Contents", []))
# <<< solution
check("intro-04", reponse)

# %% wrong="intro-04"
reponse = sum(objet["Size"] for objet in objets)  # le journal seul

# %% wrong="intro-04"
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=workspace.bucket(), Prefix="crawls/")
reponse = sum(page_s3["KeyCount"] for page_s3 in pages)  # des objets, pas des octets

# %% [markdown]
# **Exercice intro-05** ★ L'API JSON du web d'entraînement répond à l'adresse
# `workspace.practice_url() + "/api/articles"`. Combien d'articles annonce-t-elle (`total`) ?

# %% exercise="intro-05"
# >>> solution
reponse = requests.get(workspace.practice_url() + "/api/articles", timeout=10).json()["total"]
# <<< solution
check("intro-05", reponse)

# %% wrong="intro-05"
reponse = len(requests.get(workspace.practice_url() + "/api/articles", timeout=10).json()["items"])

# %% wrong="intro-05"
reponse = requests.get(workspace.practice_url() + "/api/articles", timeout=10).json()["pages"]
