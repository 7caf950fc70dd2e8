# %% [markdown]
# # Agréger, paginer, publier : une page de recherche
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *Chercher, classer, expliquer*.
#
# À la fin de ce notebook, vous saurez :
#
# * résumer des milliers de documents avec des **agrégations** (valeurs, dates, statistiques, filtres) ;
# * interroger des objets imbriqués (`nested`) sans mélanger leurs champs ;
# * parcourir un grand résultat avec `search_after` ;
# * changer un mapping **sans coupure**, grâce à un alias ;
# * construire une page de recherche : facettes, extraits surlignés, pages, et rien qui casse quand
#   quelqu'un tape n'importe quoi ;
# * dire à quoi sert **Kibana**, et l'ouvrir.

# %% [markdown]
# ## 1. Les agrégations
#
# À gauche de toute page de boutique, il y a des **facettes** : « Jardin (30) », « moins de 50 € (117) ».
# Ce sont des agrégations : un calcul sur **tous** les documents qui répondent, pas sur les dix affichés.
# `size=0` dit que l'on ne veut qu'elles.
#
# | famille | agrégation | rend |
# |---|---|---|
# | seaux (*buckets*) | `terms` | un seau par valeur d'un `keyword` |
# | | `date_histogram` | un seau par jour, semaine, mois |
# | | `range`, `filters` | un seau par intervalle, par question |
# | mesures (*metrics*) | `avg`, `stats`, `cardinality` | un nombre, ou quelques-uns |
#
# Un seau peut contenir d'autres agrégations : « par catégorie, le prix moyen ».

# %%
from elasticsearch import helpers

from lab import datasets, workspace

es = workspace.elasticsearch()

resume = es.search(
    index="products",
    size=0,
    aggs={
        "categories": {
            "terms": {"field": "category", "size": 20, "order": {"prix.avg": "desc"}},
            "aggs": {
                "prix": {"stats": {"field": "price"}},
                "marques": {"cardinality": {"field": "brand.keyword"}},
            },
        },
        "gammes": {
            "filters": {
                "filters": {
                    "à petit prix": {"range": {"price": {"lt": 50}}},
                    "bien notés": {"range": {"rating": {"gte": 4}}},
                }
            }
        },
    },
)["aggregations"]
for seau in resume["categories"]["buckets"]:
    prix = seau["prix"]
    print(
        f"{seau['key']:12} {seau['doc_count']:3} produits  {seau['marques']['value']:2} marques"
        f"  {prix['min']:7.2f} à {prix['max']:7.2f} €, {prix['avg']:7.2f} en moyenne"
    )
print({nom: seau["doc_count"] for nom, seau in resume["gammes"]["buckets"].items()})

# %% [markdown]
# > **Piège** : on n'agrège ni ne trie un champ `text` (l'index n'en connaît que les termes) : prenez son
# > sous-champ `keyword`. Et `terms` ne rend que **dix** valeurs par défaut : `sum_other_doc_count` compte
# > ce que vous ne voyez pas.

# %% [markdown]
# Le temps se découpe avec `date_histogram`, et se regarde. Les dates sont rangées en temps universel :
# `time_zone` dit où commencent *vos* journées.

# %%
import matplotlib.pyplot as plt

par_semaine = es.search(
    index="articles",
    size=0,
    aggs={
        "semaines": {
            "date_histogram": {
                "field": "published",
                "calendar_interval": "week",
                "format": "dd/MM",
                "time_zone": "Europe/Paris",
            },
            "aggs": {"rubriques": {"terms": {"field": "section", "size": 8}}},
        }
    },
)["aggregations"]["semaines"]["buckets"]

semaines = [seau["key_as_string"] for seau in par_semaine]
rubriques = sorted({un["key"] for seau in par_semaine for un in seau["rubriques"]["buckets"]})
figure, axe = plt.subplots(figsize=(8, 3.2))
dessous = [0] * len(semaines)
couleurs = plt.get_cmap("tab20c").colors
for rang, rubrique in enumerate(rubriques):
    comptes = [
        {un["key"]: un["doc_count"] for un in seau["rubriques"]["buckets"]}.get(rubrique, 0)
        for seau in par_semaine
    ]
    axe.bar(semaines, comptes, bottom=dessous, label=rubrique, color=couleurs[2 * rang])
    dessous = [bas + compte for bas, compte in zip(dessous, comptes, strict=True)]
