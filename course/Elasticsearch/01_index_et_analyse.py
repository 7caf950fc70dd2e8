# %% [markdown]
# # L'index inversé, les mappings et l'analyse du français
#
# **Durée** : 60 minutes. **Prérequis** : le chapitre *Mongo* (documents, CRUD) ; les dictionnaires de
# Python.
#
# À la fin de ce notebook, vous saurez :
#
# * expliquer pourquoi un moteur de recherche répond vite : l'**index inversé** ;
# * écrire un **mapping** : `text` ou `keyword`, dates, multi-champs, modèles dynamiques ;
# * ranger des documents un par un, puis par milliers (*bulk*), et voir ceux qui sont refusés ;
# * suivre un texte dans la chaîne d'**analyse**, et bâtir un analyseur pour le français : élisions,
#   mots vides, racines, accents, synonymes.

# %% [markdown]
# ## 1. Pourquoi un moteur de recherche ?
#
# Le journal a mille articles, et quelqu'un tape « logement » dans la case de recherche. Les requêtes
# de MongoDB comparent des valeurs exactes ; pour trouver un mot *dans* un texte, une expression
# régulière relit tous les articles. Elle ne dit ni lequel des articles trouvés est **le plus
# pertinent**, ni que « chevaux » est le même mot que « cheval ». (MongoDB a bien un index textuel, mais
# sommaire ; la recherche est ici le métier même du serveur.)
#
# Un livre a résolu la question depuis longtemps : l'**index** de ses dernières pages. On y cherche un
# mot, on y lit les pages. Un moteur de recherche fait de même avec ses documents, et appelle cela un
# **index inversé** : au lieu d'aller du document vers ses mots, on va du mot vers ses documents.
#
# ```mermaid
# flowchart LR
#   D1["doc 0 : Le vélo en ville"] --> A[analyse]
#   D2["doc 1 : La ville en débat"] --> A
#   A --> I["vélo → 0<br/>ville → 0, 1<br/>débat → 1"]
#   Q["question : ville"] --> B[même analyse] --> I --> R["documents 0 et 1"]
# ```
#
# En voici un, entier, en quelques lignes :

# %%
import re
from collections import defaultdict

titres = ["Le vélo en ville", "La ville en débat", "Le débat sur le vélo, un an après"]
inverse = defaultdict(set)
for numero, titre in enumerate(titres):
    for mot in re.findall(r"\w+", titre.lower()):
        inverse[mot].add(numero)

for mot in ("vélo", "ville", "débat", "Vélo", "vélos"):
    print(f"{mot:8}", sorted(inverse.get(mot, ())))

# %% [markdown]
# Chercher « vélo **et** débat », c'est croiser deux ensembles : aucun texte n'est relu. Mais voyez les
# deux dernières lignes : « Vélo » et « vélos » ne trouvent rien. Toute la qualité d'une recherche est
# dans ce qui **transforme le texte en termes** : l'analyse. Nous y venons, après avoir fait
# connaissance avec le serveur.

# %%
from lab import datasets, workspace

es = workspace.elasticsearch()
moteur_local = "lab" in es.info()  # le moteur sans Docker le dit dans sa réponse
if moteur_local:
    print("moteur local : osmem, compatible avec Elasticsearch (le vrai : ./lab up --docker)")
else:
    print("Elasticsearch", es.info()["version"]["number"])

for nom in ("articles", "products"):
    print(f"{nom:9}", es.count(index=nom)["count"], "documents")

# %% [markdown]
# | MongoDB | Elasticsearch | |
# |---|---|---|
# | collection | **index** | contient des documents JSON |
# | (schéma facultatif) | **mapping** | le type de chaque champ, et comment il est indexé |
# | index sur un champ | rien à demander | tous les champs du mapping sont indexés |
# | base de référence | index **dérivé** | se reconstruit depuis la base : `./lab reindex` |
#
# La dernière ligne compte : ici, MongoDB détient la vérité, Elasticsearch la rend trouvable.

