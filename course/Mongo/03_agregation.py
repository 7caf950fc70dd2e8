# %% [markdown]
# # L'agrégation en profondeur
#
# **Durée** : 60 minutes. **Prérequis** : *Requêtes fines, mises à jour et nettoyage*.
#
# `find` rend des documents tels qu'ils sont rangés. Les vraies questions en demandent d'autres :
# quelles chaînes progressent, quels cinéastes réunissent le plus de public, combien de vues
# **par jour** quand on ne relève que des cumuls ? On pourrait tout rapatrier et calculer avec pandas ;
# mais pourquoi transporter huit mille relevés quand la réponse tient en sept lignes ? L'agrégation
# fait le calcul là où sont les données.
#
# À la fin de ce notebook, vous saurez :
#
# * composer des étapes, et construire un *pipeline* comme une donnée ;
# * déplier des listes (`$unwind`), regrouper (`$group`), garder les meilleurs de chaque groupe ;
# * joindre deux collections avec `$lookup` ;
# * répondre à plusieurs questions d'un coup (`$facet`, `$bucket`) ;
# * calculer sur des dates, et avec des **fenêtres** (`$setWindowFields`) : différences, moyennes
#   mobiles, rangs ;
# * ranger un résultat dans une collection (`$out`, `$merge`) et le tenir à jour.

# %% [markdown]
# ## 1. Les données
#
# Une plateforme de vidéos relève chaque jour à midi celles qui sont en tendance. `videos` a un
# document par vidéo, avec la liste de ses relevés ; `vues` a les mêmes relevés, à plat. Pour les
# jointures, `films` et `personnes` se désignent par leurs identifiants.

# %%
import matplotlib.pyplot as plt
import pandas as pd

from lab import datasets, workspace

base = workspace.mongo()
brutes, vues = base.mongo03_brutes, base.mongo03_vues
films, personnes = base.mongo03_films, base.mongo03_personnes
jeux = [
    (brutes, "videos", 2000),
    (vues, "vues", 8000),
    (films, "films", 1500),
    (personnes, "personnes", 1000),
]
for collection, jeu, taille in jeux:
    collection.drop()
    collection.insert_many(datasets.load(jeu, taille))
    print(f"{collection.name:18} {collection.count_documents({}):6} documents")

vues.create_index([("video", 1), ("date", 1)])
films.create_index("realisation")

exemple = brutes.find_one({"_id": "v000003"})
print({champ: valeur for champ, valeur in exemple.items() if champ != "tendances"})
print(len(exemple["tendances"]), "relevés, dont", exemple["tendances"][0])


def table(collection, etapes):
    """Le résultat d'une agrégation, en tableau."""
    return pd.DataFrame(collection.aggregate(etapes))


# %% [markdown]
# Un *pipeline* est une chaîne d'étapes, et chaque étape transforme un flux de documents :
#
# ```mermaid
# flowchart LR
#   A[(collection)] --> M["$match<br/>garder"] --> U["$unwind<br/>déplier"] --> G["$group<br/>regrouper"] --> S["$sort · $limit<br/>classer"] --> R[résultat]
# ```
#
# **Placez `$match` le plus tôt possible** : il réduit tout ce qui suit, et ce n'est qu'en tête de chaîne
# qu'il peut (comme `$sort`) se servir d'un index.
#
# ### Un pipeline est une donnée
#
# Les vidéos brutes ont des durées écrites « 12:05 », des catégories en capitales, des étiquettes en un
# seul texte. Réparons cela par une étape `$set`. Comme c'est une liste Python, on peut en **fabriquer**
# les parties répétitives : ici, les branches d'un `$switch`, une par catégorie.

# %%
categories = ["Musique", "Jeux", "Divertissement", "Savoirs", "Actualité", "Sport", "Cuisine"]
branches = [{"case": {"$eq": ["$categorie", nom.upper()]}, "then": nom} for nom in categories]

morceaux = {"$split": ["$duree", ":"]}
en_secondes = {
    "$add": [
        {"$multiply": [60, {"$toInt": {"$arrayElemAt": [morceaux, 0]}}]},
        {"$toInt": {"$arrayElemAt": [morceaux, 1]}},
    ]
}


