# %% [markdown]
# # Projet : le tableau de bord des campagnes
#
# **Durée** : 60 minutes. **Prérequis** : tous les notebooks du chapitre.
#
# Une plateforme de financement participatif vous confie ses données, telles quelles, et trois
# questions : dans quelles catégories une campagne a-t-elle ses chances ? À quel rythme l'argent est-il
# rentré en 2025 ? Peut-on voir tout cela d'un coup d'œil, demain matin, sans rien refaire à la main ?
#
# À la fin de ce projet, vous saurez :
#
# * refaire une collection **propre** à partir de données brutes, en une seule agrégation ;
# * ranger en base un **résumé**, prêt à être affiché ;
# * suivre une somme dans le temps, avec son **cumul** ;
# * répondre aux questions par une **figure**.
#
# ```mermaid
# flowchart LR
#   B[("mongo05_brutes")] -- "1 · nettoyer" --> P[("mongo05_campagnes")]
#   P -- "2 · agréger" --> T[("mongo05_tableau")]
#   P -- "3 · fenêtres" --> S["série mensuelle"]
#   T --> F["4 · figure"]
#   S --> F
# ```
#
# Chaque étape se vérifie. Elles s'appuient l'une sur l'autre : si une étape tardive est refusée alors
# que son code vous paraît juste, regardez d'abord si les précédentes sont acquises.

# %%
from datetime import UTC, datetime

import matplotlib.pyplot as plt
import pandas as pd

from lab import datasets, workspace
from lab.exercises import check

base = workspace.mongo()
brutes = base.mongo05_brutes
brutes.drop()
brutes.insert_many(datasets.load("campagnes", 2000))
for nom in ("mongo05_campagnes", "mongo05_tableau"):
    base.drop_collection(nom)
print(brutes.count_documents({}), "campagnes brutes")

# %% [markdown]
# Avant de nettoyer, on regarde. Un inventaire des types par champ dit déjà presque tout :

# %%
champs = ("objectif", "collecte", "fin", "sous_categorie")
facettes = {
    champ: [{"$group": {"_id": {"$type": f"${champ}"}, "n": {"$sum": 1}}}, {"$sort": {"_id": 1}}]
    for champ in champs
}
(inventaire,) = brutes.aggregate([{"$facet": facettes}])
pd.DataFrame(
    {champ: {ligne["_id"]: ligne["n"] for ligne in lignes} for champ, lignes in inventaire.items()}
).T.fillna(0).astype(int)

# %% [markdown]
# ## 1. Nettoyer
#
# Le contrat de la collection propre, `mongo05_campagnes` :
#
# 1. les **doublons** (même `titre`, même `porteur.nom`, même `lancement`) sont écartés ; de chaque
#    groupe, on garde le plus petit `_id` ;
# 2. `objectif` est un nombre, ou `None` s'il est inconnu ;
# 3. `collecte` est positive ou nulle ;
# 4. `fin` est une date (0 h, temps universel, quand elle était en texte) ;
# 5. un champ `taux` est ajouté : `collecte / objectif`, ou `None` sans objectif ;
# 6. tous les autres champs restent tels quels.
#
# Rappel : `$out` range un résultat ; `$first` garde le premier de chaque groupe **après** un tri ;
# `"$$ROOT"` désigne le document entier, et `{"$replaceRoot": {"newRoot": "$document"}}` le fait
# redevenir le document courant. Diviser par `None` donne `None`.
#
# **Exercice mongo-24** ★★★ Écrivez le nettoyage, de `brutes` vers `mongo05_campagnes`.

# %% exercise="mongo-24"
base.drop_collection("mongo05_campagnes")
# >>> solution
#: # brutes.aggregate([…, {"$out": "mongo05_campagnes"}])
chiffres = "$objectif"
for indesirable in ("\u00a0", " ", "€"):
    chiffres = {"$replaceAll": {"input": chiffres, "find": indesirable, "replacement": ""}}


def si_texte(champ, alors):
    return {"$cond": [{"$eq": [{"$type": f"${champ}"}, "string"]}, alors, f"${champ}"]}


brutes.aggregate(
    [
        {"$sort": {"_id": 1}},
        {
            "$group": {
                "_id": {"titre": "$titre", "porteur": "$porteur.nom", "lancement": "$lancement"},
                "document": {"$first": "$$ROOT"},
            }
        },
        {"$replaceRoot": {"newRoot": "$document"}},
        {
            "$set": {
                "objectif": si_texte("objectif", {"$toInt": chiffres}),
                "collecte": {"$abs": "$collecte"},
                "fin": si_texte(
                    "fin", {"$dateFromString": {"dateString": "$fin", "format": "%d/%m/%Y"}}
                ),
            }
        },
        {"$set": {"taux": {"$divide": ["$collecte", "$objectif"]}}},
        {"$out": "mongo05_campagnes"},
    ]
)
# <<< solution
check("mongo-24")