axe.set_ylabel("articles")
axe.set_xlabel("semaine du…")
axe.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# Une agrégation porte sur les documents **de la question**. Qu'est-ce qui distingue les articles qui
# parlent d'un sujet ? `significant_terms` compare leurs étiquettes à celles de l'index entier :

# %%
distinctives = es.search(
    index="articles",
    size=0,
    query={"match": {"body": "logement"}},
    aggs={"etiquettes": {"significant_terms": {"field": "tags", "size": 4}}},
)["aggregations"]["etiquettes"]["buckets"]
for seau in distinctives:
    print(f"{seau['key']:26} {seau['doc_count']:3} ici, {seau['bg_count']:3} dans tout le journal")

# %% [markdown]
# ## 2. Des objets dans un document : `nested`
#
# Un film a une distribution : une liste d'objets `{personne, ordre}`. Par défaut, Elasticsearch
# **aplatit** : il retient toutes les personnes d'un côté, tous les rangs de l'autre, et ne sait plus qui
# va avec quoi.

# %%
def index_neuf(nom, proprietes, aliases=None):
    """Crée un index vide, à la place de l'ancien s'il existait."""
    es.options(ignore_status=404).indices.delete(index=nom)
    es.indices.create(
        index=nom,
        settings={"number_of_shards": 1, "number_of_replicas": 0},
        mappings={"properties": proprietes},
        aliases=aliases or {},
    )


films = datasets.load("films")
membre = {"properties": {"personne": {"type": "keyword"}, "ordre": {"type": "byte"}}}
for nom, distribution in (
    ("elastic03_films_plats", membre),
    ("elastic03_films", {"type": "nested", **membre}),
):
    index_neuf(
        nom,
        {
            "titre": {"type": "text", "analyzer": "french"},
            "note": {"type": "float"},
            "distribution": distribution,
        },
    )
    actions = (
        {"_index": nom, "_id": f["_id"], **{c: f[c] for c in ("titre", "note", "distribution")}}
        for f in films
    )
    print(nom, helpers.bulk(es, actions, refresh=True)[0])

les_deux = {
    "bool": {
        "filter": [
            {"term": {"distribution.personne": "p00000"}},
            {"term": {"distribution.ordre": 1}},
        ]
    }
}
imbriquee = {"nested": {"path": "distribution", "query": les_deux}}
print("aplatis   :", es.count(index="elastic03_films_plats", query=les_deux)["count"])
print("imbriqués :", es.count(index="elastic03_films", query=imbriquee)["count"])
print(
    "en vérité :",
    sum({"personne": "p00000", "ordre": 1} in film["distribution"] for film in films),
)

# %% [markdown]
# Aplati, l'index croit que `p00000` tient le premier rôle de **tous** ses films, puisque chacun a bien
# un rang 1. `nested` range chaque objet à part, avec son document ; la question et l'agrégation disent
# alors `path`. Cela coûte : un document de plus par objet. Ne l'employez que si vos questions portent
# sur plusieurs champs **du même objet**.

# %%
tete = es.search(
    index="elastic03_films",
    size=0,
    aggs={
        "distribution": {
            "nested": {"path": "distribution"},
            "aggs": {"personnes": {"terms": {"field": "distribution.personne", "size": 3}}},
        }
    },
)["aggregations"]["distribution"]
print(tete["doc_count"], "rôles")
for seau in tete["personnes"]["buckets"]:
    print("  ", seau["key"], seau["doc_count"], "films")

# %% [markdown]
# ## 3. Paginer
#
# `from` et `size` conviennent aux premières pages. Pour la page 1 000, chaque nœud doit trier tout ce
# qui précède, pour le jeter ; au-delà de 10 000 réponses, le serveur refuse.

# %%
from elasticsearch import BadRequestError

try:
    es.search(index="articles", from_=10_000, size=10)
except BadRequestError as erreur:
    print("refusé :", erreur.status_code)