# %% [markdown]
# ## 2. Le mapping : dire ce que sont les champs
#
# Le même texte peut être rangé de deux façons, et c'est **la** décision à prendre :
#
# | type | l'index contient | bon pour |
# |---|---|---|
# | `text` | les **termes** issus de l'analyse | chercher des mots |
# | `keyword` | la valeur **entière**, telle quelle | filtrer, trier, compter, regrouper |
#
# Un titre se cherche *et* se trie : il lui faut les deux. C'est un **multi-champ** : un champ `text`
# avec un sous-champ `keyword`. Regardons le mapping des articles.

# %%
(reponse_serveur,) = es.indices.get_mapping(index="articles").body.values()
champs = reponse_serveur["mappings"]["properties"]
for nom in ("title", "authors", "section", "tags", "published", "body"):
    sous_champs = ", ".join(f"{nom}.{sous}" for sous in champs[nom].get("fields", {}))
    analyseur = champs[nom].get("analyzer", "")
    print(f"{nom:10} {champs[nom]['type']:8} {analyseur:7} {sous_champs}")

# %% [markdown]
# `tags` est une liste, et pourtant son type est `keyword` : dans Elasticsearch, tout champ peut porter
# plusieurs valeurs, il n'y a pas de type « liste ».
#
# Créons notre propre index. Il est vidé d'abord, pour que le notebook donne chaque fois le même
# résultat.

# %%
def index_neuf(nom, mappings=None, analysis=None):
    """Crée un index vide, à la place de l'ancien s'il existait."""
    es.options(ignore_status=404).indices.delete(index=nom)
    reglages = {"number_of_shards": 1, "number_of_replicas": 0}
    if analysis:
        reglages["analysis"] = analysis
    es.indices.create(index=nom, settings=reglages, mappings=mappings or {})


# L'index de l'exercice 03 : ce notebook part de rien à chaque exécution.
es.options(ignore_status=404).indices.delete(index="elastic01_films")

index_neuf(
    "elastic01_carnet",
    {
        "dynamic": "strict",
        "properties": {
            "titre": {
                "type": "text",
                "analyzer": "french",
                "fields": {"brut": {"type": "keyword"}},
            },
            "ville": {"type": "keyword"},
            "jour": {"type": "date", "format": "yyyy-MM-dd||dd/MM/yyyy"},
            "prix": {"type": "float"},
        },
    },
)

# %% [markdown]
# ### Créer, lire, modifier, supprimer
#
# `index` range (et remplace) ; `create` refuse si l'identifiant est pris ; `update` modifie quelques
# champs. Chaque écriture augmente `_version`.

# %%
from elasticsearch import ApiError, BadRequestError, ConflictError

sortie = {"titre": "Marché aux livres", "ville": "Lyon", "jour": "21/11/2026", "prix": 0}
print(es.index(index="elastic01_carnet", id="a", document=sortie)["result"])
print(es.index(index="elastic01_carnet", id="a", document=sortie)["result"])
print(es.update(index="elastic01_carnet", id="a", doc={"prix": 2.5})["_version"])
try:
    es.create(index="elastic01_carnet", id="a", document=sortie)
except ConflictError as erreur:
    print("refusé :", erreur.status_code)

fiche = es.get(index="elastic01_carnet", id="a")
print(fiche["_version"], fiche["_source"])
print("il y a un b ?", bool(es.exists(index="elastic01_carnet", id="b")))

# %% [markdown]
# `"dynamic": "strict"` refuse un champ inconnu, et un type ne se force pas : l'erreur se voit tout de
# suite, au lieu de rester cachée jusqu'au jour de la recherche.

# %%
for mauvaise in ({"titre": "Concert", "vile": "Brest"}, {"titre": "Concert", "prix": "gratuit"}):
    try:
        es.index(index="elastic01_carnet", document=mauvaise)
    except BadRequestError as erreur:
        print("refusé :", erreur.status_code, mauvaise)

# %% [markdown]
# > **Piège** : une écriture n'est pas *cherchable* tout de suite. Elasticsearch rend les nouveautés
# > visibles une fois par seconde environ (le *refresh*). `get` par identifiant les voit aussitôt,
# > `search` non. Dans un test ou un notebook, demandez `refresh=True` à la dernière écriture ; dans une
# > récolte de millions de fiches, surtout pas à chacune.
#
# > **Piège** : le type d'un champ ne se change pas. On crée un autre index et l'on y copie les
# > documents : ce sera l'objet du troisième notebook.