# %% wrong="mongo-24"
base.drop_collection("mongo05_campagnes")
brutes.aggregate(  # les doublons restent
    [{"$set": {"collecte": {"$abs": "$collecte"}}}, {"$out": "mongo05_campagnes"}]
)

# %% wrong="mongo-24"
base.drop_collection("mongo05_campagnes")
brutes.aggregate(  # ce qui est sale est jeté, au lieu d'être réparé
    [
        {
            "$match": {
                "objectif": {"$type": "number"},
                "fin": {"$type": "date"},
                "collecte": {"$gte": 0},
            }
        },
        {"$set": {"taux": {"$divide": ["$collecte", "$objectif"]}}},
        {"$out": "mongo05_campagnes"},
    ]
)

# %% [markdown]
# Pour que la saleté ne revienne pas, donnez ensuite à cette collection un schéma de validation
# (`collMod`), et un index unique sur ce qui identifie une campagne.

# %% [markdown]
# ## 2. Résumer par catégorie
#
# **Exercice mongo-25** ★★ Rangez dans `mongo05_tableau` un document par catégorie :
#
# * `_id` : la catégorie ;
# * `campagnes` : le nombre de ses campagnes **terminées** (tout `etat` sauf « en cours ») ;
# * `reussies` : combien d'entre elles ont réussi ;
# * `part` : `reussies / campagnes` ;
# * `collecte` : la somme réunie par ces campagnes.
#
# Compter sous condition : `{"$sum": {"$cond": [condition, 1, 0]}}`.

# %% exercise="mongo-25"
propres = base.mongo05_campagnes
base.drop_collection("mongo05_tableau")
# >>> solution
#: # propres.aggregate([…, {"$merge": {"into": "mongo05_tableau"}}])
propres.aggregate(
    [
        {"$match": {"etat": {"$ne": "en cours"}}},
        {
            "$group": {
                "_id": "$categorie",
                "campagnes": {"$sum": 1},
                "reussies": {"$sum": {"$cond": [{"$eq": ["$etat", "réussie"]}, 1, 0]}},
                "collecte": {"$sum": "$collecte"},
            }
        },
        {"$set": {"part": {"$divide": ["$reussies", "$campagnes"]}}},
        {"$merge": {"into": "mongo05_tableau", "whenMatched": "replace"}},
    ]
)
# <<< solution
check("mongo-25")

# %% wrong="mongo-25"
base.drop_collection("mongo05_tableau")
propres.aggregate(  # les campagnes en cours comptent comme des échecs
    [
        {
            "$group": {
                "_id": "$categorie",
                "campagnes": {"$sum": 1},
                "reussies": {"$sum": {"$cond": [{"$eq": ["$etat", "réussie"]}, 1, 0]}},
                "collecte": {"$sum": "$collecte"},
            }
        },
        {"$set": {"part": {"$divide": ["$reussies", "$campagnes"]}}},
        {"$out": "mongo05_tableau"},
    ]
)

# %% wrong="mongo-25"
base.drop_collection("mongo05_tableau")
brutes.aggregate(  # à partir des données brutes
    [
        {"$match": {"etat": {"$ne": "en cours"}}},
        {
            "$group": {
                "_id": "$categorie",
                "campagnes": {"$sum": 1},
                "reussies": {"$sum": {"$cond": [{"$eq": ["$etat", "réussie"]}, 1, 0]}},
                "collecte": {"$sum": "$collecte"},
            }
        },
        {"$set": {"part": {"$divide": ["$reussies", "$campagnes"]}}},
        {"$out": "mongo05_tableau"},
    ]
)

# %% [markdown]
# ## 3. La série mensuelle
#
# **Exercice mongo-26** ★★★ Pour les campagnes propres lancées en **2025**, donnez la liste des douze
# mois, dans l'ordre, sous la forme `{"_id": premier_instant_du_mois, "collecte": somme_du_mois,
# "cumul": somme_depuis_janvier}`. Le cumul se calcule avec `$setWindowFields`.