# %% [markdown]
# Pour **parcourir** un résultat, on reprend après le dernier document vu : `search_after` reçoit ses
# valeurs de tri. Il faut donc un tri sans égalité : ajoutez toujours un champ unique à la fin.

# %%
tri = [{"published": "desc"}, {"id": "asc"}]
champs = ["title", "published"]
page = es.search(index="articles", size=3, sort=tri, source=champs)["hits"]["hits"]
suite = es.search(
    index="articles", size=3, sort=tri, source=champs, search_after=page[-1]["sort"]
)["hits"]["hits"]
for un in [*page, *suite]:
    print(un["_source"]["published"][:16], un["_source"]["title"])

# %% [markdown]
# Si l'index change pendant le parcours, des documents peuvent passer d'une page à l'autre. Un *point in
# time* (`open_point_in_time`) fige une vue le temps de la promenade ; on le ferme ensuite.

# %% [markdown]
# ## 4. Changer sans couper : alias et réindexation
#
# Un mapping ne se modifie pas. Mais vos programmes n'ont pas à connaître le vrai nom de l'index : ils
# parlent à un **alias**, que l'on déplace en une seule opération.
#
# ```mermaid
# flowchart LR
#   P[programmes] --> A((alias<br/>vitrine))
#   A -->|avant| V1[vitrine_v1]
#   V1 -. reindex .-> V2[vitrine_v2<br/>nouveau mapping]
#   A ==>|après| V2
# ```
#
# 1. créer `v2` avec le nouveau mapping ; 2. y copier `v1` (`reindex`) ; 3. vérifier ; 4. déplacer
# l'alias, retrait et ajout dans **le même** appel : personne ne voit d'index vide ; 5. plus tard,
# supprimer `v1`.

# %%
es.options(ignore_status=404).indices.delete(index="elastic03_titres_v2")  # d'une fois précédente
index_neuf(
    "elastic03_titres_v1", {"titre": {"type": "text"}}, aliases={"elastic03_titres": {}}
)
titres = [{"titre": "Les logements vacants"}, {"titre": "Le marché du logement"}]
helpers.bulk(es, titres, index="elastic03_titres", refresh=True)
question = {"match": {"titre": "logement"}}
print("avant :", es.count(index="elastic03_titres", query=question)["count"])

index_neuf("elastic03_titres_v2", {"titre": {"type": "text", "analyzer": "french"}})
copie = es.reindex(
    source={"index": "elastic03_titres_v1"}, dest={"index": "elastic03_titres_v2"}, refresh=True
)
print("copiés :", copie["total"], "échecs :", copie["failures"])
es.indices.update_aliases(
    actions=[
        {"remove": {"index": "elastic03_titres_v1", "alias": "elastic03_titres"}},
        {"add": {"index": "elastic03_titres_v2", "alias": "elastic03_titres"}},
    ]
)
print("après :", es.count(index="elastic03_titres", query=question)["count"])

# %% [markdown]
# `articles` et `products` sont eux-mêmes des alias : `./lab reindex` reconstruit un index neuf depuis
# MongoDB, puis le met à la place de l'ancien, par ce même chemin.

# %% [markdown]
# ## 5. Kibana, en deux mots
#
# **Kibana** est l'interface d'Elasticsearch : on y fouille un index (*Discover*), on y essaie ses
# requêtes avec complétion (*Dev Tools*), on y compose des tableaux de bord. Il ne parle qu'au vrai
# Elasticsearch, donc avec la pile Docker :
#
# ```
# ./lab up --docker
# docker compose --profile kibana up -d      # puis le port 5601 de votre machine, dans le navigateur
# ```
#
# On s'y connecte avec le compte `elastic` et le mot de passe que donne `./lab env`.
#
# Créez une *data view* sur `articles`, avec `published` comme champ de temps : *Discover* dessine
# l'histogramme de la section 1 sans une ligne de code. Pour l'application de vos utilisateurs, c'est
# votre code qui interroge Elasticsearch ; construisons-la.

