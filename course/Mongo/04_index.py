# %% [markdown]
# # Index, transactions et modélisation
#
# **Durée** : 60 minutes. **Prérequis** : *L'agrégation en profondeur*.
#
# Une requête qui lit toute une collection répond en dix millisecondes sur mille documents, et en
# plusieurs minutes sur cent millions. Rien, dans son texte, ne le laisse voir : il faut demander au
# serveur **comment** il s'y prend. Puis décider, avant d'écrire du code, de la forme des documents :
# c'est elle qui fera les bonnes ou les mauvaises requêtes.
#
# À la fin de ce notebook, vous saurez :
#
# * lire un plan d'exécution (`explain()`) et dire ce qu'il coûte ;
# * choisir l'ordre des champs d'un index composé, avec la règle **ESR** ;
# * employer les index *multikey*, partiels, uniques, TTL, et reconnaître une requête couverte ;
# * écrire une transaction, et suivre les changements d'une collection ;
# * choisir entre imbriquer et référencer.

# %% [markdown]
# ## 1. Lire un plan

# %%
from lab import datasets, workspace

base = workspace.mongo()
vues = base.mongo04_vues
vues.drop()
vues.insert_many(datasets.load("vues", 6000))
LOCAL = "secantusVersion" in base.command("buildInfo")


def etapes(explication):
    """Les étapes du plan choisi, de la dernière à la première, avec le nom de l'index."""
    plan = explication["queryPlanner"]["winningPlan"]
    plan = plan.get("queryPlan", plan)
    noms = []
    while plan is not None:
        index = f"({plan['indexName']})" if "indexName" in plan else ""
        noms.append(plan["stage"] + index)
        plan = plan.get("inputStage")
    return noms


def expliquer(curseur):
    """Affiche le plan d'une requête et le travail qu'elle a demandé."""
    explication = curseur.explain()
    travail = explication["executionStats"]
    print(" ← ".join(etapes(explication)))
    print(f"   {travail['totalKeysExamined']} clés d'index,", end=" ")
    print(f"{travail['totalDocsExamined']} documents lus, {travail['nReturned']} rendus")


expliquer(vues.find({"video": "v000042"}))

# %% [markdown]
# Trois nombres disent presque tout :
#
# * `nReturned` : les documents rendus ;
# * `totalDocsExamined` : les documents **lus** pour cela. L'idéal est l'égalité ;
# * `totalKeysExamined` : les entrées d'index parcourues (zéro : aucun index n'a servi).
#
# Et les étapes, qui se lisent de droite à gauche :
#
# | étape | ce qu'elle fait |
# |---|---|
# | `COLLSCAN` | parcourt toute la collection |
# | `IXSCAN` | parcourt une partie d'un index |
# | `FETCH` | va lire les documents désignés |
# | `SORT` | trie en mémoire (sur le disque au-delà de 100 Mo), et rien n'est rendu avant la fin |
# | `PROJECTION_COVERED` | répond avec l'index seul, sans lire aucun document |

# %%
vues.create_index("video")
expliquer(vues.find({"video": "v000042"}))

# %% [markdown]
# De 6 000 documents lus à une poignée. Un index sur `video` ne sert à rien, en revanche, pour chercher
# par `chaine` : un annuaire rangé par nom n'aide pas à trouver un numéro.

# %%
une_chaine = vues.find_one(sort=[("_id", 1)])["chaine"]
expliquer(vues.find({"chaine": une_chaine}))

# %% [markdown]
# *À savoir : l'`explain()` du moteur local est simplifié. Il montre toujours une étape `SORT` quand on
# trie un filtre, un `FETCH` là où la requête est couverte, et renonce à un index dont le filtre ne
# suit pas exactement les premiers champs ; les index `text` et `hashed` y sont refusés. Là où cela
# compte, la cellule le rappelle ; avec la pile Docker, vous verrez les plans d'un vrai MongoDB.*

# %% [markdown]
# ## 2. Un index composé est une liste triée
#
# Pour comprendre l'ordre des champs, fabriquons un index. Un index sur `(categorie, date)` est la liste
# des couples, **triée** par catégorie, puis par date à l'intérieur d'une catégorie, chacun suivi de la
# place de son document. Voici le modèle, en quelques lignes de Python :