# %% exercise="mongo-26"
annee = {"$gte": datetime(2025, 1, 1, tzinfo=UTC), "$lt": datetime(2026, 1, 1, tzinfo=UTC)}
# >>> solution
reponse = list(
    propres.aggregate(
        [
            {"$match": {"lancement": annee}},
            {
                "$group": {
                    "_id": {"$dateTrunc": {"date": "$lancement", "unit": "month"}},
                    "collecte": {"$sum": "$collecte"},
                }
            },
            {
                "$setWindowFields": {
                    "sortBy": {"_id": 1},
                    "output": {
                        "cumul": {
                            "$sum": "$collecte",
                            "window": {"documents": ["unbounded", "current"]},
                        }
                    },
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )
)
serie = reponse
# <<< solution
check("mongo-26", reponse)

# %% wrong="mongo-26"
reponse = list(
    propres.aggregate(  # sans window : le total de l'année partout
        [
            {"$match": {"lancement": annee}},
            {
                "$group": {
                    "_id": {"$dateTrunc": {"date": "$lancement", "unit": "month"}},
                    "collecte": {"$sum": "$collecte"},
                }
            },
            {
                "$setWindowFields": {
                    "sortBy": {"_id": 1},
                    "output": {"cumul": {"$sum": "$collecte"}},
                }
            },
            {"$sort": {"_id": 1}},
        ]
    )
)

# %% wrong="mongo-26"
reponse = list(
    propres.aggregate(
        [
            {"$match": {"lancement": annee}},
            {"$group": {"_id": {"$month": "$lancement"}, "collecte": {"$sum": "$collecte"}}},
            {"$sort": {"_id": 1}},
        ]
    )
)

# %% [markdown]
# ## 4. La figure
#
# Les gens regardent plutôt qu'ils ne lisent. Une figure de tableau de bord a un titre qui dit la
# question, des axes nommés, un ordre qui aide (le plus grand d'abord), et rien de trop.
#
# **Exercice mongo-27** ★★★ Faites une figure à deux cadres, et donnez-la en réponse :
#
# * le **premier** : un diagramme en barres de `part` par catégorie (lu dans `mongo05_tableau`), de la
#   plus grande à la plus petite ;
# * le **second** : la courbe (`plot`) de `cumul` sur les douze mois de 2025, dans l'unité de votre
#   choix ;
# * chaque cadre a un titre, et nomme son axe des valeurs (`set_xlabel` ou `set_ylabel`).

# %% exercise="mongo-27"
# >>> solution
tableau = list(base.mongo05_tableau.find().sort("part", -1))
figure, (gauche, droite) = plt.subplots(1, 2, figsize=(11, 3.6))
gauche.barh(
    [ligne["_id"] for ligne in tableau], [ligne["part"] for ligne in tableau], color="#2f6f9f"
)
gauche.invert_yaxis()
gauche.set_title("Où une campagne a-t-elle ses chances ?")
gauche.set_xlabel("part des campagnes terminées qui ont réussi")
droite.plot(
    [ligne["_id"] for ligne in serie],
    [ligne["cumul"] / 1e6 for ligne in serie],
    color="#c0763a",
    marker="o",
)
droite.set_title("Sommes réunies par les campagnes de 2025")
droite.set_ylabel("millions d'euros, cumulés")
droite.tick_params(axis="x", rotation=30)
for axe in (gauche, droite):
    axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
reponse = figure
# <<< solution
check("mongo-27", reponse)

# %% wrong="mongo-27"
reponse, (gauche, droite) = plt.subplots(1, 2)  # ni titres, ni noms d'axes
gauche.barh([ligne["_id"] for ligne in tableau], [ligne["part"] for ligne in tableau])
droite.plot([ligne["_id"] for ligne in serie], [ligne["cumul"] for ligne in serie])
plt.close(reponse)

# %% wrong="mongo-27"
reponse, (gauche, droite) = plt.subplots(1, 2)  # les collectes, et non les parts
gauche.bar([ligne["_id"] for ligne in tableau], [ligne["collecte"] for ligne in tableau])
gauche.set_title("Catégories")
gauche.set_ylabel("part")
droite.plot([ligne["_id"] for ligne in serie], [ligne["cumul"] for ligne in serie])
droite.set_title("Cumul")
droite.set_ylabel("€")
plt.close(reponse)

# %% wrong="mongo-27"
reponse, (gauche, droite) = plt.subplots(1, 2)  # la collecte du mois, et non le cumul
gauche.bar([ligne["_id"] for ligne in tableau], [ligne["part"] for ligne in tableau])
gauche.set_title("Catégories")
gauche.set_ylabel("part")
droite.plot([ligne["_id"] for ligne in serie], [ligne["collecte"] for ligne in serie])
droite.set_title("Cumul")
droite.set_ylabel("€")
plt.close(reponse)

# %% [markdown]
# ## À retenir
#
# * La source brute ne change pas ; tout le reste se **refait** d'un trait, dans l'ordre.
# * Chaque étape a un contrat écrit, donc vérifiable : c'est ce qui distingue une chaîne de traitement
#   d'une suite de cellules.
# * Ranger un résumé (`$merge`) coûte une fois ; le recalculer à chaque affichage coûte toujours.
#
# ## Pour aller plus loin
#
# * Réunissez les quatre étapes en une fonction `actualiser()`, et appelez-la deux fois : le résultat
#   doit être le même.
# * Ajoutez une facette par région, avec le porteur qui a réuni le plus (`$top`).
# * Quels index cette chaîne mérite-t-elle ? Prouvez-le par `explain()`.
# * Remplacez les campagnes par **vos** articles (`base.articles`) : publications par mois et par
#   rubrique, journalistes les plus actifs, étiquettes qui montent.