# %% [markdown]
# ## À retenir
#
# * Une agrégation porte sur tous les documents de la question ; `terms` veut un `keyword`.
# * `time_zone` pour les jours, `nested` pour les objets que l'on interroge par plusieurs champs.
# * `search_after` et un tri sans égalité pour parcourir ; `from` pour les premières pages.
# * Un alias devant chaque index : on change derrière, personne ne s'en aperçoit.

# %% [markdown]
# ## 6. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice elastic-13** ★ Pour chaque catégorie de `products`, combien de produits **en stock**
# (`availability` vaut `"InStock"`) ? Répondez par un dictionnaire `{catégorie: nombre}`.

# %% exercise="elastic-13"
# >>> solution
seaux = es.search(
    index="products",
    size=0,
    query={"term": {"availability": "InStock"}},
    aggs={"categories": {"terms": {"field": "category", "size": 50}}},
)["aggregations"]["categories"]["buckets"]
reponse = {seau["key"]: seau["doc_count"] for seau in seaux}
# <<< solution
check("elastic-13", reponse)

# %% wrong="elastic-13"
seaux = es.search(  # sans le filtre
    index="products",
    size=0,
    aggs={"categories": {"terms": {"field": "category", "size": 50}}},
)["aggregations"]["categories"]["buckets"]
reponse = {seau["key"]: seau["doc_count"] for seau in seaux}

# %% wrong="elastic-13"
trouves = es.search(index="products", query={"term": {"availability": "InStock"}})["hits"]["hits"]
reponse = {}
for un in trouves:  # ne compte que les dix premiers
    categorie = un["_source"]["category"]
    reponse[categorie] = reponse.get(categorie, 0) + 1

# %% [markdown]
# **Exercice elastic-14** ★★ Combien d'articles à chaque **heure de Paris** ? Répondez par un dictionnaire dont
# les clés sont des textes comme `"2026-09-01 14"` (jour et heure). Pas de clé pour une heure sans
# article.

# %% exercise="elastic-14"
# >>> solution
seaux = es.search(
    index="articles",
    size=0,
    aggs={
        "heures": {
            "date_histogram": {
                "field": "published",
                "calendar_interval": "hour",
                "time_zone": "Europe/Paris",
                "format": "yyyy-MM-dd HH",
                "min_doc_count": 1,
            }
        }
    },
)["aggregations"]["heures"]["buckets"]
reponse = {seau["key_as_string"]: seau["doc_count"] for seau in seaux}
# <<< solution
check("elastic-14", reponse)

# %% wrong="elastic-14"
seaux = es.search(  # en temps universel
    index="articles",
    size=0,
    aggs={
        "heures": {
            "date_histogram": {
                "field": "published",
                "calendar_interval": "hour",
                "format": "yyyy-MM-dd HH",
                "min_doc_count": 1,
            }
        }
    },
)["aggregations"]["heures"]["buckets"]
reponse = {seau["key_as_string"]: seau["doc_count"] for seau in seaux}

# %% wrong="elastic-14"
reponse = {seau["key_as_string"]: seau["doc_count"] for seau in par_semaine}  # par semaine

# %% [markdown]
# **Exercice elastic-15** ★★ Combien de films de `elastic03_films` ont `p00001` en **premier** rôle
# (`ordre` vaut 1) et une note d'au moins 6 ?

# %% exercise="elastic-15"
# >>> solution
premier_role = {
    "nested": {
        "path": "distribution",
        "query": {
            "bool": {
                "filter": [
                    {"term": {"distribution.personne": "p00001"}},
                    {"term": {"distribution.ordre": 1}},
                ]
            }
        },
    }
}
bien_note = {"range": {"note": {"gte": 6}}}
reponse = es.count(
    index="elastic03_films", query={"bool": {"filter": [premier_role, bien_note]}}
)["count"]
# <<< solution
check("elastic-15", reponse)

# %% wrong="elastic-15"
reponse = es.count(  # l'index aplati mélange les personnes et les rangs
    index="elastic03_films_plats",
    query={
        "bool": {
            "filter": [
                {"term": {"distribution.personne": "p00001"}},
                {"term": {"distribution.ordre": 1}},
                {"range": {"note": {"gte": 6}}},
            ]
        }
    },
)["count"]

