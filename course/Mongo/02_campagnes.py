# %% [markdown]
# # Requêtes fines, mises à jour et nettoyage
#
# **Durée** : 60 minutes. **Prérequis** : *Documents, requêtes et premier index*.
#
# Une récolte ne rend jamais des données propres. Des montants arrivent en texte, des dates de
# travers, des doublons sous deux identifiants ; et les réponses que l'on cherche sont enfouies dans
# des listes à l'intérieur des documents. Ce notebook travaille sur un jeu fait pour cela : des
# campagnes de **financement participatif**.
#
# À la fin de ce notebook, vous saurez :
#
# * interroger un document imbriqué et une liste de documents, sans vous tromper de question ;
# * modifier un seul élément d'une liste, ou tous, ou ceux qui remplissent une condition ;
# * écrire mille modifications en un seul aller-retour ;
# * mesurer la saleté d'une collection, puis la nettoyer sans la sortir du serveur ;
# * empêcher la saleté de revenir, avec un schéma de validation.

# %% [markdown]
# ## 1. Le jeu de données
#
# Deux mille campagnes inventées, sales exprès. La collection `mongo02_campagnes` garde les données
# **brutes** : on ne la modifiera pas. C'est une habitude à prendre : la source intacte d'un côté, ce
# que l'on en fait de l'autre, et l'on peut toujours recommencer.

# %%
from lab import datasets, workspace

base = workspace.mongo()
campagnes = base.mongo02_campagnes
campagnes.drop()
campagnes.insert_many(datasets.load("campagnes", 2000))

exemple = campagnes.find_one({"_id": "c000001"})
for champ, valeur in exemple.items():
    if champ in ("paliers", "commentaires"):  # deux listes de documents : le premier suffit
        print(f"{champ:14}", len(valeur), "éléments, dont", valeur[0])
    else:
        print(f"{champ:14}", valeur)

# %% [markdown]
# Le document a trois étages. `porteur` est un document imbriqué ; `paliers` (les dons proposés) et
# `commentaires` sont des **listes de documents** :
#
# ```mermaid
# flowchart LR
#   C["campagne<br/>titre, categorie, objectif, collecte, etat…"]
#   C --> P["porteur<br/>nom, ville, region"]
#   C --> E["etiquettes<br/>liste de textes"]
#   C --> R["paliers<br/>liste : montant, nom, limite, pris"]
#   C --> K["commentaires<br/>liste : auteur, date, texte, note"]
# ```
#
# Dans une base relationnelle, ce serait quatre ou cinq tables et autant de jointures pour afficher
# une page. Ici, la page d'une campagne est **un** document : une lecture suffit.

# %% [markdown]
# ## 2. Documents imbriqués : le point, et le piège de l'égalité
#
# Un champ d'un document imbriqué se désigne par un chemin pointé, entre guillemets.

# %%
print(campagnes.count_documents({"porteur.region": "Bretagne"}), "campagnes bretonnes")
print(campagnes.count_documents({"porteur.campagnes": {"$gte": 3}}), "par des habitués")

# %% [markdown]
# **Piège.** Comparer le sous-document entier demande une égalité **exacte** : mêmes champs, mêmes
# valeurs, même ordre. Un champ de plus dans les données, et plus rien ne correspond.

# %%
print(campagnes.count_documents({"porteur": {"region": "Bretagne"}}), "porteur égal à {region: …}")

# %% [markdown]
# ### Absent, vide, ou d'un autre type ?
#
# Des situations que l'on confond volontiers :
#
# | filtre | ce qui correspond |
# |---|---|
# | `{"x": {"$exists": False}}` | le champ n'est pas là |
# | `{"x": None}` | le champ n'est pas là, **ou** il vaut `null` |
# | `{"x": {"$type": "null"}}` | le champ est là et vaut `null` |
# | `{"x": {"$type": "string"}}` | c'est un texte |
# | `{"x": {"$type": "number"}}` | c'est un nombre, entier ou à virgule |

# %%
for nom, filtre in {
    "sous_categorie absente": {"sous_categorie": {"$exists": False}},
    "objectif absent ou null": {"objectif": None},
    "objectif en texte": {"objectif": {"$type": "string"}},
    "objectif numérique": {"objectif": {"$type": "number"}},
}.items():
    print(f"{nom:24} {campagnes.count_documents(filtre):5}")