# %% [markdown]
# ### Sans mapping, le moteur devine
#
# Un index sans mapping accepte tout et déduit les types du **premier** document. C'est commode une
# heure, et coûteux ensuite : voyez ce qu'il fait d'un code postal écrit comme un nombre.

# %%
index_neuf("elastic01_devine")
es.index(
    index="elastic01_devine",
    document={"nom": "Ondine", "code_postal": 1000, "ouvert": True, "depuis": "2019-04-01"},
    refresh=True,
)


def types(nom):
    """Affiche le type de chaque champ d'un index, et ses sous-champs."""
    (reponse_serveur,) = es.indices.get_mapping(index=nom).body.values()
    for champ, detail in sorted(reponse_serveur["mappings"].get("properties", {}).items()):
        sous = {sous: un["type"] for sous, un in detail.get("fields", {}).items()}
        print(f"{champ:12} {detail['type']:8} {detail.get('analyzer', ''):8}", sous or "")


types("elastic01_devine")

# %% [markdown]
# Bourg-en-Bresse (« 01000 ») a perdu son zéro, et le nom est devenu `text` *plus* `keyword`, sans
# analyse française. Un **modèle dynamique** (*dynamic template*) donne vos règles à la devinette : le
# premier modèle qui convient l'emporte.

# %%
index_neuf(
    "elastic01_modele",
    {
        "dynamic_templates": [
            {"codes": {"match": "code_*", "mapping": {"type": "keyword"}}},
            {
                "textes": {
                    "match_mapping_type": "string",
                    "mapping": {"type": "text", "analyzer": "french"},
                }
            },
        ]
    },
)
es.index(
    index="elastic01_modele",
    document={"nom": "Ondine", "code_postal": "01000", "avis": "De belles chaussures"},
    refresh=True,
)
types("elastic01_modele")

# %% [markdown]
# ## 3. Ranger beaucoup : `bulk`
#
# Un aller-retour par document, c'est le réseau qui travaille. `helpers.bulk` groupe les écritures : on
# lui donne un générateur d'**actions**, il envoie des paquets. Toujours avec un `_id` à vous : relancer
# ne crée pas de doublon.

# %%
from elasticsearch import helpers

index_neuf(
    "elastic01_videos",
    {"properties": {"titre": {"type": "text", "analyzer": "french"}, "duree": {"type": "integer"}}},
)
videos = datasets.load("videos", 500)
actions = (
    {
        "_index": "elastic01_videos",
        "_id": video["_id"],
        "titre": video["titre"],
        "duree": video["duree"],
    }
    for video in videos
)
rangees, refus = helpers.bulk(es, actions, raise_on_error=False, refresh=True)
print(rangees, "rangées,", len(refus), "refusées")
for un_refus in refus[:3]:
    print("  ", un_refus["index"]["_id"], un_refus["index"]["status"])

# %% [markdown]
# Les données sont sales exprès : quelques durées sont des textes comme « 12:34 », qui ne sont pas des
# entiers. Un *bulk* n'est **pas** une transaction : les bons documents sont passés, les autres sont
# dans la liste des refus. Par défaut (`raise_on_error=True`), `helpers.bulk` lève `BulkIndexError` ;
# ne jetez jamais cette liste sans la lire.

# %% [markdown]
# ## 4. L'analyse : du texte aux termes
#
# Un **analyseur** est une chaîne de trois sortes de maillons :
#
# ```mermaid
# flowchart LR
#   T["« L'équipe d'Angers et ses chevaux »"] --> C["char_filter<br/>(nettoie les caractères)"]
#   C --> K["tokenizer<br/>(coupe en mots)"] --> F["filter, filter…<br/>(minuscules, élisions, racines…)"]
#   F --> R["equip · ang · cheval"]
# ```
#
# Il sert **deux fois** : quand un document est indexé, et quand une question est posée. Si les deux
# analyses diffèrent, les termes ne se rencontrent pas. L'interface `_analyze` montre ce qui sort de la
# chaîne ; c'est elle qu'il faut interroger quand « ça ne trouve pas ».