# %% wrong="elastic-15"
reponse = es.count(index="elastic03_films", query=premier_role)["count"]  # sans la note

# %% [markdown]
# **Exercice elastic-16** ★★ Écrivez `tous(taille)` : elle parcourt **tous** les articles, par pages de
# `taille` documents, du plus récent au plus ancien (à date égale, par `id` croissant), et rend la liste
# de leurs `id`. Avec `search_after`, sans jamais demander plus de `taille` documents à la fois.

# %% exercise="elastic-16"
# >>> solution
#: def tous(taille):
#:     ...
#:
#:
def tous(taille):
    trouves, apres = [], None
    while True:
        page = es.search(
            index="articles", size=taille, sort=tri, search_after=apres, source=False
        )["hits"]["hits"]
        if not page:
            return trouves
        trouves += [un["_id"] for un in page]
        apres = page[-1]["sort"]


# <<< solution
check("elastic-16", tous)

# %% wrong="elastic-16"
def tous(taille):  # tout d'un coup
    page = es.search(index="articles", size=10_000, sort=tri, source=False)["hits"]["hits"]
    return [un["_id"] for un in page]


# %% wrong="elastic-16"
def tous(taille):  # la première page seulement
    page = es.search(index="articles", size=taille, sort=tri, source=False)["hits"]["hits"]
    return [un["_id"] for un in page]


# %% wrong="elastic-16"
def tous(taille):  # oublie la dernière page quand elle n'est pas pleine
    trouves, apres = [], None
    while True:
        page = es.search(
            index="articles", size=taille, sort=tri, search_after=apres, source=False
        )["hits"]["hits"]
        if len(page) < taille:
            return trouves
        trouves += [un["_id"] for un in page]
        apres = page[-1]["sort"]


# %% [markdown]
# **Exercice elastic-17** ★★★ L'alias `elastic03_vitrine` montre `elastic03_vitrine_v1`, dont le mapping a
# été deviné : `brand` y est un `text`, `name` n'est pas analysé en français. Mettez à sa place
# `elastic03_vitrine_v2`, sans coupure, avec les mêmes documents : `name` en texte `french`, `brand` et
# `category` en `keyword`, `price` en `double`. `depart()` remet tout au point de départ.

# %%
def depart():
    """La vitrine d'avant : un index au mapping deviné, et son alias."""
    es.options(ignore_status=404).indices.delete(index="elastic03_vitrine_v2")
    index_neuf("elastic03_vitrine_v1", {}, aliases={"elastic03_vitrine": {}})
    gardes = ("name", "brand", "category", "price")
    produits = workspace.mongo().products.find().sort("_id")
    actions = (
        {"_index": "elastic03_vitrine_v1", "_id": p["_id"], **{c: p[c] for c in gardes}}
        for p in produits
    )
    return helpers.bulk(es, actions, refresh=True)[0]


# %% exercise="elastic-17"
depart()
# >>> solution
#: # votre code
index_neuf(
    "elastic03_vitrine_v2",
    {
        "name": {"type": "text", "analyzer": "french"},
        "brand": {"type": "keyword"},
        "category": {"type": "keyword"},
        "price": {"type": "double"},
    },
)
es.reindex(
    source={"index": "elastic03_vitrine_v1"}, dest={"index": "elastic03_vitrine_v2"}, refresh=True
)
es.indices.update_aliases(
    actions=[
        {"remove": {"index": "elastic03_vitrine_v1", "alias": "elastic03_vitrine"}},
        {"add": {"index": "elastic03_vitrine_v2", "alias": "elastic03_vitrine"}},
    ]
)
# <<< solution
check("elastic-17")

# %% wrong="elastic-17"
depart()
es.reindex(  # sans mapping, v2 est deviné aussi
    source={"index": "elastic03_vitrine_v1"}, dest={"index": "elastic03_vitrine_v2"}, refresh=True
)
es.indices.update_aliases(
    actions=[
        {"remove": {"index": "elastic03_vitrine_v1", "alias": "elastic03_vitrine"}},
        {"add": {"index": "elastic03_vitrine_v2", "alias": "elastic03_vitrine"}},
    ]
)