# %%
from bisect import bisect_left

documents = list(vues.find().sort("_id"))


def modele(champs, filtre, tri, limite):
    """Le travail d'une requête avec un index sur `champs` : clés, documents lus, tri nécessaire.

    `filtre` : champ → valeur exacte, ou couple (minimum, maximum). `tri` : un champ.
    """

    def convient(champ, valeur):
        voulu = filtre.get(champ, valeur)
        return voulu[0] <= valeur <= voulu[1] if isinstance(voulu, tuple) else voulu == valeur

    index = sorted((tuple(d[c] for c in champs), place) for place, d in enumerate(documents))
    prefixe = []  # les égalités de tête : elles désignent une tranche de l'index
    for champ in champs:
        if champ not in filtre or isinstance(filtre[champ], tuple):
            break
        prefixe.append(filtre[champ])
    suite = champs[len(prefixe)] if len(prefixe) < len(champs) else None
    bas = (*prefixe, filtre[suite][0]) if suite in filtre else tuple(prefixe)
    trie = suite == tri  # juste après les égalités, l'index est dans l'ordre du tri
    cles = lus = rendus = 0
    for cle, place in index[bisect_left(index, (bas,)) :]:
        if list(cle[: len(prefixe)]) != prefixe or (trie and rendus == limite):
            break
        if suite in filtre and cle[len(prefixe)] > filtre[suite][1]:
            break
        cles += 1
        if all(convient(champ, valeur) for champ, valeur in zip(champs, cle, strict=True)):
            lus += 1
            rendus += all(convient(champ, documents[place][champ]) for champ in filtre)
    return {
        "index": " · ".join(champs),
        "clés": cles,
        "documents lus": lus,
        "tri en mémoire": not trie,
    }


# %% [markdown]
# La question : « les dix premiers relevés de sport, dans l'ordre des dates, parmi ceux qui ont plus de
# 50 000 vues ». Elle mêle une **égalité** (`categorie`), un **tri** (`date`) et un **intervalle**
# (`vues`). Essayons tous les ordres raisonnables :

# %%
import pandas as pd

question = {"categorie": "Sport", "vues": (50_000, 10**9)}
essais = [
    ["categorie"],
    ["date"],
    ["vues", "categorie", "date"],
    ["categorie", "vues", "date"],
    ["categorie", "date", "vues"],
]
comparaison = pd.DataFrame([modele(champs, question, "date", 10) for champs in essais])
comparaison

# %%
import matplotlib.pyplot as plt

figure, axe = plt.subplots(figsize=(8, 2.8))
couleurs = ["#c0763a" if tri else "#2f6f9f" for tri in comparaison["tri en mémoire"]]
axe.barh(comparaison["index"], comparaison["clés"], color=couleurs)
axe.set_xscale("log")
axe.set_xlabel("entrées d'index parcourues (échelle logarithmique)")
axe.set_title("En bleu : rendu dans l'ordre, sans tri en mémoire", fontsize=10)
axe.invert_yaxis()
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# Le gagnant s'arrête après une vingtaine de clés, parce que l'index **est déjà dans l'ordre demandé** :
# dix trouvés, c'est fini. L'index sur `date` seul est dans l'ordre aussi, mais il fait lire, pour les
# écarter, les relevés des autres catégories. Tous les autres doivent voir chaque candidat, puis trier,
# avant de rendre le premier. D'où la règle **ESR** :
#
# 1. **E**galité : d'abord les champs comparés à une valeur exacte ;
# 2. **S**ort : puis les champs du tri, dans son ordre ;
# 3. **R**ange : enfin les intervalles (`$gt`, `$lte`, `$in` long, `$ne`…).
#
# Pourquoi l'intervalle en dernier ? À l'intérieur d'une tranche « vues ≥ 50 000 », les dates ne sont
# plus triées : l'intervalle casse l'ordre de tout ce qui le suit.
#
# Deux conséquences : un index `(a, b, c)` sert aussi les requêtes sur `a` et sur `(a, b)`, ses
# **préfixes** (un index sur `a` seul devient inutile) ; il ne sert pas celles sur `b` seul. Et un index
# se lit dans les deux sens : `(date, 1)` convient à un tri décroissant.
#
# Le modèle simplifie : le vrai MongoDB sait encore sauter, dans l'index, par-dessus des valeurs
# inutiles. Demandons-lui :