def si_texte(champ, alors):
    """L'expression `alors` quand le champ est un texte, le champ lui-même sinon."""
    return {"$cond": [{"$eq": [{"$type": f"${champ}"}, "string"]}, alors, f"${champ}"]}


decoupees = {"$cond": [{"$eq": ["$etiquettes", ""]}, [], {"$split": ["$etiquettes", ","]}]}
nettoyage = {
    "$set": {
        "categorie": {"$switch": {"branches": branches, "default": "$categorie"}},
        "duree": si_texte("duree", en_secondes),
        "etiquettes": si_texte("etiquettes", decoupees),
    }
}
brutes.aggregate([nettoyage, {"$out": "mongo03_videos"}])

videos = base.mongo03_videos
print(sorted(videos.distinct("categorie")))
print(videos.count_documents({"duree": {"$type": "string"}}), "durée en texte")

# %% [markdown]
# `$out`, en dernière étape, écrit le résultat dans une collection (qu'il **remplace**). Rien n'est
# passé par Python : deux mille documents lus, réparés et rangés par le serveur.

# %% [markdown]
# ## 2. Déplier et regrouper
#
# `$unwind` remplace un document qui contient une liste de *n* éléments par *n* documents. Quelles
# étiquettes amènent le plus de vidéos, et de quelle durée ?

# %%
table(
    videos,
    [
        {"$unwind": "$etiquettes"},
        {"$group": {"_id": "$etiquettes", "videos": {"$sum": 1}, "duree": {"$avg": "$duree"}}},
        {"$sort": {"videos": -1, "_id": 1}},
        {"$limit": 5},
    ],
).round(1)

# %% [markdown]
# **Piège.** Une liste vide ne donne… aucun document : les vidéos sans étiquette disparaissent du
# calcul, sans bruit. `preserveNullAndEmptyArrays` les garde.

# %%
for option in (False, True):
    deplier = {"$unwind": {"path": "$etiquettes", "preserveNullAndEmptyArrays": option}}
    lignes = list(videos.aggregate([deplier, {"$group": {"_id": "$_id"}}, {"$count": "videos"}]))
    print(f"preserveNullAndEmptyArrays={option} : {lignes[0]['videos']} vidéos restent")

# %% [markdown]
# Dans `$group`, chaque champ calculé est un **accumulateur**. Au-delà de `$sum` et `$avg` :
#
# | accumulateur | rend |
# |---|---|
# | `$min`, `$max`, `$stdDevPop` | extrêmes, écart-type |
# | `$push`, `$addToSet` | la liste des valeurs, avec ou sans répétition |
# | `$top`, `$topN` | la valeur du premier document, des *n* premiers, selon un tri |
# | `$first`, `$last` | selon l'ordre d'arrivée (donc après un `$sort`) |
#
# La vidéo la plus longue de chaque catégorie, avec sa chaîne :

# %%
table(
    videos,
    [
        {
            "$group": {
                "_id": "$categorie",
                "videos": {"$sum": 1},
                "chaines": {"$addToSet": "$chaine.id"},
                "la_plus_longue": {
                    "$top": {"sortBy": {"duree": -1, "_id": 1}, "output": ["$titre", "$duree"]}
                },
            }
        },
        {"$set": {"chaines": {"$size": "$chaines"}}},
        {"$sort": {"videos": -1}},
    ],
)

# %% [markdown]
# ### Calculer dans une liste sans la déplier
#
# Déplier pour regrouper aussitôt par `_id` coûte cher. Les expressions de listes font le travail sur
# place : `$map` transforme chaque élément, `$filter` en garde certains, `$reduce` les combine. `$$`
# désigne une **variable** (`$$t` : l'élément), `$` un champ du document.

# %%
table(
    videos,
    [
        {"$match": {"categorie": "Musique"}},
        {
            "$project": {
                "titre": 1,
                "jours": {"$size": "$tendances"},
                "meilleur_rang": {
                    "$min": {"$map": {"input": "$tendances", "as": "t", "in": "$$t.rang"}}
                },
                "jours_top_20": {
                    "$size": {
                        "$filter": {
                            "input": "$tendances",
                            "as": "t",
                            "cond": {"$lte": ["$$t.rang", 20]},
                        }
                    }
                },
            }
        },
        {"$sort": {"jours_top_20": -1, "meilleur_rang": 1, "_id": 1}},
        {"$limit": 5},
    ],
)