print(campagnes.find_one({"objectif": {"$type": "string"}}, {"titre": 1, "objectif": 1}))

# %% [markdown]
# **Piège.** Une comparaison ne regarde que les valeurs **du même type** : `{"objectif": {"$gte": 0}}`
# ignore sans un mot les objectifs écrits en texte. Une statistique calculée sur des données sales ne
# plante pas ; elle est fausse.

# %%
comparables = campagnes.count_documents({"objectif": {"$gte": 0}})
print(f"{comparables} campagnes sur {campagnes.count_documents({})} ont un objectif ≥ 0")

# %% [markdown]
# ## 3. Listes : poser la bonne question
#
# Sur une liste de valeurs, un filtre ordinaire demande « **un** élément au moins vérifie-t-il
# ceci ? ».

# %%
for nom, filtre in {
    "contient « local »": {"etiquettes": "local"},
    "contient l'une des deux": {"etiquettes": {"$in": ["local", "solidaire"]}},
    "contient les deux": {"etiquettes": {"$all": ["local", "solidaire"]}},
    "ne contient pas « local »": {"etiquettes": {"$ne": "local"}},
    "en a exactement trois": {"etiquettes": {"$size": 3}},
    "n'en a aucune": {"etiquettes": []},
}.items():
    print(f"{nom:26} {campagnes.count_documents(filtre):5}")

# %% [markdown]
# ### `$elemMatch` : plusieurs conditions sur le **même** élément
#
# Quelles campagnes ont un palier d'au moins 100 € que personne n'a pris ? L'écriture naturelle pose
# en fait une autre question :

# %%
naif = {"paliers.montant": {"$gte": 100}, "paliers.pris": 0}
juste = {"paliers": {"$elemMatch": {"montant": {"$gte": 100}, "pris": 0}}}
print("naïf :", campagnes.count_documents(naif), " juste :", campagnes.count_documents(juste))

intrus = campagnes.find_one({"$and": [naif, {"$nor": [juste]}]}, {"paliers": 1}, sort=[("_id", 1)])
for palier in intrus["paliers"]:
    print(palier)

# %% [markdown]
# Dans cette campagne, un palier coûte plus de 100 € et **un autre** n'a pas été pris. Le filtre naïf
# s'en contente, car chacune des deux conditions est vérifiée quelque part. `$elemMatch` exige que ce
# soit au même endroit.
#
# Le même opérateur sert en **projection** : ne rendre que l'élément qui convient, plutôt que la
# liste. `$slice` en rend un morceau (ici les deux derniers commentaires).

# %%
print(campagnes.find_one(juste, {"paliers": {"$elemMatch": {"montant": {"$gte": 100}, "pris": 0}}}))
bavarde = campagnes.find_one(
    {"commentaires.4": {"$exists": True}},
    {"_id": 0, "titre": 1, "commentaires": {"$slice": -2}},
    sort=[("_id", 1)],
)
print(bavarde["titre"])
for commentaire in bavarde["commentaires"]:
    print("  ", commentaire["note"], commentaire["texte"])

# %% [markdown]
# **Piège.** Un dictionnaire Python n'a pas deux fois la même clé : dans
# `{"commentaires.note": 5, "commentaires.note": 1}`, la première condition disparaît avant même
# d'arriver au serveur. Écrivez `{"$and": [{…}, {…}]}`, ou réunissez les opérateurs :
# `{"prix": {"$gte": 10, "$lt": 20}}`.
#
# ### `$expr` : comparer deux champs
#
# Un filtre compare un champ à une **constante**. Pour comparer deux champs du même document, il faut
# une expression, où `$collecte` désigne la valeur du champ :

# %%
double = {
    "objectif": {"$type": "number"},
    "$expr": {"$gte": ["$collecte", {"$multiply": [2, "$objectif"]}]},
}
print(campagnes.count_documents(double), "campagnes ont réuni le double de leur objectif")

# %% [markdown]
# ## 4. Modifier l'intérieur d'un document
#
# Pour essayer sans rien perdre, `atelier()` refait à neuf une petite copie de deux cents campagnes.

# %%
def atelier():
    """Une collection toute neuve de deux cents campagnes."""
    copie = base.mongo02_atelier
    copie.drop()
    copie.insert_many(campagnes.find().sort("_id").limit(200))
    return copie