# %%
nom = vues.create_index([("categorie", 1), ("date", 1), ("vues", 1)])
requete = vues.find({"categorie": "Sport", "vues": {"$gte": 50_000}}).sort("date", 1).limit(10)
expliquer(requete.hint(nom))
if LOCAL:
    print("   (moteur local : le SORT est toujours montré, et la limite n'est pas comptée)")

# %% [markdown]
# Et une agrégation ? Son `$match` (et son `$sort`) de tête se servent des index comme un `find`. Pymongo
# l'explique par la commande `explain` ; le plan s'y trouve à une profondeur qui dépend de la chaîne :

# %%
def plan_agregation(collection, chaine):
    """Les étapes par lesquelles une agrégation lit sa collection."""
    commande = {"aggregate": collection.name, "pipeline": chaine, "cursor": {}}
    a_voir = [base.command("explain", commande, verbosity="queryPlanner")]
    while a_voir:
        valeur = a_voir.pop(0)
        if isinstance(valeur, dict) and "winningPlan" in valeur:
            return etapes({"queryPlanner": valeur})
        if isinstance(valeur, dict | list):
            a_voir += valeur.values() if isinstance(valeur, dict) else valeur
    return []


sport = {"$match": {"categorie": "Sport"}}
par_video = {"$group": {"_id": "$video", "n": {"$sum": 1}}}
print("$match avant :", plan_agregation(vues, [sport, par_video]))
print("$match après :", plan_agregation(vues, [par_video, {"$match": {"n": {"$gte": 5}}}]))

# %% [markdown]
# `hint` impose un index, le temps d'une comparaison. En production, laissez MongoDB choisir : il essaie
# les plans candidats quelques instants, garde le meilleur, et s'adapte quand les données changent.

# %% [markdown]
# ## 3. La boîte à index
#
# ### Requête couverte
#
# Quand le filtre **et** la projection tiennent dans l'index, inutile de lire les documents :
# `totalDocsExamined` tombe à zéro. Il faut penser à écarter `_id`, qui n'est pas dans l'index.

# %%
expliquer(
    vues.find({"categorie": "Sport"}, {"_id": False, "categorie": True, "date": True}).hint(nom)
)
if LOCAL:
    print(
        "   (moteur local : FETCH est montré ; MongoDB répond PROJECTION_COVERED et 0 document lu)"
    )

# %% [markdown]
# ### Multikey : indexer une liste
#
# Un index sur un champ qui contient des listes a **une entrée par élément**. C'est ce qui rend rapide
# `{"etiquettes": "tuto"}`, ou même un champ des documents d'une liste. Le prix : il grossit avec les
# listes, et deux champs listes ne peuvent être réunis dans un même index composé.

# %%
videos = base.mongo04_videos
videos.drop()
videos.insert_many(datasets.load("videos", 500))
videos.create_index("etiquettes")
videos.create_index("tendances.rang")

explication = videos.find({"etiquettes": "tuto"}).explain()
plan = explication["queryPlanner"]["winningPlan"]
print(etapes(explication), "multikey :", plan.get("queryPlan", plan)["inputStage"]["isMultiKey"])
expliquer(videos.find({"tendances.rang": {"$lte": 3}}))

# %% [markdown]
# ### Partiel : n'indexer que ce que l'on cherche
#
# La page d'accueil ne montre que le haut du classement. Un index partiel n'a d'entrées que pour les
# documents qui vérifient `partialFilterExpression` : plus petit, et moins cher à tenir à jour. Il ne
# sert que si la requête est **comprise** dans cette condition.