# %%
def termes(texte, **analyse):
    """Les termes que l'analyse demandée tire d'un texte."""
    return [jeton["token"] for jeton in es.indices.analyze(text=texte, **analyse)["tokens"]]


phrase = "L'équipe d'Angers a joué avec les chevaux à Montpellier"
for analyseur in ("whitespace", "standard", "french"):
    print(f"{analyseur:11}", termes(phrase, analyzer=analyseur))

# %% [markdown]
# `standard` coupe bien, mais garde `l'équipe` en un seul terme. `french` a fait trois choses de plus.
# Reconstruisons-le maillon par maillon :

# %%
ELISION = {
    "type": "elision",
    "articles_case": True,
    "articles": ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu"],
}
etapes = [
    ("coupe", []),
    ("élisions", [ELISION]),
    ("minuscules", ["lowercase"]),
    ("mots vides", [{"type": "stop", "stopwords": ["a", "à", "avec", "d", "de", "la", "les"]}]),
    ("racines", [{"type": "stemmer", "language": "light_french"}]),
]
filtres = []
for nom, nouveaux in etapes:
    filtres += nouveaux
    print(f"{nom:11}", termes(phrase, tokenizer="standard", filter=filtres))

# %% [markdown]
# * **Élision** (`elision`) : `l'équipe` → `équipe`. Sans elle, « équipe » ne trouve pas « l'équipe ».
# * **Mots vides** (`stop`) : présents partout, ils ne distinguent aucun document.
# * **Racine** (`stemmer`) : `chevaux` et `cheval` donnent le même terme. Une racine n'est pas un mot du
#   dictionnaire (« Angers » devient `ang`) : elle doit seulement être **la même** pour les formes d'un
#   même mot.
#
# Trois réglages du français : `light_french` (léger, celui de l'analyseur `french`), `french` (Snowball,
# plus énergique), `minimal_french` (guère que les pluriels). Aucun ne connaît le français : ce sont des
# règles sur les fins de mots, qui rapprochent parfois trop, parfois pas assez. Comparez :

# %%
mots = "municipaux municipal organisation organiser joueurs jouer"
for langue in ("light_french", "french"):
    filtres = ["lowercase", {"type": "stemmer", "language": langue}]
    print(f"{langue:13}", termes(mots, tokenizer="standard", filter=filtres))

# %% [markdown]
# ### Notre analyseur
#
# On le déclare dans les **réglages** de l'index, puis un champ le nomme. Celui-ci ne se soucie plus des
# accents : qui tape vite écrit « hopital ».

# %%
index_neuf(
    "elastic01_sans_accent",
    {"properties": {"titre": {"type": "text", "analyzer": "sans_accent"}}},
    {
        "analyzer": {
            "sans_accent": {"tokenizer": "standard", "filter": ["lowercase", "asciifolding"]}
        }
    },
)
es.index(index="elastic01_sans_accent", document={"titre": "L’hôpital à Sète"}, refresh=True)
for question in ("SETE", "Sète", "sètes"):
    trouves = es.count(index="elastic01_sans_accent", query={"match": {"titre": question}})
    jetons = termes(question, index="elastic01_sans_accent", field="titre")
    print(f"{question:5}", trouves["count"], jetons)

# %% [markdown]
# « Sètes » ne trouve rien : il n'y a pas de racines dans cette chaîne.
#
# ### Les synonymes
#
# « Bicyclette » doit trouver « vélo ». Le filtre `synonym_graph` remplace ou ajoute des termes ; on le
# met de préférence dans l'analyse des **questions** (`search_analyzer`) : la liste peut alors changer
# sans réindexer, et l'index reste petit.

# %%
SYNONYMES = {"type": "synonym_graph", "synonyms": ["vélo, bicyclette", "ter => train"]}
print(sorted(termes("Une bicyclette", tokenizer="standard", filter=["lowercase", SYNONYMES])))
print(termes("Le TER de nuit", tokenizer="standard", filter=["lowercase", SYNONYMES]))