copie = atelier()
print(copie.count_documents({}))

# %% [markdown]
# Quel élément d'une liste modifier ? Trois écritures, trois portées :
#
# | chemin | éléments modifiés |
# |---|---|
# | `paliers.$.x` | **le premier** qui vérifie le filtre de la requête |
# | `paliers.$[].x` | tous |
# | `paliers.$[p].x` | ceux que décrit le filtre nommé `p`, dans `array_filters` |

# %%
def paliers(identifiant):
    """Les paliers d'une campagne, une ligne chacun."""
    return "\n".join(f"   {p}" for p in copie.find_one({"_id": identifiant})["paliers"])


copie.update_one(
    {"_id": "c000001", "paliers.nom": "Merci"}, {"$set": {"paliers.$.nom": "Mille mercis"}}
)
copie.update_one({"_id": "c000001"}, {"$set": {"paliers.$[].livraison": "offerte"}})
copie.update_one(
    {"_id": "c000001"},
    {"$set": {"paliers.$[cher].numerote": True}},
    array_filters=[{"cher.montant": {"$gte": 50}}],
)
print(paliers("c000001"))

# %% [markdown]
# Les listes grandissent aussi. `$push` avec `$each`, `$sort` et `$slice` tient une liste **bornée**
# (les trois meilleures notes, les dix derniers messages) en une seule opération ; `$pull` retire les
# éléments qui vérifient une condition.

# %%
from datetime import UTC, datetime

nouveau = {
    "auteur": "Ada",
    "date": datetime(2026, 9, 1, tzinfo=UTC),
    "texte": "Superbe !",
    "note": 5,
}
cible = copie.find_one({"commentaires.3": {"$exists": True}}, sort=[("_id", 1)])["_id"]
copie.update_one({"_id": cible}, {"$pull": {"commentaires": {"note": None}}})
copie.update_one(
    {"_id": cible},
    {"$push": {"commentaires": {"$each": [nouveau], "$sort": {"note": -1}, "$slice": 3}}},
)
print([c["note"] for c in copie.find_one({"_id": cible})["commentaires"]])

# %% [markdown]
# Pourquoi ne pas lire le document, le changer en Python, puis le réécrire ? Parce qu'entre la lecture
# et l'écriture, un autre processus a pu le modifier, et que vous effaceriez son travail. Une
# modification d'**un** document par un opérateur est **atomique** : elle se fait entièrement, ou pas
# du tout, et personne n'en voit la moitié.
#
# ### Upsert, et ce que l'on n'écrit qu'à la naissance
#
# Un compteur de visites par campagne et par jour : le document naît à la première visite, puis
# grandit. `$setOnInsert` ne joue qu'à la création ; `$max` ne retient qu'une valeur plus grande.

# %%
visites = base.mongo02_visites
visites.drop()
for minute, duree in [(0, 40), (3, 125), (9, 60)]:
    instant = datetime(2026, 9, 1, 8, minute, tzinfo=UTC)
    visites.update_one(
        {"_id": "c000001/2026-09-01"},
        {
            "$setOnInsert": {"premiere": instant},
            "$set": {"derniere": instant},
            "$inc": {"visites": 1},
            "$max": {"plus_longue": duree},
        },
        upsert=True,
    )
print(visites.find_one())

# %% [markdown]
# ### Mille modifications, un seul voyage
#
# Chaque `update_one` est un aller-retour sur le réseau. `bulk_write` les envoie par paquets. Avec
# `ordered=False`, une opération refusée n'arrête pas les suivantes : les erreurs sont rendues
# ensemble, à la fin, chacune avec le numéro de l'opération fautive.

# %%
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

operations = [
    UpdateOne({"_id": "c000001/2026-09-02"}, {"$inc": {"visites": 7}}, upsert=True),
    InsertOne({"_id": "c000001/2026-09-01", "visites": 0}),  # existe déjà
    UpdateOne({"_id": "c000001/2026-09-01"}, {"$inc": {"visites": 1}}),
]
try:
    visites.bulk_write(operations, ordered=False)
except BulkWriteError as erreur:
    for faute in erreur.details["writeErrors"]:
        print("opération", faute["index"], "refusée, code", faute["code"])