# %%
vues.create_index("rang", name="podium", partialFilterExpression={"rang": {"$lte": 10}})
expliquer(vues.find({"rang": {"$lte": 5}}))
expliquer(vues.find({"rang": {"$lte": 50}}))

# %% [markdown]
# ### Unique : une règle que personne ne contourne
#
# « Une vidéo n'a qu'un relevé par jour. » Vérifier dans le programme, avant d'insérer, ne suffit pas :
# deux processus peuvent vérifier au même instant. L'index unique, lui, tranche.

# %%
from pymongo.errors import DuplicateKeyError

vues.create_index([("video", 1), ("date", 1)], unique=True)
copie = vues.find_one({}, {"_id": False})
try:
    vues.insert_one(copie)
except DuplicateKeyError as erreur:
    print("refusé :", list(erreur.details["keyPattern"]))

# %% [markdown]
# ### TTL : oublier tout seul
#
# Un index TTL (*time to live*) fait supprimer les documents un certain temps après la date que porte
# un champ : sessions, jetons, pages en cache. Le ménage passe environ une fois par minute ; ne comptez
# pas sur la seconde exacte.

# %%
from datetime import UTC, datetime

sessions = base.mongo04_sessions
sessions.drop()
sessions.create_index("vue_le", expireAfterSeconds=3600)
sessions.insert_one({"qui": "ada", "vue_le": datetime.now(UTC)})
print(sessions.index_information()["vue_le_1"])

# %% [markdown]
# **Piège.** Un index coûte à **chaque** écriture, et occupe de la mémoire. Dix index sur une collection,
# c'est dix listes à tenir triées pour un document inséré. `$indexStats` compte combien de fois chacun a
# servi : on retire sans regret celui qui ne sert jamais.

# %% [markdown]
# ## 4. Plusieurs documents à la fois : les transactions
#
# Une opération sur **un** document est atomique. Sur deux, non : entre le débit d'un compte et le crédit
# de l'autre, une panne fait disparaître l'argent. Une **transaction** réunit plusieurs opérations : tout
# est fait, ou rien.

# %%
comptes = base.mongo04_comptes
comptes.drop()
comptes.insert_many([{"_id": "ada", "solde": 100}, {"_id": "blaise", "solde": 20}])


def cadeau(session):
    """Donne 500 à Blaise, puis s'aperçoit qu'Ada ne les a pas."""
    comptes.update_one({"_id": "blaise"}, {"$inc": {"solde": 500}}, session=session)
    comptes.update_one({"_id": "ada"}, {"$inc": {"solde": -500}}, session=session)
    if comptes.find_one({"_id": "ada"}, session=session)["solde"] < 0:
        raise ValueError("solde insuffisant")


with base.client.start_session() as session:
    try:
        session.with_transaction(cadeau)
    except ValueError as erreur:
        print("annulé :", erreur)

print(list(comptes.find().sort("_id")))

# %% [markdown]
# `with_transaction` appelle la fonction, valide si elle revient, annule si elle lève, et **recommence**
# si deux transactions se sont heurtées : la fonction doit donc supporter d'être rejouée (n'y envoyez
# pas de courriel).
#
# **Piège.** Une opération à laquelle on oublie de passer `session=` se fait **hors** de la transaction :
# aucune erreur, et rien ne l'annulera.
#
# Une transaction tient des verrous et coûte plus cher. Avant d'en écrire une, demandez-vous si ces deux
# documents n'auraient pas dû n'en faire qu'un.

# %% [markdown]
# ## 5. Être prévenu : les *change streams*
#
# Un index de recherche à tenir à jour, un cache à vider, une alerte à envoyer : plutôt que de
# réinterroger la base toutes les secondes, on **s'abonne**. `watch` rend un flux d'événements, que l'on
# peut filtrer avec un pipeline. Chaque événement porte un jeton (`_id`) qui permet de reprendre où l'on
# en était, sans rien manquer, après un arrêt (`resume_after=`).

