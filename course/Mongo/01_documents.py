# %% [markdown]
# # Documents, requêtes et premier index
#
# **Durée** : 40 minutes. **Prérequis** : le notebook *L'environnement de travail* ; les
# dictionnaires et les listes de Python.
#
# À la fin de ce notebook, vous saurez :
#
# * dire ce qu'est un document, une collection, une base ;
# * créer, lire, modifier et supprimer des documents (*CRUD*) ;
# * poser une question : filtre, projection, tri, limite ;
# * résumer une collection avec une première agrégation ;
# * reconnaître une requête lente, et la rendre rapide avec un index.

# %% [markdown]
# ## 1. Documents et collections
#
# Deux pages d'un même site n'ont jamais tout à fait les mêmes champs : l'une a trois auteurs, l'autre
# aucun ; un prix manque, une note apparaît. Les ranger dans des colonnes décidées d'avance oblige à
# choisir : perdre ce qui dépasse, ou changer la table à chaque surprise. Une base de **documents** prend
# la fiche comme elle est, puis sait la retrouver, la corriger et la résumer. C'est pour cela qu'elle est
# la base de référence de nos récoltes.
#
# Une base relationnelle range des **lignes** dans des **tables** dont les colonnes sont fixées
# d'avance. MongoDB range des **documents** dans des **collections** : un document est un ensemble
# de champs, comme un dictionnaire Python, dont une valeur peut être une liste ou un autre document.
# Deux documents d'une même collection peuvent avoir des champs différents.

# %%
from lab import workspace

base = workspace.mongo()
print("base        :", base.name)
print("collections :", sorted(base.list_collection_names()))

# %% [markdown]
# Les articles récoltés par le spider `gazette` sont dans la collection `articles`. En voici un :

# %%
articles = base.articles
un_article = articles.find_one(sort=[("published", -1), ("_id", 1)])
for champ, valeur in un_article.items():
    if champ != "body":  # le texte de l'article, un peu long
        print(f"{champ:14}", valeur)

# %% [markdown]
# Trois choses à remarquer :
#
# * `_id` est l'identifiant du document, unique dans sa collection. Ici il est calculé à partir de
#   l'adresse de l'article ; sans précision, MongoDB en fabrique un (`ObjectId`) ;
# * `authors` et `tags` sont des **listes** : pas besoin d'une autre table ;
# * `published` est une vraie **date**, en temps universel : on pourra la comparer et la trier.

# %% [markdown]
# ## 2. Créer, lire, modifier, supprimer
#
# Pour s'exercer sans rien abîmer, prenons une collection à nous, vidée au départ. Une collection
# n'a pas à être déclarée : elle naît avec son premier document.

# %%
carnet = base.mongo01_carnet
carnet.drop()  # pour que ce notebook donne le même résultat à chaque exécution

resultat = carnet.insert_one(
    {"_id": "ada", "nom": "Ada", "langages": ["Python"], "adresse": {"ville": "Lyon"}}
)
print("inséré :", resultat.inserted_id)

resultat = carnet.insert_many(
    [
        {"_id": "blaise", "nom": "Blaise", "langages": ["C", "Python"], "age": 31},
        {"_id": "chloe", "nom": "Chloé", "langages": [], "age": 24},
        {"nom": "Denis", "langages": ["SQL"], "age": 45, "adresse": {"ville": "Brest"}},
    ]
)
print("insérés :", resultat.inserted_ids)

# %% [markdown]
# `find_one` donne un document, ou `None` si rien ne correspond. `find` donne un **curseur**, que
# l'on parcourt avec une boucle ; les documents arrivent au fur et à mesure, et un curseur déjà
# parcouru est vide.

# %%
print(carnet.find_one({"_id": "ada"}))
print(carnet.find_one({"_id": "zoé"}))

for personne in carnet.find({"age": {"$gt": 30}}):
    print(personne["nom"], personne["age"], "ans")

# %% [markdown]
# Une modification désigne les documents par un filtre, puis dit **quoi changer** avec des
# opérateurs :
#
# | opérateur | effet |
# |---|---|
# | `$set` | donne une valeur à un champ (créé s'il manque) |
# | `$unset` | retire un champ |
# | `$inc` | ajoute un nombre |
# | `$push` | ajoute un élément à une liste |
# | `$addToSet` | l'ajoute seulement s'il n'y est pas |

# %%
resultat = carnet.update_one(
    {"_id": "ada"}, {"$set": {"age": 36}, "$addToSet": {"langages": "Python"}}
)
print(resultat.matched_count, "trouvé,", resultat.modified_count, "modifié")