for visite in visites.find({}, {"visites": 1}).sort("_id"):
    print(visite)

# %% [markdown]
# ## 5. Nettoyer sans sortir du serveur
#
# Nettoyer, c'est trois temps : **mesurer** les défauts, les **réparer** par des règles écrites, puis
# **mesurer de nouveau**. Commençons par un inventaire des types, champ par champ : `$type` donne le
# type de chaque valeur, et `$group` les compte.

# %%
propre = base.mongo02_propre
propre.drop()
propre.insert_many(campagnes.find())


def types(champ):
    """Combien de valeurs de chaque type un champ a-t-il ?"""
    lignes = propre.aggregate([{"$group": {"_id": {"$type": f"${champ}"}, "n": {"$sum": 1}}}])
    return dict(sorted((ligne["_id"], ligne["n"]) for ligne in lignes))


for champ in ("objectif", "collecte", "fin", "sous_categorie"):
    print(f"{champ:16}", types(champ))

# %% [markdown]
# `missing` : le champ n'existe pas. `int` et `string` mêlés : voilà le défaut à réparer. Écrivons
# chaque défaut comme un filtre ; on comptera avec les mêmes avant et après.

# %%
import re

defauts = {
    "objectif en texte": {"objectif": {"$type": "string"}},
    "fin en texte": {"fin": {"$type": "string"}},
    "collecte négative": {"collecte": {"$lt": 0}},
    "sous-catégorie absente": {"sous_categorie": {"$exists": False}},
    "ville mal écrite": {
        "porteur.ville": {
            "$in": [re.compile(r"^\s|\s$"), re.compile("^[^A-Z]"), re.compile("^[A-Z][^a-z]")]
        }
    },
}


def mesurer():
    """Le nombre de campagnes touchées par chaque défaut."""
    return {nom: propre.count_documents(filtre) for nom, filtre in defauts.items()}


avant = mesurer()
avant

# %% [markdown]
# ### Une modification qui calcule
#
# `update_many` accepte, à la place d'un document d'opérateurs, une **liste d'étapes** : la nouvelle
# valeur se calcule alors à partir de l'ancienne, sur le serveur. Pour « 12 000 € », retirons l'espace
# insécable et le symbole, puis convertissons :

# %%
def sans(texte, *indesirables):
    """L'expression qui retire des morceaux d'un texte, l'un après l'autre."""
    for morceau in indesirables:
        texte = {"$replaceAll": {"input": texte, "find": morceau, "replacement": ""}}
    return texte


en_nombre = {
    "$convert": {"input": sans("$objectif", "\u00a0", " ", "€"), "to": "int", "onError": None}
}
resultat = propre.update_many(defauts["objectif en texte"], [{"$set": {"objectif": en_nombre}}])
print(resultat.modified_count, "objectifs réparés :", types("objectif"))

# %% [markdown]
# Remarquez que l'expression est elle-même un document Python : on la construit avec une fonction,
# comme n'importe quelle donnée. `onError` dit quoi faire d'un texte inconvertible ; sans lui, une
# seule valeur récalcitrante ferait échouer toute la modification.
#
# Pour les villes, la règle est plus subtile : « ORLÉANS », « orléans » et «  Orléans  » doivent
# rejoindre « Orléans ».
#
# **Piège.** `$toLower` ne garantit son résultat que pour les lettres sans accent : « ORLÉANS » peut y
# devenir « orlÉans ». Python, lui, connaît toutes les écritures. Lisons donc les
# orthographes présentes, décidons en Python, et écrivons en un seul `bulk_write` :

# %%
from collections import Counter

from pymongo import UpdateMany

orthographes = Counter(
    {
        ligne["_id"]: ligne["n"]
        for ligne in propre.aggregate([{"$group": {"_id": "$porteur.ville", "n": {"$sum": 1}}}])
    }
)
usuelles = {}
for ville, _ in orthographes.most_common():  # la plus fréquente d'abord : c'est la bonne
    usuelles.setdefault(ville.strip().casefold(), ville)

corrections = [
    UpdateMany({"porteur.ville": ville}, {"$set": {"porteur.ville": bonne}})
    for ville in sorted(orthographes)
    if (bonne := usuelles[ville.strip().casefold()]) != ville
]
resultat = propre.bulk_write(corrections, ordered=False)
print(f"{len(orthographes)} orthographes, {len(usuelles)} villes")
print(f"{len(corrections)} règles, {resultat.modified_count} campagnes corrigées")