# %% wrong="elastic-17"
depart()
index_neuf(
    "elastic03_vitrine_v2",
    {
        "name": {"type": "text", "analyzer": "french"},
        "brand": {"type": "keyword"},
        "category": {"type": "keyword"},
        "price": {"type": "double"},
    },
)
es.reindex(
    source={"index": "elastic03_vitrine_v1"}, dest={"index": "elastic03_vitrine_v2"}, refresh=True
)
es.indices.put_alias(index="elastic03_vitrine_v2", name="elastic03_vitrine")  # les deux index !

# %% [markdown]
# ## 7. Projet : la page de recherche du journal
#
# Deux fonctions, et le journal a sa page : l'une interroge, l'autre met en page. Une difficulté est
# propre aux facettes : si l'on filtre sur « Sport », les autres rubriques doivent **garder leur compte**,
# sans quoi l'on ne peut plus en changer. C'est le rôle de `post_filter`, qui filtre les résultats **après**
# le calcul des agrégations.
#
# **Exercice elastic-18** ★★★ Écrivez `chercher(mots, section=None, page=1)`, qui cherche dans `title^3`,
# `description^2` et `body` et rend un dictionnaire :
#
# * `"total"` : le nombre d'articles, rubrique choisie comprise ;
# * `"resultats"` : les dix de la page, chacun `{"id": …, "titre": …, "extrait": …}`. `extrait` est un
#   fragment du texte où les mots sont entre `<mark>` et `</mark>`, caractères spéciaux protégés
#   (`"encoder": "html"`) ; à défaut de mot dans le texte, un texte vide ;
# * `"facettes"` : `{rubrique: nombre}`, comme si aucune rubrique n'était choisie.
#
# Si rien ne répond aux mots, elle recommence en tolérant les fautes. Et l'on ne répète aucun article
# d'une page à l'autre : triez par `_score`, puis par `id`.

# %% exercise="elastic-18"
# >>> solution
#: def chercher(mots, section=None, page=1):
#:     ...
#:
#:
def chercher(mots, section=None, page=1):
    question = {"query": mots, "fields": ["title^3", "description^2", "body"]}
    for tolerance in ({}, {"fuzziness": "AUTO", "prefix_length": 1}):
        reponse_serveur = es.search(
            index="articles",
            query={"multi_match": {**question, **tolerance}},
            post_filter={"term": {"section": section}} if section else None,
            aggs={"rubriques": {"terms": {"field": "section", "size": 20}}},
            highlight={
                "encoder": "html",
                "pre_tags": ["<mark>"],
                "post_tags": ["</mark>"],
                "fields": {"body": {"fragment_size": 160, "number_of_fragments": 1}},
            },
            sort=[{"_score": "desc"}, {"id": "asc"}],
            from_=10 * (page - 1),
            size=10,
        )
        seaux = reponse_serveur["aggregations"]["rubriques"]["buckets"]
        if seaux:
            break
    trouves = reponse_serveur["hits"]
    return {
        "total": trouves["total"]["value"],
        "resultats": [
            {
                "id": un["_id"],
                "titre": un["_source"]["title"],
                "extrait": un.get("highlight", {}).get("body", [""])[0],
            }
            for un in trouves["hits"]
        ],
        "facettes": {seau["key"]: seau["doc_count"] for seau in seaux},
    }


# <<< solution
check("elastic-18", chercher)

# %% wrong="elastic-18"
def chercher(mots, section=None, page=1):  # la rubrique filtre aussi les facettes
    texte = {"multi_match": {"query": mots, "fields": ["title^3", "description^2", "body"]}}
    filtre = [{"term": {"section": section}}] if section else []
    reponse_serveur = es.search(
        index="articles",
        query={"bool": {"must": texte, "filter": filtre}},
        aggs={"rubriques": {"terms": {"field": "section", "size": 20}}},
        highlight={
            "encoder": "html",
            "pre_tags": ["<mark>"],
            "post_tags": ["</mark>"],
            "fields": {"body": {"fragment_size": 160, "number_of_fragments": 1}},
        },
        from_=10 * (page - 1),
    )
    trouves = reponse_serveur["hits"]
    return {
        "total": trouves["total"]["value"],
        "resultats": [
            {
                "id": un["_id"],
                "titre": un["_source"]["title"],
                "extrait": un.get("highlight", {}).get("body", [""])[0],
            }
            for un in trouves["hits"]
        ],
        "facettes": {
            seau["key"]: seau["doc_count"]
            for seau in reponse_serveur["aggregations"]["rubriques"]["buckets"]
        },
    }