# %%
with comptes.watch([{"$match": {"operationType": {"$in": ["insert", "update"]}}}]) as flux:
    comptes.insert_one({"_id": "chloe", "solde": 0})
    comptes.update_one({"_id": "chloe"}, {"$inc": {"solde": 5}})
    comptes.delete_one({"_id": "chloe"})  # filtré
    for _ in range(2):
        evenement = flux.next()
        details = evenement.get("fullDocument") or evenement["updateDescription"]["updatedFields"]
        print(evenement["operationType"], evenement["documentKey"], details)

# %% [markdown]
# Transactions et flux reposent sur le journal de réplication : MongoDB ne les offre que sur un
# *replica set*, fût-il d'un seul serveur, comme celui du laboratoire.

# %% [markdown]
# ## 6. Modéliser : imbriquer ou référencer ?
#
# La question n'est pas « quelles sont mes entités ? », mais « **que lit-on ensemble ?** ».
#
# | imbriquez si… | référencez si… |
# |---|---|
# | les données se lisent toujours ensemble | elles se lisent aussi seules |
# | la partie n'existe pas sans le tout | elle est partagée par plusieurs documents |
# | la liste reste courte | la liste grandit sans fin |
# | elle change rarement, ou avec le tout | elle change souvent, de son côté |
#
# ```mermaid
# flowchart LR
#   Q1(["Se lisent-elles<br/>ensemble ?"]) -- non --> R[référencer]
#   Q1 -- oui --> Q2(["La liste est-elle<br/>bornée ?"])
#   Q2 -- non --> S["un extrait imbriqué,<br/>le reste à part"]
#   Q2 -- oui --> Q3(["Partagée entre<br/>plusieurs documents ?"])
#   Q3 -- non --> I[imbriquer]
#   Q3 -- oui --> E["référence étendue :<br/>l'identifiant,<br/>et les champs affichés"]
# ```
#
# Les jeux de ce chapitre montrent les deux. Les `paliers` d'une campagne sont imbriqués : six au plus,
# jamais lus seuls. Une personne est référencée par ses films : elle en a plusieurs, et un nom corrigé
# ne doit l'être qu'une fois. Les relevés d'une vidéo existent sous les deux formes ; pour tracer la
# courbe d'une vidéo, comptons les lectures :

# %%
print("à plat :", end=" ")
expliquer(vues.find({"video": "v000001"}).hint("video_1"))
print("imbriqué :", end=" ")
expliquer(videos.find({"_id": "v000001"}))

# %% [markdown]
# *(Selon la version du serveur, une recherche par `_id` s'affiche `EXPRESS_IXSCAN`, `IDHACK` ou
# `FETCH ← IXSCAN` : c'est toujours l'index des identifiants.)*
#
# Imbriqué, un seul document suffit. Mais pour « tous les relevés du 1er août », c'est la forme à plat
# qui gagne. Quelques patrons connus tempèrent le choix :
#
# * **référence étendue** : `videos.chaine` contient l'identifiant *et* le nom de la chaîne ; une page
#   s'affiche sans jointure, au prix d'une mise à jour quand le nom change ;
# * **extrait** : les dix derniers commentaires dans le document (`$push` + `$slice`), tous les autres
#   dans leur collection ;
# * **seau** : un document par capteur et par heure plutôt qu'un par mesure ;
# * **calcul rangé** : un compteur tenu par `$inc`, ou un résumé tenu par `$merge`.
#
# **Piège.** Un document ne dépasse pas 16 Mo. Une liste qui grandit sans fin (les commentaires d'une
# vidéo célèbre) finit par rendre l'insertion impossible, après avoir rendu chaque lecture plus lente.

# %% [markdown]
# ## À retenir
#
# * `totalDocsExamined` proche de `nReturned`, pas de `COLLSCAN`, pas de `SORT` inutile.
# * **E**galité, **S**ort, **R**ange : l'ordre des champs d'un index composé.
# * Couvert : tout est dans l'index, `_id` écarté. Partiel : petit et précis. Unique : une garantie.
# * Une transaction pour plusieurs documents, avec `session=` partout ; un bon modèle s'en passe souvent.
# * On imbrique ce qu'on lit ensemble et qui reste borné ; on référence le reste.