# %% [markdown]
# ### Les doublons
#
# Un doublon n'a pas le même `_id` (ce serait impossible), mais il dit la même chose. On regroupe par
# ce qui identifie *vraiment* une campagne, ici son titre, son porteur et l'instant de son lancement ;
# un groupe de plus d'un élément est suspect.

# %%
doublons = list(
    propre.aggregate(
        [
            {"$sort": {"_id": 1}},
            {
                "$group": {
                    "_id": {
                        "titre": "$titre",
                        "porteur": "$porteur.nom",
                        "lancement": "$lancement",
                    },
                    "exemplaires": {"$push": "$_id"},
                }
            },
            {"$match": {"exemplaires.1": {"$exists": True}}},
        ]
    )
)
a_retirer = [identifiant for groupe in doublons for identifiant in groupe["exemplaires"][1:]]
print(len(doublons), "campagnes en double ;", len(a_retirer), "copies à retirer")
print(propre.delete_many({"_id": {"$in": a_retirer}}).deleted_count, "retirées")

# %% [markdown]
# Où en sommes-nous ? Les dates de fin et les collectes négatives restent : ce sera à vous. Quant aux
# sous-catégories absentes, aucune règle ne peut les inventer. Nettoyer n'est pas deviner : mieux vaut
# un champ absent qu'un champ faux.

# %%
import matplotlib.pyplot as plt

apres = mesurer()
figure, axe = plt.subplots(figsize=(8, 3.2))
places = range(len(defauts))
axe.barh(
    [p - 0.2 for p in places], list(avant.values()), height=0.4, color="#c8ccd4", label="avant"
)
axe.barh(
    [p + 0.2 for p in places], list(apres.values()), height=0.4, color="#2f6f9f", label="après"
)
axe.set_yticks(list(places), list(defauts))
axe.set_xlabel("campagnes touchées, sur 2 000")
axe.invert_yaxis()
axe.legend(frameon=False)
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## 6. Empêcher la saleté de revenir
#
# « MongoDB n'a pas de schéma » est une légende : il n'en **impose** pas, mais il en accepte un. Un
# *validateur* est attaché à la collection, et toute écriture qui le contredit est refusée (code 121),
# quel que soit le programme qui l'envoie.

# %%
from pymongo.errors import WriteError

schema = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["titre", "objectif", "lancement"],
        "properties": {
            "titre": {"bsonType": "string", "minLength": 3},
            "objectif": {"bsonType": "number", "minimum": 1},
            "lancement": {"bsonType": "date"},
            "etiquettes": {
                "bsonType": "array",
                "uniqueItems": True,
                "items": {"bsonType": "string"},
            },
        },
    }
}
base.drop_collection("mongo02_valide")
valide = base.create_collection("mongo02_valide", validator=schema)

bonne = {"titre": "Un four à pain", "objectif": 4000, "lancement": datetime(2026, 9, 1, tzinfo=UTC)}
valide.insert_one(bonne | {"_id": 1})
try:
    valide.insert_one(bonne | {"_id": 2, "objectif": "4 000 €"})
except WriteError as erreur:
    regle = erreur.details["errInfo"]["details"]["schemaRulesNotSatisfied"][0]
    for champ in regle["propertiesNotSatisfied"]:
        print("refusé :", champ["propertyName"], "—", champ["details"][0]["reason"])

# %% [markdown]
# L'erreur nomme le champ et la règle enfreinte : de quoi écrire un message utile. Dans un
# `$jsonSchema` :
#
# * `required` liste les champs obligatoires ; un champ décrit dans `properties` mais non requis peut
#   manquer ;
# * `bsonType` est un type de MongoDB (`"string"`, `"number"`, `"date"`, `"array"`, `"object"`…) ;
# * `items` décrit **chaque** élément d'une liste, `enum` une liste de valeurs permises.
#
# **Piège.** Une clé mal placée ne valide plus rien, et ne se plaint pas : `required` écrit *dans*
# `properties` est lu comme la description d'un champ nommé « required ». Essayez toujours un schéma
# avec un document qui doit être refusé.
#
# Le même `$jsonSchema` est aussi un filtre. Avant d'attacher un schéma à une collection qui existe
# déjà, demandez-vous qui l'enfreindrait :