# %% wrong="elastic-18"
def chercher(mots, section=None, page=1):  # toujours la première page, rien de surligné
    reponse_serveur = es.search(
        index="articles",
        query={"multi_match": {"query": mots, "fields": ["title^3", "description^2", "body"]}},
        post_filter={"term": {"section": section}} if section else None,
        aggs={"rubriques": {"terms": {"field": "section", "size": 20}}},
    )
    trouves = reponse_serveur["hits"]
    return {
        "total": trouves["total"]["value"],
        "resultats": [
            {"id": un["_id"], "titre": un["_source"]["title"], "extrait": ""}
            for un in trouves["hits"]
        ],
        "facettes": {
            seau["key"]: seau["doc_count"]
            for seau in reponse_serveur["aggregations"]["rubriques"]["buckets"]
        },
    }


# %% [markdown]
# **Exercice elastic-19** ★★ Écrivez `page_html(mots, resultat)` : elle reçoit ce que l'on a tapé et un
# dictionnaire de la forme ci-dessus, et rend le HTML de la page (un texte) :
#
# * les mots tapés et le total, dans un élément `<h2>` ;
# * un `<li>` par facette, avec la rubrique et son nombre, dans l'ordre que vous voulez ;
# * un `<article>` par résultat, avec le titre dans un `<h3>` et l'extrait dans un `<p>`.
#
# Tout ce qui vient d'ailleurs et n'est pas déjà du HTML (les mots, les titres, les rubriques) passe par
# `html.escape` : si quelqu'un tape `<script>`, la page doit l'afficher, pas l'exécuter.

# %% exercise="elastic-19"
# >>> solution
#: import html
#:
#: def page_html(mots, resultat):
#:     ...
#:
#:
import html


def page_html(mots, resultat):
    facettes = "".join(
        f"<li>{html.escape(rubrique)} ({nombre})</li>"
        for rubrique, nombre in resultat["facettes"].items()
    )
    articles = "".join(
        f"<article><h3>{html.escape(un['titre'])}</h3><p>{un['extrait']}</p></article>"
        for un in resultat["resultats"]
    )
    return (
        f"<h2>« {html.escape(mots)} » : {resultat['total']} articles</h2>"
        '<div style="display: flex; gap: 2em">'
        f'<ul style="min-width: 12em">{facettes}</ul><div>{articles}</div></div>'
    )


# <<< solution
check("elastic-19", page_html)

# %% wrong="elastic-19"
def page_html(mots, resultat):  # rien n'est protégé
    facettes = "".join(f"<li>{nom} ({n})</li>" for nom, n in resultat["facettes"].items())
    articles = "".join(
        f"<article><h3>{un['titre']}</h3><p>{un['extrait']}</p></article>"
        for un in resultat["resultats"]
    )
    return f"<h2>{mots} : {resultat['total']}</h2><ul>{facettes}</ul>{articles}"


# %% wrong="elastic-19"
def page_html(mots, resultat):  # les extraits aussi : on lit « <mark> » dans la page
    facettes = "".join(
        f"<li>{html.escape(nom)} ({n})</li>" for nom, n in resultat["facettes"].items()
    )
    articles = "".join(
        f"<article><h3>{html.escape(un['titre'])}</h3><p>{html.escape(un['extrait'])}</p></article>"
        for un in resultat["resultats"]
    )
    return f"<h2>{html.escape(mots)} : {resultat['total']}</h2><ul>{facettes}</ul>{articles}"


# %% [markdown]
# La page, une fois vos deux fonctions écrites. Changez les mots, choisissez une rubrique, faites une
# faute :

# %%
from IPython.display import HTML

resultat = chercher("logement", section="Économie")
page = page_html("logement", resultat) if resultat else None
HTML(page or "<p>La page attend vos fonctions.</p>")