carnet.update_one({"_id": "chloe"}, {"$inc": {"age": 1}, "$push": {"langages": "R"}})
resultat = carnet.update_many({"langages": "Python"}, {"$set": {"equipe": "données"}})
print(resultat.modified_count, "personnes dans l'équipe données")

for personne in carnet.find().sort("nom"):
    print(personne)

# %% [markdown]
# Avec `upsert=True`, une modification qui ne trouve rien **insère**. C'est l'opération préférée
# d'une récolte : « range cette fiche, qu'elle soit nouvelle ou non ». Répétée, elle ne crée pas de
# doublon.

# %%
for passage in (1, 2):
    resultat = carnet.replace_one(
        {"_id": "emma"}, {"nom": "Emma", "langages": ["Rust"], "age": 29}, upsert=True
    )
    print(f"passage {passage} : inséré = {resultat.upserted_id}, trouvé = {resultat.matched_count}")

print(carnet.count_documents({}), "personnes")

# %% [markdown]
# Insérer deux fois le même `_id` est refusé, et l'erreur se rattrape comme toute autre :

# %%
from pymongo.errors import DuplicateKeyError

try:
    carnet.insert_one({"_id": "ada", "nom": "Une autre Ada"})
except DuplicateKeyError as erreur:
    print("refusé : code", erreur.code)

resultat = carnet.delete_many({"age": {"$lt": 30}})
print(resultat.deleted_count, "supprimées ; restent", carnet.distinct("nom"))

# %% [markdown]
# ## 3. Poser une question aux articles
#
# Un **filtre** est lui aussi un document. Plusieurs champs : toutes les conditions doivent être
# vraies.
#
# | on écrit | on demande |
# |---|---|
# | `{"section": "Sport"}` | la rubrique est « Sport » |
# | `{"tags": "Montagne"}` | la liste `tags` **contient** « Montagne » |
# | `{"section": {"$in": ["Sport", "Culture"]}}` | l'une des valeurs |
# | `{"published": {"$gte": debut, "$lt": fin}}` | entre deux dates |
# | `{"title": {"$regex": "^À "}}` | le titre commence par « À » |
# | `{"$or": [{…}, {…}]}` | l'une des conditions |
# | `{"adresse.ville": "Brest"}` | un champ d'un document imbriqué |

# %%
print(articles.count_documents({}), "articles")
print(articles.count_documents({"section": "Sport"}), "de sport")
print(articles.count_documents({"section": "Sport", "tags": "Montagne"}), "de sport et de montagne")
print(
    articles.count_documents({"tags": {"$all": ["Montagne", "Rugby"]}}), "avec ces deux étiquettes"
)
print(articles.count_documents({"authors.1": {"$exists": True}}), "écrits à plusieurs")

# %% [markdown]
# Les dates se comparent avec des dates, pas avec du texte. Dites toujours dans quel fuseau :

# %%
from datetime import UTC, datetime

debut, fin = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 8, tzinfo=UTC)
semaine = {"published": {"$gte": debut, "$lt": fin}}
print(articles.count_documents(semaine), "articles dans la première semaine de septembre 2026")

# %% [markdown]
# La **projection** (deuxième argument de `find`) choisit les champs rendus : inutile de transporter
# le texte entier d'un article pour n'afficher que son titre. Puis `sort` trie (`1` croissant, `-1`
# décroissant) et `limit` s'arrête à temps.

# %%
champs = {"_id": False, "title": True, "section": True, "published": True}
for article in articles.find(semaine, champs).sort([("published", -1), ("_id", 1)]).limit(5):
    print(f"{article['published']:%d/%m %H:%M}  {article['section']:15} {article['title']}")

# %% [markdown]
# ## 4. Une première agrégation
#
# Pour **résumer** une collection, on décrit une chaîne d'étapes (*pipeline*) : chacune reçoit les
# documents de la précédente. Combien d'articles par rubrique ?

# %%
par_rubrique = [
    {"$group": {"_id": "$section", "articles": {"$sum": 1}}},
    {"$sort": {"articles": -1, "_id": 1}},
]
for ligne in articles.aggregate(par_rubrique):
    print(f"{ligne['_id']:15} {ligne['articles']:4}")

# %% [markdown]
# Dans `$group`, `_id` dit selon quoi regrouper (le `$` devant `section` signifie « la valeur du
# champ »), et les autres champs disent quoi calculer.
#
# `$unwind` déplie une liste : un article à trois étiquettes devient trois documents à une étiquette.
# C'est ce qu'il faut pour compter les étiquettes de la rubrique « Culture » :