# %%
print(propre.count_documents({"$nor": [schema]}), "campagnes nettoyées seraient refusées")
print("leurs objectifs :", propre.distinct("objectif", {"$nor": [schema]}))

# %% [markdown]
# `collMod` attache un schéma après coup. `validationLevel="moderate"` n'exige rien des documents déjà
# fautifs, et `validationAction="warn"` se contente de noter l'infraction dans le journal du serveur :
# deux façons de passer à des données propres sans arrêter le service.

# %%
base.command("collMod", propre.name, validator=schema, validationLevel="moderate")
fautive = propre.find_one({"objectif": None}, sort=[("_id", 1)])["_id"]
print(
    propre.update_one({"_id": fautive}, {"$set": {"vue": True}}).modified_count,
    "modifiée quand même",
)

# %% [markdown]
# ## À retenir
#
# * Un chemin pointé (`porteur.region`) plutôt que l'égalité d'un sous-document entier.
# * Plusieurs conditions sur le même élément d'une liste : `$elemMatch`.
# * `$` le premier, `$[]` tous, `$[nom]` ceux que décrit `array_filters`.
# * Une modification par opérateur est atomique ; lire puis réécrire ne l'est pas.
# * Mesurer, réparer par règles, mesurer de nouveau ; garder la source brute.
# * Un schéma de validation se teste avec un document qui doit être refusé.

# %% [markdown]
# ## 7. Exercices : *Financement participatif*
#
# Les questions 7 à 9 portent sur la collection brute, `campagnes`.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice mongo-07** ★ Combien de campagnes de la catégorie « Musique », portées depuis la région
# « Bretagne », sont à l'état « réussie » ?

# %% exercise="mongo-07"
# >>> solution
reponse = campagnes.count_documents(
    {"categorie": "Musique", "porteur.region": "Bretagne", "etat": "réussie"}
)
# <<< solution
check("mongo-07", reponse)

# %% wrong="mongo-07"
reponse = campagnes.count_documents(
    {"categorie": "Musique", "porteur": {"region": "Bretagne"}, "etat": "réussie"}
)

# %% wrong="mongo-07"
reponse = campagnes.count_documents({"categorie": "Musique", "porteur.region": "Bretagne"})

# %% [markdown]
# **Exercice mongo-08** ★★ Combien de campagnes ont un palier **limité à 20 exemplaires** (`limite`)
# dont les vingt ont été pris (`pris`) ?

# %% exercise="mongo-08"
# >>> solution
reponse = campagnes.count_documents(
    {"paliers": {"$elemMatch": {"limite": 20, "pris": {"$gte": 20}}}}
)
# <<< solution
check("mongo-08", reponse)

# %% wrong="mongo-08"
reponse = campagnes.count_documents({"paliers.limite": 20, "paliers.pris": {"$gte": 20}})

# %% wrong="mongo-08"
reponse = campagnes.count_documents({"paliers": {"limite": 20, "pris": 20}})

# %% [markdown]
# **Exercice mongo-09** ★★ Combien de campagnes ont reçu au moins un commentaire noté 1, et aucun noté
# 5 ?

# %% exercise="mongo-09"
# >>> solution
reponse = campagnes.count_documents({"commentaires.note": {"$eq": 1, "$ne": 5}})
# <<< solution
check("mongo-09", reponse)

# %% wrong="mongo-09"
reponse = campagnes.count_documents(
    {"commentaires": {"$elemMatch": {"note": {"$eq": 1, "$ne": 5}}}}
)

# %% wrong="mongo-09"
conditions = [("commentaires.note", 1), ("commentaires.note", {"$ne": 5})]
reponse = campagnes.count_documents(dict(conditions))  # la seconde clé efface la première

# %% [markdown]
# **Exercice mongo-10** ★★ Dans `copie`, ajoutez `"rare": True` à **chaque** palier limité à 50
# exemplaires ou moins, et à ceux-là seulement. (La première ligne refait la copie à neuf : vous pouvez
# relancer la cellule sans crainte. `limite` vaut `None` quand le palier est illimité.)