# %% [markdown]
# Une écriture plus courte existe : `"$tendances.rang"`, qui traverse la liste et rend la liste des
# rangs. *Le moteur local ne la suit pas (il rend un champ absent)* ; `$map` donne le même résultat
# partout.

# %% [markdown]
# ## 3. Joindre avec `$lookup`
#
# Un film ne contient pas sa cinéaste : il contient son identifiant. `$lookup` va chercher, dans une
# autre collection, les documents dont un champ égale le nôtre, et les range dans une **liste** (même
# s'il n'y en a qu'un, même s'il n'y en a aucun).
#
# ```mermaid
# erDiagram
#   personnes ||--o{ films : "realisation"
#   personnes }o--o{ films : "distribution.personne"
# ```

# %%
jointure = {
    "$lookup": {
        "from": personnes.name,
        "localField": "realisation",
        "foreignField": "_id",
        "as": "cineaste",
    }
}
table(
    films,
    [
        {"$match": {"note": {"$gte": 9.4}}},
        jointure,
        {"$unwind": "$cineaste"},  # une liste d'un élément devient cet élément
        {
            "$project": {
                "titre": 1,
                "note": 1,
                "nom": "$cineaste.nom",
                "ville": "$cineaste.lieu.ville",
            }
        },
        {"$sort": {"note": -1, "_id": 1}},
    ],
)

# %% [markdown]
# `$unwind` après `$lookup` **écarte** les documents sans correspondance (c'est un `INNER JOIN`). Avec
# `preserveNullAndEmptyArrays`, ils restent (un `LEFT JOIN`).
#
# Dans l'autre sens, on choisit ce que l'on rapporte : un `pipeline` s'applique aux documents joints.
# Les deux films les mieux notés de chacun, pour les cinéastes nés avant 1950 :

# %%
meilleurs = {
    "$lookup": {
        "from": films.name,
        "localField": "_id",
        "foreignField": "realisation",
        "pipeline": [
            {"$sort": {"note": -1, "_id": 1}},
            {"$limit": 2},
            {"$project": {"_id": 0, "titre": 1, "note": 1}},
        ],
        "as": "films",
    }
}
avant_1950 = {"metiers": "cinéaste", "naissance": {"$lt": 1950}}
for personne in personnes.aggregate(
    [{"$match": avant_1950}, meilleurs, {"$sort": {"_id": 1}}, {"$limit": 6}]
):
    print(f"{personne['nom']:24} {[(f['titre'], f['note']) for f in personne['films']]}")

# %% [markdown]
# **Piège.** Pour chaque document de gauche, `$lookup` fait une recherche à droite : sans index sur
# `foreignField`, c'est un parcours complet **par document**. Nous avons créé plus haut un index sur
# `films.realisation` ; le notebook suivant montre comment vérifier qu'il sert. Et si vous joignez à
# chaque page affichée, c'est peut-être que ces données devaient vivre ensemble.
#
# Pour joindre à partir d'une liste de documents (`distribution`), extrayons d'abord les identifiants :

# %%
table(
    films,
    [
        {"$match": {"_id": {"$in": ["f00000", "f00001", "f00002"]}}},
        {"$set": {"ids": {"$map": {"input": "$distribution", "as": "d", "in": "$$d.personne"}}}},
        {
            "$lookup": {
                "from": personnes.name,
                "localField": "ids",
                "foreignField": "_id",
                "as": "p",
            }
        },
        {
            "$project": {
                "titre": 1,
                "interpretes": {
                    "$sortArray": {
                        "input": {"$map": {"input": "$p", "as": "p", "in": "$$p.nom"}},
                        "sortBy": 1,
                    }
                },
            }
        },
        {"$sort": {"_id": 1}},
    ],
)