# %%
etiquettes = [
    {"$match": {"section": "Culture"}},
    {"$unwind": "$tags"},
    {"$group": {"_id": "$tags", "articles": {"$sum": 1}}},
    {"$sort": {"articles": -1, "_id": 1}},
    {"$limit": 5},
]
for ligne in articles.aggregate(etiquettes):
    print(f"{ligne['_id']:20} {ligne['articles']:4}")

# %% [markdown]
# Le même outil calcule des moyennes, des extrêmes… Voici les catégories de la boutique, de la plus
# chère à la moins chère en moyenne :

# %%
categories = [
    {"$match": {"price": {"$ne": None}}},
    {
        "$group": {
            "_id": "$category",
            "produits": {"$sum": 1},
            "moyenne": {"$avg": "$price"},
            "maximum": {"$max": "$price"},
        }
    },
    {"$sort": {"moyenne": -1}},
]
for ligne in base.products.aggregate(categories):
    print(
        f"{ligne['_id']:15} {ligne['produits']:3} produits,"
        f" {ligne['moyenne']:8.2f} € en moyenne, {ligne['maximum']:8.2f} € au plus"
    )

# %% [markdown]
# Un tableau se lit, des proportions se **regardent**. Un curseur ne se parcourt qu'une fois : `list(…)`
# en garde les documents, pour la figure.

# %%
import matplotlib.pyplot as plt

lignes = list(base.products.aggregate(categories))
figure, axe = plt.subplots(figsize=(7.5, 3))
noms = [ligne["_id"] for ligne in lignes]
axe.barh(noms, [ligne["maximum"] for ligne in lignes], color="#c8ccd4", label="le plus cher")
axe.barh(noms, [ligne["moyenne"] for ligne in lignes], color="#2f6f9f", label="en moyenne")
axe.invert_yaxis()
axe.set_xlabel("prix, en euros")
axe.legend(frameon=False)
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## 5. Un index, et comment savoir qu'il sert
#
# Comment MongoDB trouve-t-il les articles de sport ? Demandons-le-lui. `explain()` décrit ce que le
# serveur fait d'une requête. Travaillons sur une copie, pour ne pas changer la collection que tout
# le monde utilise.

# %%
copie = base.mongo01_articles
copie.drop()
copie.insert_many(articles.find())


def expliquer(curseur):
    """Affiche les étapes du plan choisi, et le travail qu'il a demandé."""
    explication = curseur.explain()
    plan = explication["queryPlanner"]["winningPlan"]
    plan = plan.get("queryPlan", plan)
    etapes = []
    while plan is not None:
        etapes.append(plan["stage"])
        plan = plan.get("inputStage")
    travail = explication["executionStats"]
    print(" ← ".join(etapes))
    print(travail["totalDocsExamined"], "documents examinés pour", travail["nReturned"], "rendus")


expliquer(copie.find({"section": "Sport"}))

# %% [markdown]
# `COLLSCAN` : toute la collection est parcourue, document par document. Sur mille articles, cela ne
# se sent pas ; sur dix millions, si.
#
# Un **index** est une table des matières : les valeurs d'un champ, triées, avec l'endroit où se
# trouve chaque document.

# %%
copie.create_index("section")
expliquer(copie.find({"section": "Sport"}))

# %% [markdown]
# `IXSCAN`, puis `FETCH` : l'index désigne les bons documents, et eux seuls sont lus. Les deux nombres
# sont maintenant égaux : c'est à cela que l'on reconnaît un index bien choisi.
#
# Un index peut porter sur plusieurs champs. Celui-ci répond à « les articles d'une rubrique depuis
# telle date », parce que l'égalité vient avant l'intervalle :

# %%
copie.create_index([("section", 1), ("published", -1)])
expliquer(copie.find({"section": "Sport", "published": {"$gte": debut}}))

print(sorted(copie.index_information()))

# %% [markdown]
# Un index n'est pas gratuit : il prend de la place, et chaque écriture doit le tenir à jour. On en
# crée pour les questions que l'on pose souvent, pas pour toutes.

# %% [markdown]
# ## À retenir
#
# * Un document est un dictionnaire ; un filtre, une projection, une modification en sont aussi.
# * `update_…` veut un **opérateur** (`$set`, `$inc`…) ; `replace_one` remplace tout, sauf `_id`.
# * `upsert=True` : range cette fiche, nouvelle ou non ; répété, il ne crée pas de doublon.
# * `explain()` dit si un index sert : documents lus ≈ documents rendus.
#
# **Pièges fréquents**
#
# * `find_one` rend `None` quand rien ne correspond : `find_one(…)["title"]` lève alors une erreur.
# * Un curseur déjà parcouru est vide ; `list(…)` en garde les documents.
# * Une faute de frappe dans un nom de champ n'est pas une erreur : le filtre ne trouve rien, et c'est
#   tout. Un compte de zéro mérite toujours un second regard.
# * Une date se compare à une date avec son fuseau, jamais à un texte.