analyse_francaise = {
    "filter": {
        "elisions": ELISION,
        "synonymes": SYNONYMES,
        "mots_vides": {"type": "stop", "stopwords": "_french_"},
        "racines": {"type": "stemmer", "language": "light_french"},
    },
    "analyzer": {
        "fr_index": {
            "tokenizer": "standard",
            "filter": ["elisions", "lowercase", "mots_vides", "racines"],
        },
        "fr_question": {
            "tokenizer": "standard",
            "filter": ["elisions", "lowercase", "mots_vides", "racines", "synonymes"],
        },
    },
}
texte_francais = {"type": "text", "analyzer": "fr_index", "search_analyzer": "fr_question"}
try:
    index_neuf("elastic01_francais", {"properties": {"titre": texte_francais}}, analyse_francaise)
    es.index(index="elastic01_francais", document={"titre": "L'essor du vélo"}, refresh=True)
    for question in ("bicyclettes", "essor", "TER"):
        trouves = es.count(index="elastic01_francais", query={"match": {"titre": question}})
        print(f"{question:12}", trouves["count"])
except ApiError:
    if not moteur_local:
        raise
    print("Moteur local : pas d'élision ni de synonymes à l'indexation (./lab up --docker les a).")

# %% [markdown]
# Sans Docker, la dernière ligne le dit : le moteur local sait *montrer* ces filtres avec `_analyze`,
# mais ne les appliquerait pas en indexant ; plutôt que de mentir, il refuse. L'analyseur `french` tout
# fait, lui, traite les élisions partout.
#
# > **Piège** : l'**ordre** des filtres. Elasticsearch fait passer les règles de synonymes par les filtres
# > qui les **précèdent** : après les racines, la règle « bicyclette » rencontre aussi « bicyclettes » ;
# > avant les racines, non ; avant `lowercase`, elle manque même « Bicyclette ». De même, des mots vides en
# > minuscules laissent passer « Les » s'ils sont avant `lowercase`.
#
# > **Piège** : `term` n'analyse **pas** la question. `{"term": {"title": "Élections"}}` sur un champ
# > `text` cherche le terme « Élections », qui n'y est jamais : l'index contient sa racine en minuscules.

# %%
for question in (
    {"term": {"title": "Élections"}},
    {"match": {"title": "Élections"}},
    {"term": {"tags": "Élections"}},
):
    print(es.count(index="articles", query=question)["count"], question)

# %% [markdown]
# ## À retenir
#
# * Un **index inversé** va du terme aux documents ; chercher, c'est croiser des listes.
# * `text` pour chercher des mots, `keyword` pour filtrer, trier, compter ; un multi-champ fait les deux.
# * Un mapping s'écrit avant le premier document, et ne se corrige qu'en réindexant.
# * `helpers.bulk` pour écrire ; la liste des refus se lit.
# * « Ça ne trouve pas » ? Comparez, avec `_analyze`, les termes du document et ceux de la question.

# %% [markdown]
# ## 5. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice elastic-01** ★★ Écrivez `index_inverse(textes)` : elle reçoit une liste de textes et rend un
# dictionnaire dont les clés sont les mots en minuscules (au sens de `\w+`) et les valeurs la liste
# **croissante et sans répétition** des numéros des textes qui les contiennent.

# %% exercise="elastic-01"
# >>> solution
#: def index_inverse(textes):
#:     ...
#:
#:
def index_inverse(textes):
    trouves = defaultdict(list)
    for numero, texte in enumerate(textes):
        for mot in sorted(set(re.findall(r"\w+", texte.lower()))):
            trouves[mot].append(numero)
    return dict(trouves)


# <<< solution
check("elastic-01", index_inverse)

# %% wrong="elastic-01"
def index_inverse(textes):  # un mot répété compte deux fois
    trouves = defaultdict(list)
    for numero, texte in enumerate(textes):
        for mot in re.findall(r"\w+", texte.lower()):
            trouves[mot].append(numero)
    return dict(trouves)


# %% wrong="elastic-01"
def index_inverse(textes):  # coupe aux espaces : la ponctuation reste collée
    trouves = defaultdict(list)
    for numero, texte in enumerate(textes):
        for mot in set(texte.lower().split()):
            trouves[mot].append(numero)
    return dict(trouves)