# %% [markdown]
# ## 4. Plusieurs réponses d'un coup : `$facet` et `$bucket`
#
# Une page de recherche affiche, à côté des résultats, leur répartition par catégorie, par durée, par
# langue… `$facet` envoie le **même** flux dans plusieurs pipelines, et rend un seul document.
# `$bucket` range dans des intervalles que l'on fixe (`boundaries` : la borne basse est comprise, la
# haute ne l'est pas) ; `$bucketAuto` les choisit lui-même, de tailles voisines.

# %%
(facettes,) = videos.aggregate(
    [
        {"$match": {"publiee": {"$exists": True}}},
        {
            "$facet": {
                "categories": [{"$sortByCount": "$categorie"}],
                "durees": [
                    {
                        "$bucket": {
                            "groupBy": "$duree",
                            "boundaries": [0, 240, 600, 1200, 2400],
                            "default": "40 min et plus",
                            "output": {"videos": {"$sum": 1}},
                        }
                    }
                ],
                "abonnes": [{"$bucketAuto": {"groupBy": "$chaine.abonnes", "buckets": 4}}],
                "total": [{"$count": "videos"}],
            }
        },
    ]
)
print("total :", facettes["total"])
print("abonnés :", [(round(f["_id"]["min"]), f["count"]) for f in facettes["abonnes"]])

figure, (gauche, droite) = plt.subplots(1, 2, figsize=(10, 3.2))
gauche.barh(
    [f["_id"] for f in facettes["categories"]],
    [f["count"] for f in facettes["categories"]],
    color="#2f6f9f",
)
gauche.invert_yaxis()
gauche.set_title("Vidéos par catégorie")
noms = ["< 4 min", "4–10", "10–20", "20–40", "≥ 40 min"]
droite.bar(noms, [f["videos"] for f in facettes["durees"]], color="#c0763a")
droite.set_title("Vidéos par durée")
for axe in (gauche, droite):
    axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# **Piège.** Sans `default`, un document hors des bornes fait échouer toute l'agrégation. Et les
# pipelines d'un `$facet` ne se servent d'aucun index : le `$match` qui en profite doit être **avant**.

# %% [markdown]
# ## 5. Des dates, pas du texte
#
# MongoDB range des instants en temps universel. Les expressions de dates savent les arrondir, les
# soustraire, et les lire dans un fuseau :
#
# | expression | rend |
# |---|---|
# | `$dateTrunc` | le début du jour, de la semaine, du mois… |
# | `$hour`, `$isoDayOfWeek`, `$month` | une partie de la date (1 : lundi) |
# | `$dateDiff`, `$dateAdd` | une différence, une date décalée |
# | `$dateToString` | un texte, pour l'affichage seulement |
#
# À quelle heure publie-t-on, quel jour ? L'heure qui compte est celle des gens : `timezone`.

# %%
quand = {"date": "$publiee", "timezone": "Europe/Paris"}
grille = (
    table(
        videos,
        [
            {
                "$group": {
                    "_id": {"jour": {"$isoDayOfWeek": quand}, "heure": {"$hour": quand}},
                    "n": {"$sum": 1},
                }
            },
            {"$project": {"_id": 0, "jour": "$_id.jour", "heure": "$_id.heure", "n": 1}},
        ],
    )
    .pivot(index="jour", columns="heure", values="n")
    .fillna(0)
)