# %% [markdown]
# ## 6. Exercices
#
# Utilisez `articles` (et non sa copie) et `base.products`. Chaque cellule finit par un `check`, qui
# vous dit si la réponse est juste ; relancez-la autant de fois que vous voulez.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice mongo-01** ★ Combien d'articles la rubrique « Économie » compte-t-elle ?

# %% exercise="mongo-01"
# >>> solution
reponse = articles.count_documents({"section": "Économie"})
# <<< solution
check("mongo-01", reponse)

# %% wrong="mongo-01"
reponse = articles.count_documents({"section": "Economie"})  # sans accent

# %% wrong="mongo-01"
reponse = articles.count_documents({"tags": "Économie"})

# %% [markdown]
# **Exercice mongo-02** ★ Quel est le titre de l'article le plus ancien ?

# %% exercise="mongo-02"
# >>> solution
reponse = articles.find_one(sort=[("published", 1)])["title"]
# <<< solution
check("mongo-02", reponse)

# %% wrong="mongo-02"
reponse = articles.find_one(sort=[("published", -1)])["title"]

# %% wrong="mongo-02"
reponse = articles.find_one(sort=[("published", 1)])  # le document entier

# %% [markdown]
# **Exercice mongo-03** ★ Combien de produits coûtent moins de 50 € et sont en stock (`availability`
# vaut `"InStock"`) ?

# %% exercise="mongo-03"
# >>> solution
reponse = base.products.count_documents({"price": {"$lt": 50}, "availability": "InStock"})
# <<< solution
check("mongo-03", reponse)

# %% wrong="mongo-03"
reponse = base.products.count_documents({"price": {"$lt": 50}})

# %% wrong="mongo-03"
reponse = base.products.count_documents(
    {"$or": [{"price": {"$lt": 50}}, {"availability": "InStock"}]}
)

# %% [markdown]
# **Exercice mongo-04** ★ La liste des étiquettes (`tags`) différentes, chacune une fois, dans l'ordre que
# donne `sorted` (il met les lettres accentuées à la fin).

# %% exercise="mongo-04"
# >>> solution
reponse = sorted(articles.distinct("tags"))
# <<< solution
check("mongo-04", reponse)

# %% wrong="mongo-04"
reponse = [article["tags"] for article in articles.find()]

# %% wrong="mongo-04"
reponse = sorted(articles.distinct("tags"), reverse=True)

# %% [markdown]
# **Exercice mongo-05** ★★ Combien d'articles a signés le journaliste le plus prolifique ? (Un article
# peut avoir plusieurs auteurs, et compte pour chacun.)

# %% exercise="mongo-05"
# >>> solution
(premier,) = articles.aggregate(
    [
        {"$unwind": "$authors"},
        {"$group": {"_id": "$authors", "articles": {"$sum": 1}}},
        {"$sort": {"articles": -1}},
        {"$limit": 1},
    ]
)
reponse = premier["articles"]
# <<< solution
check("mongo-05", reponse)

# %% wrong="mongo-05"
(premier,) = articles.aggregate(  # sans déplier : un duo compte pour un seul « auteur »
    [
        {"$group": {"_id": "$authors", "articles": {"$sum": 1}}},
        {"$sort": {"articles": -1}},
        {"$limit": 1},
    ]
)
reponse = premier["articles"]

# %% wrong="mongo-05"
reponse = len(articles.distinct("authors"))

# %% [markdown]
# **Exercice mongo-06** ★★ Une requête demande les articles d'un journaliste (`authors`) parus depuis
# une date (`published`). Quel index lui faut-il ? Créez-le sur `copie`, vérifiez avec `expliquer`, pour
# l'un des auteurs de `un_article`, qu'il n'y a pas plus de documents examinés que de documents rendus,
# puis donnez son nom en réponse (`create_index` le rend).

# %% exercise="mongo-06"
# >>> solution
reponse = copie.create_index([("authors", 1), ("published", -1)])
expliquer(copie.find({"authors": un_article["authors"][0], "published": {"$gte": debut}}))
# <<< solution
check("mongo-06", reponse)

# %% wrong="mongo-06"
reponse = copie.create_index("authors")

# %% wrong="mongo-06"
reponse = copie.create_index([("published", -1), ("authors", 1)])