# %% exercise="mongo-10"
copie = atelier()
# >>> solution
#: # copie.update_many(…)
copie.update_many(
    {},
    {"$set": {"paliers.$[p].rare": True}},
    array_filters=[{"p.limite": {"$lte": 50}}],
)
# <<< solution
check("mongo-10")

# %% wrong="mongo-10"
copie = atelier()
copie.update_many({"paliers.limite": {"$lte": 50}}, {"$set": {"paliers.$.rare": True}})

# %% wrong="mongo-10"
copie = atelier()
copie.update_many({"paliers.limite": {"$lte": 50}}, {"$set": {"paliers.$[].rare": True}})

# %% wrong="mongo-10"
copie = atelier()
copie.update_many(
    {}, {"$set": {"paliers.$[p].rare": True}}, array_filters=[{"p.limite": {"$lt": 50}}]
)

# %% [markdown]
# **Exercice mongo-11** ★★★ Écrivez les étapes d'une modification (la liste que l'on donne à
# `update_many`) qui répare **deux** défauts : `fin`, quand c'est un texte comme « 31/12/2025 »,
# devient la date correspondante (à 0 h, temps universel) ; `collecte` devient positive. Tout le reste
# demeure tel quel, y compris les dates qui sont déjà des dates. Opérateurs utiles : `$cond`, `$type`,
# `$dateFromString`, `$abs`. Le `check` applique vos étapes à sa propre collection de campagnes sales.

# %% exercise="mongo-11"
# >>> solution
en_date = {"$dateFromString": {"dateString": "$fin", "format": "%d/%m/%Y"}}
reponse = [
    {
        "$set": {
            "fin": {"$cond": [{"$eq": [{"$type": "$fin"}, "string"]}, en_date, "$fin"]},
            "collecte": {"$abs": "$collecte"},
        }
    }
]
# <<< solution
check("mongo-11", reponse)

# %% wrong="mongo-11"
reponse = [{"$set": {"collecte": {"$abs": "$collecte"}}}]

# %% wrong="mongo-11"
reponse = [
    {
        "$set": {
            "fin": {
                "$dateFromString": {"dateString": "$fin", "format": "%d/%m/%Y", "onError": None}
            },
            "collecte": {"$abs": "$collecte"},
        }
    }
]  # les dates qui étaient justes sont perdues

# %% wrong="mongo-11"
reponse = {"$set": {"collecte": {"$abs": "$collecte"}}}

# %% [markdown]
# **Exercice mongo-12** ★★★ Écrivez un validateur (`{"$jsonSchema": …}`) qui exige : un `titre`, texte
# d'au moins 3 caractères ; un `etat` parmi « réussie », « échouée », « annulée », « en cours » ; des
# `paliers`, liste d'au moins un élément, dont **chaque** élément a un `montant`, nombre d'au moins 1.
# Les trois champs sont obligatoires ; les autres sont libres.

# %% exercise="mongo-12"
# >>> solution
reponse = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["titre", "etat", "paliers"],
        "properties": {
            "titre": {"bsonType": "string", "minLength": 3},
            "etat": {"enum": ["réussie", "échouée", "annulée", "en cours"]},
            "paliers": {
                "bsonType": "array",
                "minItems": 1,
                "items": {
                    "bsonType": "object",
                    "required": ["montant"],
                    "properties": {"montant": {"bsonType": "number", "minimum": 1}},
                },
            },
        },
    }
}
# <<< solution
check("mongo-12", reponse)

# %% wrong="mongo-12"
reponse = {
    "$jsonSchema": {
        "bsonType": "object",
        "properties": {
            "titre": {"bsonType": "string", "minLength": 3},
            "etat": {"enum": ["réussie", "échouée", "annulée", "en cours"]},
            "paliers": {"bsonType": "array", "minItems": 1},
        },
    }
}

# %% wrong="mongo-12"
reponse = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["titre", "etat", "paliers"],
        "properties": {
            "titre": {"bsonType": "string", "minLength": 3},
            "etat": {"bsonType": "string"},
            "paliers": {"bsonType": "array", "items": {"properties": {"montant": {"minimum": 1}}}},
        },
    }
}

# %% [markdown]
# Pour aller plus loin : appliquez votre réponse à mongo-11 à la collection `propre`, relancez
# `mesurer()`, et refaites la figure. Que reste-t-il ?