# %% [markdown]
# **Exercice elastic-02** ★ Combien de produits (index `products`) sont de la marque « Cap Table »,
# exactement ? Le mapping de `brand` est un multi-champ.

# %% exercise="elastic-02"
# >>> solution
reponse = es.count(index="products", query={"term": {"brand.keyword": "Cap Table"}})["count"]
# <<< solution
check("elastic-02", reponse)

# %% wrong="elastic-02"
reponse = es.count(index="products", query={"match": {"brand": "Cap Table"}})["count"]

# %% wrong="elastic-02"
reponse = es.count(index="products", query={"term": {"brand": "Cap Table"}})["count"]

# %% [markdown]
# **Exercice elastic-03** ★★ Rangez les 1 500 films de `datasets.load("films")` dans l'index
# `elastic01_films`, sous leur propre `_id`, avec ces champs et ces types : `titre` (texte français, avec
# un sous-champ `brut` de type `keyword`), `resume` (texte français), `genres` (`keyword`), `annee`
# (`short`), `note` (`float`). Aucun autre champ.

# %% exercise="elastic-03"
# >>> solution
#: films = datasets.load("films")
#: # index_neuf("elastic01_films", …), puis helpers.bulk(es, …, refresh=True)
films = datasets.load("films")
francais = {"type": "text", "analyzer": "french"}
index_neuf(
    "elastic01_films",
    {
        "properties": {
            "titre": {**francais, "fields": {"brut": {"type": "keyword"}}},
            "resume": francais,
            "genres": {"type": "keyword"},
            "annee": {"type": "short"},
            "note": {"type": "float"},
        }
    },
)
gardes = ("titre", "resume", "genres", "annee", "note")
paquet = (
    {"_index": "elastic01_films", "_id": film["_id"], **{nom: film[nom] for nom in gardes}}
    for film in films
)
print(helpers.bulk(es, paquet, refresh=True))
# <<< solution
check("elastic-03")

# %% wrong="elastic-03"
index_neuf("elastic01_films")  # sans mapping : le moteur devine
paquet = (
    {"_index": "elastic01_films", "_id": film["_id"], **{nom: film[nom] for nom in gardes}}
    for film in films
)
print(helpers.bulk(es, paquet, refresh=True))

# %% wrong="elastic-03"
index_neuf(  # le bon mapping, mais sans _id : le serveur en invente
    "elastic01_films",
    {
        "properties": {
            "titre": {**francais, "fields": {"brut": {"type": "keyword"}}},
            "resume": francais,
            "genres": {"type": "keyword"},
            "annee": {"type": "short"},
            "note": {"type": "float"},
        }
    },
)
paquet = (
    {"_index": "elastic01_films", **{nom: film[nom] for nom in gardes}} for film in films
)
print(helpers.bulk(es, paquet, refresh=True))

# %% [markdown]
# **Exercice elastic-04** ★★ Donnez un mapping (un dictionnaire, à passer en `mappings=`) sans aucune
# `properties`, tel que, quel que soit le document reçu :
#
# * un texte dont le nom de champ commence par `ref_` devienne `keyword` ;
# * tout autre texte devienne `text` analysé par `french`, avec un sous-champ `brut` de type `keyword` ;
# * les nombres et les booléens restent devinés.

# %% exercise="elastic-04"
# >>> solution
reponse = {
    "dynamic_templates": [
        {
            "references": {
                "match": "ref_*",
                "match_mapping_type": "string",
                "mapping": {"type": "keyword"},
            }
        },
        {
            "textes": {
                "match_mapping_type": "string",
                "mapping": {
                    "type": "text",
                    "analyzer": "french",
                    "fields": {"brut": {"type": "keyword"}},
                },
            }
        },
    ]
}
# <<< solution
check("elastic-04", reponse)

# %% wrong="elastic-04"
reponse = {  # le modèle général est le premier : l'autre ne sert jamais
    "dynamic_templates": [
        {
            "textes": {
                "match_mapping_type": "string",
                "mapping": {
                    "type": "text",
                    "analyzer": "french",
                    "fields": {"brut": {"type": "keyword"}},
                },
            }
        },
        {"references": {"match": "ref_*", "mapping": {"type": "keyword"}}},
    ]
}