figure, axe = plt.subplots(figsize=(9, 2.8))
image = axe.imshow(grille, cmap="Blues", aspect="auto")
axe.set_yticks(range(7), ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."])
axe.set_xticks(range(len(grille.columns)), [f"{heure} h" for heure in grille.columns], fontsize=8)
axe.set_title("Vidéos publiées, à l'heure de Paris")
figure.colorbar(image, ax=axe)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## 6. Fenêtres : regarder ses voisins
#
# Les compteurs relevés sont **cumulés**. Les vues *du jour* sont la différence avec le relevé
# précédent : il faut qu'un document regarde son voisin. `$group` n'y peut rien, puisqu'il fond les
# documents en un seul. `$setWindowFields` les garde tous, et ajoute à chacun un calcul sur sa
# **fenêtre** :
#
# * `partitionBy` : on ne regarde que les documents de même valeur (ici, la même vidéo) ;
# * `sortBy` : dans quel ordre ;
# * `window` : de quel document à quel autre, comptés (`documents: [-6, 0]` : les six précédents et
#   lui-même) ou mesurés (`range: [-6, 0], unit: "day"`).

# %%
par_jour = [
    {
        "$setWindowFields": {
            "partitionBy": "$video",
            "sortBy": {"date": 1},
            "output": {
                "veille": {"$shift": {"output": "$vues", "by": -1, "default": 0}},
                "jour": {"$documentNumber": {}},
            },
        }
    },
    {"$set": {"vues_du_jour": {"$subtract": ["$vues", "$veille"]}}},
]
table(vues, [{"$match": {"video": "v000003"}}, *par_jour])[
    ["date", "jour", "vues", "veille", "vues_du_jour"]
]

# %% [markdown]
# `$shift` prend la valeur d'un voisin (`by: -1` : le précédent), ou `default` quand il n'y en a pas.
# Les pipelines étant des listes, on les prolonge : `[*par_jour, …]`. Combien de vues la plateforme
# fait-elle chaque jour, et quelle est la tendance de fond ? Une moyenne mobile sur sept jours lisse le
# rythme de la semaine.

# %%
serie = table(
    vues,
    [
        *par_jour,
        {
            "$group": {
                "_id": {"$dateTrunc": {"date": "$date", "unit": "day"}},
                "vues": {"$sum": "$vues_du_jour"},
            }
        },
        {
            "$setWindowFields": {
                "sortBy": {"_id": 1},
                "output": {
                    "moyenne": {"$avg": "$vues", "window": {"range": [-6, 0], "unit": "day"}}
                },
            }
        },
        {"$sort": {"_id": 1}},
    ],
)
figure, axe = plt.subplots(figsize=(9, 3))
axe.bar(serie["_id"], serie["vues"] / 1e6, color="#c8ccd4", width=1, label="par jour")
axe.plot(
    serie["_id"], serie["moyenne"] / 1e6, color="#2f6f9f", linewidth=2, label="moyenne sur 7 jours"
)
axe.set_ylabel("millions de vues")
axe.legend(frameon=False)
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# Un pic, fin mars : une seule vidéo, que le tableau suivant désigne (la première de « Musique »). Quant à
# la chute de septembre, elle ne dit rien du public : les dernières vidéos du jeu ont été publiées au début
# du mois. Méfiez-vous des bords.
#
# Les fenêtres classent aussi : `$rank` donne le rang dans la partition (ex æquo : même rang, puis un
# trou), `$denseRank` sans trou. Les deux vidéos les plus vues de chaque catégorie :

# %%
table(
    vues,
    [
        {
            "$group": {
                "_id": "$video",
                "categorie": {"$first": "$categorie"},
                "total": {"$max": "$vues"},
            }
        },
        {
            "$setWindowFields": {
                "partitionBy": "$categorie",
                "sortBy": {"total": -1},
                "output": {
                    "rang": {"$rank": {}},
                    "de_la_categorie": {
                        "$sum": "$total",
                        "window": {"documents": ["unbounded", "unbounded"]},
                    },
                },
            }
        },
        {"$match": {"rang": {"$lte": 2}}},
        {"$set": {"part": {"$divide": ["$total", "$de_la_categorie"]}}},
        {"$sort": {"categorie": 1, "rang": 1}},
        {"$project": {"de_la_categorie": 0}},
    ],
).round(3)

# %% [markdown]
# **Piège.** Sans `partitionBy`, le « relevé précédent » est celui d'**une autre** vidéo : le calcul
# aboutit, et ne veut rien dire. Et sans `window`, un accumulateur (`$sum`, `$avg`) porte sur toute la
# partition, pas sur ce qui précède.

# %% [markdown]
# ## 7. Ranger le résultat, et le tenir à jour
#
# Un tableau de bord n'a pas à tout recalculer à chaque affichage. `$out` remplace une collection
# entière ; `$merge` y **verse** le résultat, document par document :
#
# | `whenMatched` | si le document existe déjà |
# |---|---|
# | `"replace"` | le nouveau prend sa place |
# | `"merge"` (par défaut) | les champs du nouveau s'ajoutent à l'ancien, ou y remplacent les mêmes |
# | `"keepExisting"` | l'ancien reste |
# | `"fail"` | tout s'arrête |
# | une liste d'étapes | l'ancien est recalculé (`$$new` : le nouveau) |
#
# Voici une mise à jour quotidienne : elle ne lit qu'un jour, et peut être relancée sans rien compter
# deux fois, parce que chaque document a pour `_id` ce qu'il résume.

# %%
from datetime import UTC, datetime, timedelta

base.mongo03_quotidien.drop()


def resumer(jour):
    """Range les chiffres d'un jour, une ligne par catégorie."""
    vues.aggregate(
        [
            {"$match": {"date": {"$gte": jour, "$lt": jour + timedelta(days=1)}}},
            {
                "$group": {
                    "_id": {
                        "jour": {"$dateTrunc": {"date": "$date", "unit": "day"}},
                        "categorie": "$categorie",
                    },
                    "videos": {"$sum": 1},
                    "meilleur_rang": {"$min": "$rang"},
                }
            },
            {"$merge": {"into": "mongo03_quotidien", "whenMatched": "replace"}},
        ]
    )


for jour in (1, 2, 2):  # le 2, deux fois : comme après une panne
    resumer(datetime(2026, 8, jour, tzinfo=UTC))
    print(f"jour {jour} d'août rangé :", base.mongo03_quotidien.count_documents({}), "lignes")

# %% [markdown]
# ## À retenir
#
# * `$match` d'abord ; `$unwind` fait disparaître les listes vides ; `$map`, `$filter`, `$reduce`
#   évitent de déplier.
# * `$lookup` rend une liste ; il lui faut un index sur `foreignField`.
# * `$facet` : un flux, plusieurs réponses ; `$bucket` : des intervalles, avec un `default`.
# * `$group` fond les documents, `$setWindowFields` les garde : différence, cumul, rang, moyenne mobile.
# * `$out` remplace, `$merge` verse ; un `_id` bien choisi rend l'opération *idempotente* : relancée,
#   elle ne change plus rien.

# %% [markdown]
# ## 8. Exercices : *Vidéos*
#
# `videos` désigne les vidéos nettoyées, `vues` les relevés à plat ; `films` et `personnes`, les
# collections de ce notebook.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice mongo-13** ★ En août 2026 (temps universel), combien de relevés de `videos.tendances` ont
# un rang inférieur ou égal à 10 ? (Un relevé a sa propre `date`.)

# %% exercise="mongo-13"
aout, septembre = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
# >>> solution
(ligne,) = videos.aggregate(
    [
        {"$unwind": "$tendances"},
        {
            "$match": {
                "tendances.rang": {"$lte": 10},
                "tendances.date": {"$gte": aout, "$lt": septembre},
            }
        },
        {"$count": "releves"},
    ]
)
reponse = ligne["releves"]
# <<< solution
check("mongo-13", reponse)

# %% wrong="mongo-13"
reponse = videos.count_documents(
    {"tendances.rang": {"$lte": 10}, "tendances.date": {"$gte": aout, "$lt": septembre}}
)

# %% wrong="mongo-13"
(ligne,) = videos.aggregate(
    [
        {"$match": {"publiee": {"$gte": aout, "$lt": septembre}}},
        {"$unwind": "$tendances"},
        {"$match": {"tendances.rang": {"$lte": 10}}},
        {"$count": "releves"},
    ]
)
reponse = ligne["releves"]

# %% [markdown]
# **Exercice mongo-14** ★★ Les **noms** des cinq cinéastes dont les films ont cumulé le plus de
# `recettes`, dans l'ordre (le plus grand d'abord).

# %% exercise="mongo-14"
# >>> solution
lignes = films.aggregate(
    [
        {"$group": {"_id": "$realisation", "recettes": {"$sum": "$recettes"}}},
        {"$sort": {"recettes": -1}},
        {"$limit": 5},
        {
            "$lookup": {
                "from": personnes.name,
                "localField": "_id",
                "foreignField": "_id",
                "as": "qui",
            }
        },
        {"$unwind": "$qui"},
        {"$sort": {"recettes": -1}},
    ]
)
reponse = [ligne["qui"]["nom"] for ligne in lignes]
# <<< solution
check("mongo-14", reponse)

# %% wrong="mongo-14"
lignes = films.aggregate(  # le plus grand film, et non la somme
    [
        {"$group": {"_id": "$realisation", "recettes": {"$max": "$recettes"}}},
        {"$sort": {"recettes": -1}},
        {"$limit": 5},
        {
            "$lookup": {
                "from": personnes.name,
                "localField": "_id",
                "foreignField": "_id",
                "as": "qui",
            }
        },
        {"$unwind": "$qui"},
    ]
)
reponse = [ligne["qui"]["nom"] for ligne in lignes]

# %% wrong="mongo-14"
lignes = films.aggregate(
    [
        {"$group": {"_id": "$realisation", "recettes": {"$sum": "$recettes"}}},
        {"$sort": {"recettes": -1}},
        {"$limit": 5},
    ]
)
reponse = [ligne["_id"] for ligne in lignes]  # des identifiants

# %% [markdown]
# **Exercice mongo-15** ★★ En **une seule** agrégation sur `videos` avec `$facet`, construisez un
# document à deux clés :
#
# * `langues` : le nombre de vidéos par langue, en liste de `{"_id": langue, "videos": n}`, les vidéos
#   sans langue comptées sous l'`_id` `"inconnue"` ;
# * `durees` : un `$bucket` sur `duree` aux bornes 0, 300, 900, 1800, le reste sous `"long"`, en liste
#   de `{"_id": borne, "videos": n}`.
#
# Donnez ce document en réponse. L'ordre dans les listes est libre.

# %% exercise="mongo-15"
# >>> solution
(reponse,) = videos.aggregate(
    [
        {
            "$facet": {
                "langues": [
                    {
                        "$group": {
                            "_id": {"$ifNull": ["$langue", "inconnue"]},
                            "videos": {"$sum": 1},
                        }
                    }
                ],
                "durees": [
                    {
                        "$bucket": {
                            "groupBy": "$duree",
                            "boundaries": [0, 300, 900, 1800],
                            "default": "long",
                            "output": {"videos": {"$sum": 1}},
                        }
                    }
                ],
            }
        }
    ]
)
# <<< solution
check("mongo-15", reponse)

# %% wrong="mongo-15"
(reponse,) = videos.aggregate(
    [
        {
            "$facet": {
                "langues": [{"$group": {"_id": "$langue", "videos": {"$sum": 1}}}],
                "durees": [
                    {
                        "$bucket": {
                            "groupBy": "$duree",
                            "boundaries": [0, 300, 900, 1800],
                            "default": "long",
                            "output": {"videos": {"$sum": 1}},
                        }
                    }
                ],
            }
        }
    ]
)

# %% wrong="mongo-15"
(reponse,) = brutes.aggregate(  # les vidéos sales : leurs durées en texte vont toutes dans « long »
    [
        {
            "$facet": {
                "langues": [
                    {"$group": {"_id": {"$ifNull": ["$langue", "inconnue"]}, "videos": {"$sum": 1}}}
                ],
                "durees": [
                    {
                        "$bucket": {
                            "groupBy": "$duree",
                            "boundaries": [0, 300, 900, 1800],
                            "default": "long",
                            "output": {"videos": {"$sum": 1}},
                        }
                    }
                ],
            }
        }
    ]
)

# %% [markdown]
# **Exercice mongo-16** ★★ Combien de vidéos ont été publiées chaque heure de la journée, **à l'heure de
# Paris** ? Répondez par un dictionnaire `{heure: nombre}`.

# %% exercise="mongo-16"
# >>> solution
lignes = videos.aggregate(
    [
        {
            "$group": {
                "_id": {"$hour": {"date": "$publiee", "timezone": "Europe/Paris"}},
                "n": {"$sum": 1},
            }
        }
    ]
)
reponse = {ligne["_id"]: ligne["n"] for ligne in lignes}
# <<< solution
check("mongo-16", reponse)

# %% wrong="mongo-16"
lignes = videos.aggregate([{"$group": {"_id": {"$hour": "$publiee"}, "n": {"$sum": 1}}}])
reponse = {ligne["_id"]: ligne["n"] for ligne in lignes}

# %% wrong="mongo-16"
reponse = {}
for video in videos.find({}, {"publiee": 1}):  # deux heures de décalage, même en mars
    heure = (video["publiee"].hour + 2) % 24
    reponse[heure] = reponse.get(heure, 0) + 1

# %% [markdown]
# **Exercice mongo-17** ★★★ D'un relevé au suivant, quelle vidéo a gagné le plus de **rangs** (passer du
# rang 60 au rang 20, c'est gagner 40 rangs) ? Répondez par un couple `(identifiant de la vidéo, rangs
# gagnés)`. Utilisez `$setWindowFields` sur `vues`.

# %% exercise="mongo-17"
# >>> solution
(ligne,) = vues.aggregate(
    [
        {
            "$setWindowFields": {
                "partitionBy": "$video",
                "sortBy": {"date": 1},
                "output": {"avant": {"$shift": {"output": "$rang", "by": -1}}},
            }
        },
        {"$match": {"avant": {"$ne": None}}},
        {"$set": {"gain": {"$subtract": ["$avant", "$rang"]}}},
        {"$sort": {"gain": -1}},
        {"$limit": 1},
    ]
)
reponse = (ligne["video"], ligne["gain"])
# <<< solution
check("mongo-17", reponse)

# %% wrong="mongo-17"
(ligne,) = vues.aggregate(  # sans partition : le précédent est une autre vidéo
    [
        {
            "$setWindowFields": {
                "sortBy": {"date": 1},
                "output": {"avant": {"$shift": {"output": "$rang", "by": -1}}},
            }
        },
        {"$match": {"avant": {"$ne": None}}},
        {"$set": {"gain": {"$subtract": ["$avant", "$rang"]}}},
        {"$sort": {"gain": -1}},
        {"$limit": 1},
    ]
)
reponse = (ligne["video"], ligne["gain"])

# %% wrong="mongo-17"
(ligne,) = vues.aggregate(  # la plus grande perte
    [
        {
            "$setWindowFields": {
                "partitionBy": "$video",
                "sortBy": {"date": 1},
                "output": {"avant": {"$shift": {"output": "$rang", "by": -1}}},
            }
        },
        {"$match": {"avant": {"$ne": None}}},
        {"$set": {"gain": {"$subtract": ["$rang", "$avant"]}}},
        {"$sort": {"gain": -1}},
        {"$limit": 1},
    ]
)
reponse = (ligne["video"], ligne["gain"])

# %% [markdown]
# **Exercice mongo-18** ★★★ Rangez dans `mongo03_chaines` un document par chaîne de `vues` : `_id` est
# le nom de la chaîne (`chaine`), `videos` le nombre de ses vidéos différentes, `vues` leur total de
# vues. Attention, les compteurs sont **cumulés** : chaque vidéo compte pour son dernier relevé, qui est
# le plus grand. Finissez l'agrégation par `$out` ou `$merge`.

# %% exercise="mongo-18"
base.mongo03_chaines.drop()
# >>> solution
#: # vues.aggregate([…, {"$merge": {"into": "mongo03_chaines"}}])
vues.aggregate(
    [
        {"$group": {"_id": "$video", "chaine": {"$first": "$chaine"}, "vues": {"$max": "$vues"}}},
        {"$group": {"_id": "$chaine", "videos": {"$sum": 1}, "vues": {"$sum": "$vues"}}},
        {"$merge": {"into": "mongo03_chaines", "whenMatched": "replace"}},
    ]
)
# <<< solution
check("mongo-18")

# %% wrong="mongo-18"
base.mongo03_chaines.drop()
vues.aggregate(
    [
        {"$group": {"_id": "$chaine", "videos": {"$sum": 1}, "vues": {"$sum": "$vues"}}},
        {"$merge": {"into": "mongo03_chaines"}},
    ]
)

# %% wrong="mongo-18"
base.mongo03_chaines.drop()
vues.aggregate(
    [
        {"$group": {"_id": "$video", "chaine": {"$first": "$chaine"}, "vues": {"$sum": "$vues"}}},
        {"$group": {"_id": "$chaine", "videos": {"$sum": 1}, "vues": {"$sum": "$vues"}}},
        {"$merge": {"into": "mongo03_chaines"}},
    ]
)