# %% [markdown]
# ## 7. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice mongo-19** ★★ Une page affiche les relevés d'une chaîne où elle était dans les vingt
# premiers, du plus récent au plus ancien :
# `vues.find({"chaine": …, "rang": {"$lte": 20}}).sort("date", -1)`. Créez sur `vues` l'index qui lui
# convient le mieux, et répondez par son nom.

# %% exercise="mongo-19"
# >>> solution
reponse = vues.create_index([("chaine", 1), ("date", -1), ("rang", 1)])
# <<< solution
check("mongo-19", reponse)

# %% wrong="mongo-19"
reponse = vues.create_index([("chaine", 1), ("rang", 1), ("date", -1)])

# %% wrong="mongo-19"
reponse = vues.create_index([("date", -1), ("chaine", 1), ("rang", 1)])

# %% wrong="mongo-19"
reponse = vues.create_index("chaine")

# %% [markdown]
# **Exercice mongo-20** ★★ Un graphique a besoin des seuls champs `rang` et `mentions` des relevés d'une
# catégorie (`find({"categorie": …}, projection)`). Rendez cette requête **couverte** : créez l'index sur
# `vues`, et répondez `{"index": nom_de_l_index, "projection": {…}}`.

# %% exercise="mongo-20"
# >>> solution
reponse = {
    "index": vues.create_index([("categorie", 1), ("rang", 1), ("mentions", 1)]),
    "projection": {"_id": False, "rang": True, "mentions": True},
}
# <<< solution
check("mongo-20", reponse)

# %% wrong="mongo-20"
reponse = {
    "index": vues.create_index([("categorie", 1), ("rang", 1), ("mentions", 1)]),
    "projection": {"rang": True, "mentions": True},
}

# %% wrong="mongo-20"
reponse = {
    "index": vues.create_index([("categorie", 1), ("rang", 1)]),
    "projection": {"_id": False, "rang": True, "mentions": True},
}

# %% wrong="mongo-20"
reponse = {
    "index": vues.create_index([("rang", 1), ("mentions", 1), ("categorie", 1)]),
    "projection": {"_id": False, "rang": True, "mentions": True},
}

# %% [markdown]
# **Exercice mongo-21** ★★ Dans `abonnements`, une personne peut avoir, pour une même chaîne, plusieurs
# abonnements terminés (`actif` vaut `False`), mais **un seul** en cours (`actif` vaut `True`). Créez un
# index qui le garantit, et répondez par son nom. Le `check` essaie votre index sur sa propre collection.

# %% exercise="mongo-21"
abonnements = base.mongo04_abonnements
abonnements.drop()
abonnements.insert_one({"personne": "ada", "chaine": "ch0001", "actif": False})
# >>> solution
reponse = abonnements.create_index(
    [("personne", 1), ("chaine", 1)], unique=True, partialFilterExpression={"actif": True}
)
# <<< solution
check("mongo-21", reponse)

# %% wrong="mongo-21"
abonnements.drop()
reponse = abonnements.create_index([("personne", 1), ("chaine", 1)], unique=True)

# %% wrong="mongo-21"
abonnements.drop()
reponse = abonnements.create_index([("personne", 1), ("chaine", 1), ("actif", 1)], unique=True)

# %% wrong="mongo-21"
abonnements.drop()
reponse = abonnements.create_index(
    [("personne", 1)], unique=True, partialFilterExpression={"actif": True}
)

# %% [markdown]
# **Exercice mongo-22** ★★★ Écrivez `resume(explication)`, qui lit le résultat d'un `explain()` et rend un
# dictionnaire :
#
# * `"index"` : le nom de l'index du plan choisi, ou `None` ;
# * `"tri"` : y a-t-il une étape `SORT` ? (`True` ou `False`) ;
# * `"lus_par_rendu"` : le nombre de documents lus pour un document rendu, ou `None` si rien n'est rendu.
#
# Les étapes s'emboîtent par `inputStage`, à n'importe quelle profondeur ; le plan est parfois rangé un
# cran plus bas, sous `queryPlan`.