# %% wrong="elastic-04"
reponse = {"dynamic_templates": [{"references": {"match": "ref_*", "mapping": {"type": "keyword"}}}]}

# %% [markdown]
# **Exercice elastic-05** ★★ Écrivez la partie `analysis` des réglages d'un index (un dictionnaire) qui
# définit un analyseur nommé `tolerant` : il ignore la casse, **les accents et le nombre** (« hopitaux »
# trouve « Hôpital », « SETE » trouve « Sète »), et oublie les mots `le la les de des du`. Racines : le
# *stemmer* de langue `french`.

# %% exercise="elastic-05"
# >>> solution
reponse = {
    "filter": {
        "vides": {"type": "stop", "stopwords": ["le", "la", "les", "de", "des", "du"]},
        "racines": {"type": "stemmer", "language": "french"},
    },
    "analyzer": {
        "tolerant": {
            "tokenizer": "standard",
            "filter": ["lowercase", "vides", "racines", "asciifolding"],
        }
    },
}
# <<< solution
check("elastic-05", reponse)

# %% wrong="elastic-05"
reponse = {  # les accents comptent
    "filter": {
        "vides": {"type": "stop", "stopwords": ["le", "la", "les", "de", "des", "du"]},
        "racines": {"type": "stemmer", "language": "french"},
    },
    "analyzer": {"tolerant": {"tokenizer": "standard", "filter": ["lowercase", "vides", "racines"]}},
}

# %% wrong="elastic-05"
reponse = {  # les mots vides avant les minuscules : « Les » passe
    "filter": {
        "vides": {"type": "stop", "stopwords": ["le", "la", "les", "de", "des", "du"]},
        "racines": {"type": "stemmer", "language": "french"},
    },
    "analyzer": {
        "tolerant": {
            "tokenizer": "standard",
            "filter": ["vides", "lowercase", "racines", "asciifolding"],
        }
    },
}

# %% [markdown]
# **Exercice elastic-06** ★★★ Écrivez la partie `analysis` qui définit l'analyseur `presse` : élisions
# (au moins `l`, `d`, `qu`, quelle que soit la casse), minuscules, synonymes (« sncf » et « cheminots » se
# valent ; « hosto » devient « hôpital » ; qui tape « SNCF » en profite aussi), mots vides du français,
# racines `light_french`. (Sans Docker, la
# forme est vérifiée, mais le moteur local ne peut pas l'essayer : l'exercice reste « non vérifié ».)

# %% exercise="elastic-06"
# >>> solution
reponse = {
    "filter": {
        "elisions": ELISION,
        "synonymes": {
            "type": "synonym_graph",
            "synonyms": ["sncf, cheminots", "hosto => hôpital"],
        },
        "vides": {"type": "stop", "stopwords": "_french_"},
        "racines": {"type": "stemmer", "language": "light_french"},
    },
    "analyzer": {
        "presse": {
            "tokenizer": "standard",
            "filter": ["elisions", "lowercase", "vides", "racines", "synonymes"],
        }
    },
}
# <<< solution
check("elastic-06", reponse)

# %% wrong="elastic-06"
reponse = {
    "filter": {
        "elisions": ELISION,
        "vides": {"type": "stop", "stopwords": "_french_"},
        "racines": {"type": "stemmer", "language": "light_french"},
    },
    "analyzer": {  # pas de synonymes
        "presse": {"tokenizer": "standard", "filter": ["elisions", "lowercase", "vides", "racines"]}
    },
}

# %% wrong="elastic-06"
reponse = {
    "filter": {
        "elisions": ELISION,
        "synonymes": {"type": "synonym_graph", "synonyms": ["sncf, cheminots", "hosto => hôpital"]},
        "vides": {"type": "stop", "stopwords": "_french_"},
        "racines": {"type": "stemmer", "language": "light_french"},
    },
    "analyzer": {  # les synonymes avant les minuscules : « SNCF » ne les rencontre pas
        "presse": {
            "tokenizer": "standard",
            "filter": ["elisions", "synonymes", "lowercase", "vides", "racines"],
        }
    },
}