# %% exercise="mongo-22"
# >>> solution
#: def resume(explication):
#:     ...
def resume(explication):
    """L'index, le tri en mémoire et le coût d'un plan."""
    plan = explication["queryPlanner"]["winningPlan"]
    plan = plan.get("queryPlan", plan)
    index, tri = None, False
    while plan is not None:
        index = plan.get("indexName", index)
        tri = tri or plan["stage"] == "SORT"
        plan = plan.get("inputStage")
    travail = explication["executionStats"]
    rendus = travail["nReturned"]
    return {
        "index": index,
        "tri": tri,
        "lus_par_rendu": travail["totalDocsExamined"] / rendus if rendus else None,
    }
# <<< solution
check("mongo-22", resume)


# %% wrong="mongo-22"
def resume(explication):
    plan = explication["queryPlanner"]["winningPlan"]  # une seule étape regardée
    travail = explication["executionStats"]
    return {
        "index": plan.get("indexName"),
        "tri": plan.get("stage") == "SORT",
        "lus_par_rendu": travail["totalDocsExamined"] / max(1, travail["nReturned"]),
    }


# %% wrong="mongo-22"
def resume(explication):
    texte = str(explication["queryPlanner"]["winningPlan"])
    travail = explication["executionStats"]
    return {
        "index": texte.partition("'indexName': '")[2].partition("'")[0],
        "tri": "SORT" in texte,
        "lus_par_rendu": travail["totalDocsExamined"] / travail["nReturned"],
    }


# %% [markdown]
# **Exercice mongo-23** ★★★ Écrivez `transferer(de, vers, montant)`, qui déplace une somme d'un compte de
# `comptes` à un autre, dans une transaction. Si l'un des comptes n'existe pas, ou si le solde de `de` ne
# suffit pas, elle lève `ValueError` **et rien n'a changé**. (`update_one` rend un résultat dont
# `matched_count` dit si un compte a été trouvé ; le filtre peut exiger un solde suffisant.)


# %% exercise="mongo-23"
# >>> solution
#: def transferer(de, vers, montant):
#:     ...
def transferer(de, vers, montant):
    """Déplace `montant` d'un compte à l'autre. Lève ValueError si c'est impossible."""

    def mouvement(session):
        debit = comptes.update_one(
            {"_id": de, "solde": {"$gte": montant}}, {"$inc": {"solde": -montant}}, session=session
        )
        credit = comptes.update_one({"_id": vers}, {"$inc": {"solde": montant}}, session=session)
        if not debit.matched_count or not credit.matched_count:
            raise ValueError("transfert impossible")

    with base.client.start_session() as session:
        session.with_transaction(mouvement)
# <<< solution
check("mongo-23", transferer)


# %% wrong="mongo-23"
def transferer(de, vers, montant):  # sans transaction : l'argent se perd en route
    debit = comptes.update_one(
        {"_id": de, "solde": {"$gte": montant}}, {"$inc": {"solde": -montant}}
    )
    if not debit.matched_count:
        raise ValueError("solde insuffisant")
    if not comptes.update_one({"_id": vers}, {"$inc": {"solde": montant}}).matched_count:
        raise ValueError("compte inconnu")


# %% wrong="mongo-23"
def transferer(de, vers, montant):  # le solde n'est pas vérifié
    def mouvement(session):
        debit = comptes.update_one({"_id": de}, {"$inc": {"solde": -montant}}, session=session)
        credit = comptes.update_one({"_id": vers}, {"$inc": {"solde": montant}}, session=session)
        if not debit.matched_count or not credit.matched_count:
            raise ValueError("compte inconnu")

    with base.client.start_session() as session:
        session.with_transaction(mouvement)


# %% wrong="mongo-23"
def transferer(de, vers, montant):  # `session` oubliée au débit
    def mouvement(session):
        debit = comptes.update_one(
            {"_id": de, "solde": {"$gte": montant}}, {"$inc": {"solde": -montant}}
        )
        credit = comptes.update_one({"_id": vers}, {"$inc": {"solde": montant}}, session=session)
        if not debit.matched_count or not credit.matched_count:
            raise ValueError("transfert impossible")

    with base.client.start_session() as session:
        session.with_transaction(mouvement)
