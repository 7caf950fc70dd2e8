# %% [markdown]
# # Chercher, classer, expliquer
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *L'index inversé, les mappings et l'analyse du
# français*.
#
# À la fin de ce notebook, vous saurez :
#
# * poser une question en texte libre (`match`, `multi_match`, `match_phrase`) ;
# * combiner des clauses avec `bool`, et distinguer ce qui **note** de ce qui **filtre** ;
# * pardonner les fautes de frappe (`fuzziness`) et surligner les mots trouvés ;
# * comprendre un score (**BM25**), puis régler la pertinence : poids des champs, fraîcheur ;
# * **mesurer** si un réglage améliore quelque chose.

# %% [markdown]
# ## 1. Une question, des réponses classées
#
# Une base de données répond par oui ou non : ce document convient, celui-là pas. Un moteur de recherche
# ajoute une question : **lequel d'abord ?** Personne ne lit la deuxième page ; tout se joue sur dix
# lignes. Il y a donc deux choses à régler, et elles tirent en sens contraire :
#
# * le **rappel** : n'oublier aucun document qui convient ;
# * la **précision** : ne pas montrer ceux qui ne conviennent pas, surtout pas en tête.

# %%
from lab import workspace

es = workspace.elasticsearch()
moteur_local = "lab" in es.info()


def montrer(query, combien=4, index="articles", **reste):
    """Pose une question ; affiche le nombre de réponses et le titre des premières."""
    trouves = es.search(index=index, query=query, size=combien, **reste)["hits"]
    print(trouves["total"]["value"], "réponses")
    for place, un in enumerate(trouves["hits"], start=1):
        source = un["_source"]
        if "title" in source:  # un article
            print(f"  {place}. {source['published'][:10]}  {source['title']}")
        else:  # un produit
            print(f"  {place}. {source['name']} ({source['availability']}, {source['reviews']} avis)")


montrer({"match": {"title": "logements"}})

# %% [markdown]
# `match` analyse la question comme le champ, puis cherche les termes. Avec plusieurs mots, il lui suffit
# d'**un** ; plus il y en a, meilleur est le score. `operator` et `minimum_should_match` sont plus
# exigeants :

# %%
mots = "second tour municipales"
for exigence in ({}, {"minimum_should_match": 2}, {"operator": "and"}):
    trouves = es.count(index="articles", query={"match": {"body": {"query": mots, **exigence}}})
    print(f"{trouves['count']:4}", exigence or "au moins un mot")

# %% [markdown]
# `match_phrase` veut les mots **à la suite**, dans l'ordre ; `slop` dit de combien de places ils peuvent
# s'écarter. C'est possible parce que l'index retient aussi la **position** de chaque terme.

# %%
for question in (
    {"match": {"body": {"query": "conseil municipal", "operator": "and"}}},
    {"match_phrase": {"body": "conseil municipal"}},
):
    montrer(question, 1)

# %% [markdown]
# ### Plusieurs champs
#
# Un mot dans le titre en dit plus long que le même mot au fond du texte. `multi_match` cherche dans
# plusieurs champs, et `^3` multiplie par trois le score d'un champ.
#
# | `type` | le score d'un document | quand |
# |---|---|---|
# | `best_fields` (par défaut) | son **meilleur** champ | chaque champ se suffit |
# | `most_fields` | la **somme** des champs | le même texte analysé de plusieurs façons |
# | `cross_fields` | comme un seul grand champ | prénom dans l'un, nom dans l'autre |

# %%
CHAMPS = ["title^3", "description^2", "body"]
montrer({"multi_match": {"query": "prime vélo", "fields": CHAMPS}})

# %% [markdown]
# ## 2. `bool` : noter ou filtrer
#
# | clause | doit être vraie ? | compte dans le score ? |
# |---|---|---|
# | `must` | oui | **oui** |
# | `filter` | oui | non (et se met en cache) |
# | `should` | non, mais c'est mieux | **oui** |
# | `must_not` | surtout pas | non |
#
# La règle est simple : le texte libre va dans `must`, ce qui vient d'une case à cocher (rubrique, date,
# prix) va dans `filter`. « Être dans la rubrique Sport » n'est pas *plus ou moins* vrai : inutile de le
# noter.

# %%
montrer(
    {
        "bool": {
            "must": {"multi_match": {"query": "saison", "fields": CHAMPS}},
            "filter": [
                {"terms": {"section": ["Sport", "Culture"]}},
                {"range": {"published": {"gte": "2026-08-15", "lt": "2026-09-01"}}},
            ],
            "should": {"term": {"tags": "Théâtre"}},
            "must_not": {"term": {"tags": "Entretien"}},
        }
    }
)

# %% [markdown]
# > **Piège** : sans `must` ni `filter`, **un** `should` au moins doit être vrai ; dès qu'il y a un
# > `must` ou un `filter`, plus aucun n'est obligatoire. Le même `should` change de sens selon ses
# > voisins : écrivez `minimum_should_match` quand vous y tenez.

# %%
ou = [{"term": {"tags": "Rugby"}}, {"term": {"tags": "Voile"}}]
sport = {"term": {"section": "Sport"}}
for clauses in (
    {"should": ou},
    {"filter": sport, "should": ou},
    {"filter": sport, "should": ou, "minimum_should_match": 1},
):
    print(f"{es.count(index='articles', query={'bool': clauses})['count']:4}", sorted(clauses))

# %% [markdown]
# ## 3. Pardonner les fautes
#
# La **distance d'édition** compte les lettres à changer, ajouter, retirer ou échanger pour passer d'un
# mot à l'autre : de « enciente » à « enceinte », une seule (un échange). `"fuzziness": "AUTO"` en
# permet 0 jusqu'à deux lettres, 1 de trois à cinq, 2 au-delà.

# %%
for saisie in ("enceinte", "enciente", "ensseinte"):
    for tolerance in (0, "AUTO"):
        question = {"match": {"name": {"query": saisie, "fuzziness": tolerance}}}
        print(f"{saisie:10} {tolerance!s:5}", es.count(index="products", query=question)["count"])

# %% [markdown]
# > **Piège** : la tolérance joue sur les **termes**, donc sur des racines courtes, où tout se ressemble.
# > `prefix_length: 1` ou `2` (les premières lettres doivent être justes : on s'y trompe rarement) écarte
# > la plupart des intrus et va plus vite.

# %%
for prefixe in (0, 2):
    question = {
        "match": {"name": {"query": "ordinateur", "fuzziness": "AUTO", "prefix_length": prefixe}}
    }
    trouves = es.search(index="products", query=question, size=50)["hits"]["hits"]
    premiers_mots = sorted({un["_source"]["name"].split()[0] for un in trouves})
    print("prefix_length =", prefixe, ":", premiers_mots)

# %% [markdown]
# Pour proposer des mots **pendant** la frappe, `match_bool_prefix` prend le dernier mot comme un début :

# %%
montrer({"match_bool_prefix": {"title": "prime au vé"}}, 2)

# %% [markdown]
# ## 4. Surligner
#
# Montrer **pourquoi** un document répond vaut mieux qu'un long discours. `highlight` rend, par champ, des
# fragments où les mots trouvés sont encadrés, même sous une autre forme que celle de la question.

# %%
from IPython.display import HTML

trouves = es.search(
    index="articles",
    query={"multi_match": {"query": "logement social", "fields": CHAMPS}},
    size=3,
    highlight={
        "pre_tags": ["<mark>"],
        "post_tags": ["</mark>"],
        "encoder": "html",
        "fields": {
            "title": {"number_of_fragments": 0},  # le titre entier
            "body": {"fragment_size": 120, "number_of_fragments": 1},
        },
    },
)
lignes = []
for un in trouves["hits"]["hits"]:
    extraits = un.get("highlight", {})
    titre = extraits.get("title", [un["_source"]["title"]])[0]
    lignes.append(f"<p><b>{titre}</b><br>{' … '.join(extraits.get('body', []))}</p>")
HTML("".join(lignes))

# %% [markdown]
# ## 5. D'où vient un score : BM25
#
# Trois idées, et une formule. Pour un terme de la question et un document :
#
# 1. un terme **rare** dans l'index en dit plus long qu'un terme courant (*idf*) ;
# 2. un terme **répété** dans le document compte plus, mais de moins en moins (saturation, `k1` = 1,2) ;
# 3. dans un champ **long**, une occurrence pèse moins (`b` = 0,75).
#
# $$ \underbrace{\ln\left(1+\frac{N-n+0{,}5}{n+0{,}5}\right)}_{\text{rareté}} \times
# \underbrace{\frac{f}{f+k_1\left(1-b+b\,\frac{L}{\bar L}\right)}}_{\text{répétition, longueur}} $$
#
# $N$ : documents de l'index ; $n$ : ceux qui contiennent le terme ; $f$ : combien de fois ce document
# le contient ; $L$ : sa longueur en termes, $\bar L$ la longueur moyenne. Le score d'une question est la
# somme sur ses termes. (Elasticsearch multiplie encore le tout par $k_1 + 1 = 2{,}2$, le même nombre pour
# tous les documents : le classement n'en change pas.) Regardons les deux dernières idées :

# %%
import matplotlib.pyplot as plt
import numpy as np


def virgule(nombre):
    """Un nombre écrit à la française."""
    return f"{nombre:g}".replace(".", ",")


repetitions = np.arange(0, 16)
figure, axes = plt.subplots(1, 2, figsize=(8.5, 2.8), sharey=True)
for longueur, couleur in ((0.5, "#7fb069"), (1, "#2f6f9f"), (3, "#b5523b")):
    poids = repetitions / (repetitions + 1.2 * (1 - 0.75 + 0.75 * longueur))
    axes[0].plot(repetitions, poids, color=couleur, label=f"longueur = {virgule(longueur)} × la moyenne")
for k1, couleur in ((0.3, "#7fb069"), (1.2, "#2f6f9f"), (3, "#b5523b")):
    axes[1].plot(repetitions, repetitions / (repetitions + k1), color=couleur, label=f"k1 = {virgule(k1)}")
for axe in axes:
    axe.set_xlabel("répétitions du terme")
    axe.set_xticks(range(0, 16, 5))
    axe.legend(frameon=False, fontsize=8)
    axe.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("poids")
figure.tight_layout()
plt.show()

# %% [markdown]
# Quand un classement étonne, `explain` donne le calcul, terme par terme.

# %%
def arbre(explication, marge=0):
    """Affiche le calcul d'un score, du résultat vers ses ingrédients."""
    print(f"{' ' * marge}{explication['value']:.3f}  {explication['description'][:80]}")
    for detail in explication["details"]:
        arbre(detail, marge + 2)


question = {"match": {"title": "logement"}}
(premier,) = es.search(index="articles", query=question, size=1)["hits"]["hits"]
explication = es.explain(index="articles", id=premier["_id"], query=question)
if explication["explanation"]["details"]:
    arbre(explication["explanation"])
else:
    print("Moteur local : un score, sans son détail, et calculé un peu autrement (./lab up --docker).")

# %% [markdown]
# > **Piège** : un score n'a de sens que **dans une même question**. Ne comparez pas ceux de deux
# > questions, ne fixez pas de seuil du genre « au-dessus de 5, c'est bon » : ils changent avec l'index,
# > et d'un moteur à l'autre.

# %% [markdown]
# ## 6. Régler la pertinence
#
# BM25 ne connaît que les mots. Votre métier sait autre chose : un journal préfère les articles
# **récents**, une boutique ce qui est **en stock** et que beaucoup ont essayé. `function_score` combine le score des mots
# avec des fonctions d'autres champs :
#
# | fonction | exemple |
# |---|---|
# | `gauss`, `exp`, `linear` (décroissance) | la fraîcheur, la distance |
# | `field_value_factor` | un nombre d'avis, avec `log1p` pour l'assagir |
# | `filter` + `weight` | un coup de pouce à ce qui est en stock |
#
# `score_mode` dit comment les fonctions se combinent entre elles, `boost_mode` comment elles se
# combinent avec le score des mots (`multiply`, `sum`, `replace`…).
#
# L'origine du temps, ici, est le dernier article du journal : avec `"now"`, un jeu de données figé
# vieillirait d'un jour par jour, jusqu'à ce que tous les scores soient nuls.

# %%
recent = es.search(index="articles", size=0, aggs={"d": {"max": {"field": "published"}}})
dernier = recent["aggregations"]["d"]["value_as_string"]

jours = np.arange(0, 61)
figure, axe = plt.subplots(figsize=(6, 2.6))
axe.plot(jours, 0.5 ** ((jours / 15) ** 2), color="#2f6f9f", label="gauss, scale = 15 jours")
axe.plot(jours, 0.5 ** (jours / 15), color="#b5523b", label="exp, scale = 15 jours")
axe.plot(jours, np.clip(1 - jours / 30, 0, 1), color="#7fb069", label="linear, scale = 15 jours")
axe.axvline(15, color="#c8ccd4", linewidth=1)
axe.set_xlabel("âge de l'article, en jours")
axe.set_ylabel("facteur")
axe.legend(frameon=False, fontsize=8)
axe.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
plt.show()

# %% [markdown]
# Les trois valent 0,5 à `scale` jours (c'est `decay`). Avant, après :

# %%
par_les_mots = {"multi_match": {"query": "tribunal", "fields": CHAMPS}}
avec_fraicheur = {
    "function_score": {
        "query": par_les_mots,
        "gauss": {"published": {"origin": dernier, "scale": "15d", "decay": 0.5}},
        "boost_mode": "multiply",
    }
}
montrer(par_les_mots)
montrer(avec_fraicheur)

# %% [markdown]
# Et dans la boutique : à mots égaux, ce qui est en stock et a beaucoup d'avis d'abord.

# %%
montrer(
    {
        "function_score": {
            "query": {"match": {"name": "portable"}},
            "functions": [
                {"filter": {"term": {"availability": "InStock"}}, "weight": 2},
                {"field_value_factor": {"field": "reviews", "modifier": "log1p", "missing": 0}},
            ],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    },
    index="products",
)

# %% [markdown]
# ### Mesurer, au lieu de croire
#
# Un réglage qui améliore une question peut en gâter dix. On note donc à la main quelques dizaines de
# questions (« ces documents-là sont pertinents »), et l'on mesure à chaque réglage. La **précision à
# 10** (P@10) est la part de pertinents parmi les dix premiers. Ici, disons pertinent un article dont le
# titre parle du sujet :

# %%
def precision_a_10(fabrique, mots):
    """Part des dix premiers articles dont le titre contient le mot."""
    trouves = es.search(index="articles", query=fabrique(mots), size=10)["hits"]["hits"]
    bons = sum(mots in un["_source"]["title"].lower() for un in trouves)
    return bons / len(trouves) if trouves else 0.0


reglages = {
    "texte seul": lambda mots: {"match": {"body": mots}},
    "champs égaux": lambda mots: {
        "multi_match": {"query": mots, "fields": ["title", "description", "body"]}
    },
    "titre × 10": lambda mots: {
        "multi_match": {"query": mots, "fields": ["title^10", "description", "body"]}
    },
}
sujets = ("logement", "tribunal", "usine", "quartier")
for nom, fabrique in reglages.items():
    mesures = [precision_a_10(fabrique, sujet) for sujet in sujets]
    print(f"{nom:13}", " ".join(f"{une:.1f}" for une in mesures))

# %% [markdown]
# ## À retenir
#
# * `match` pour les mots, `match_phrase` pour leur suite, `multi_match` pour plusieurs champs.
# * Ce qui note dans `must` ou `should`, ce qui ne fait que trier le bon grain dans `filter`.
# * `fuzziness: AUTO` avec un `prefix_length` ; `highlight` avec `encoder: html`.
# * Un score : un terme rare, répété, dans un champ court ; `explain` en donne le détail.
# * Pertinence = mots × métier (`function_score`), et **mesurée** sur des questions choisies.

# %% [markdown]
# ## 7. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice elastic-07** ★ Combien d'articles sont de la rubrique « Sport » **ou** « Culture », portent
# l'étiquette « Enquête » **ou** « Reportage », sont parus depuis le 1er septembre 2026 (temps universel),
# et ne portent pas l'étiquette « Musique » ?

# %% exercise="elastic-07"
# >>> solution
reponse = es.count(
    index="articles",
    query={
        "bool": {
            "filter": [
                {"terms": {"section": ["Sport", "Culture"]}},
                {"terms": {"tags": ["Enquête", "Reportage"]}},
                {"range": {"published": {"gte": "2026-09-01"}}},
            ],
            "must_not": {"term": {"tags": "Musique"}},
        }
    },
)["count"]
# <<< solution
check("elastic-07", reponse)

# %% wrong="elastic-07"
reponse = es.count(  # avec un filtre, les « should » ne sont plus obligatoires
    index="articles",
    query={
        "bool": {
            "filter": [
                {"terms": {"section": ["Sport", "Culture"]}},
                {"range": {"published": {"gte": "2026-09-01"}}},
            ],
            "should": [{"term": {"tags": "Enquête"}}, {"term": {"tags": "Reportage"}}],
            "must_not": {"term": {"tags": "Musique"}},
        }
    },
)["count"]

# %% wrong="elastic-07"
reponse = es.count(  # sans la date
    index="articles",
    query={
        "bool": {
            "filter": [
                {"terms": {"section": ["Sport", "Culture"]}},
                {"terms": {"tags": ["Enquête", "Reportage"]}},
            ],
            "must_not": {"term": {"tags": "Musique"}},
        }
    },
)["count"]

# %% [markdown]
# **Exercice elastic-08** ★ Combien d'articles ont dans leur **titre** l'expression « premier plan », les
# deux mots à la suite ?

# %% exercise="elastic-08"
# >>> solution
reponse = es.count(index="articles", query={"match_phrase": {"title": "premier plan"}})["count"]
# <<< solution
check("elastic-08", reponse)

# %% wrong="elastic-08"
reponse = es.count(index="articles", query={"match": {"title": "premier plan"}})["count"]

# %% wrong="elastic-08"
reponse = es.count(index="articles", query={"match_phrase": {"body": "premier plan"}})["count"]

# %% [markdown]
# **Exercice elastic-09** ★★ Écrivez `chercher_produit(saisie)` : elle rend les **noms** des produits
# (au plus 50), les meilleurs d'abord, même si la saisie a une faute de frappe (« enciente », « portabel »).
# Une saisie qui ne ressemble à rien rend une liste vide.

# %% exercise="elastic-09"
# >>> solution
#: def chercher_produit(saisie):
#:     ...
#:
#:
def chercher_produit(saisie):
    question = {"match": {"name": {"query": saisie, "fuzziness": "AUTO", "prefix_length": 1}}}
    trouves = es.search(index="products", query=question, size=50)["hits"]["hits"]
    return [un["_source"]["name"] for un in trouves]


# <<< solution
check("elastic-09", chercher_produit)

# %% wrong="elastic-09"
def chercher_produit(saisie):  # aucune tolérance
    trouves = es.search(index="products", query={"match": {"name": saisie}}, size=50)
    return [un["_source"]["name"] for un in trouves["hits"]["hits"]]


# %% wrong="elastic-09"
def chercher_produit(saisie):  # la taille par défaut : dix
    question = {"match": {"name": {"query": saisie, "fuzziness": "AUTO", "prefix_length": 1}}}
    trouves = es.search(index="products", query=question)["hits"]["hits"]
    return [un["_source"]["name"] for un in trouves]


# %% [markdown]
# **Exercice elastic-10** ★★ Écrivez `extraits(mots)` : elle cherche dans le texte (`body`) des articles
# et rend un dictionnaire `{id: extrait}` pour les cinq premiers, où `extrait` est **un** fragment
# (200 caractères environ, un texte) dont les mots trouvés sont entre `<mark>` et `</mark>`.

# %% exercise="elastic-10"
# >>> solution
#: def extraits(mots):
#:     ...
#:
#:
def extraits(mots):
    trouves = es.search(
        index="articles",
        query={"match": {"body": mots}},
        size=5,
        highlight={
            "pre_tags": ["<mark>"],
            "post_tags": ["</mark>"],
            "fields": {"body": {"fragment_size": 200, "number_of_fragments": 1}},
        },
    )
    return {un["_id"]: un["highlight"]["body"][0] for un in trouves["hits"]["hits"]}


# <<< solution
check("elastic-10", extraits)

# %% wrong="elastic-10"
def extraits(mots):  # le texte entier, et les balises par défaut
    trouves = es.search(
        index="articles",
        query={"match": {"body": mots}},
        size=5,
        highlight={"fields": {"body": {"number_of_fragments": 0}}},
    )
    return {un["_id"]: un["highlight"]["body"][0] for un in trouves["hits"]["hits"]}


# %% wrong="elastic-10"
def extraits(mots):  # dix articles, et une liste de fragments
    trouves = es.search(
        index="articles",
        query={"match": {"body": mots}},
        highlight={
            "pre_tags": ["<mark>"],
            "post_tags": ["</mark>"],
            "fields": {"body": {"fragment_size": 200}},
        },
    )
    return {un["_id"]: un["highlight"]["body"] for un in trouves["hits"]["hits"]}


# %% [markdown]
# **Exercice elastic-11** ★★ Écrivez `bm25(f, n, N, L, moyenne, k1=1.2, b=0.75)`, le score d'un terme selon
# la formule de la section 5 (logarithme népérien).

# %% exercise="elastic-11"
# >>> solution
#: def bm25(f, n, N, L, moyenne, k1=1.2, b=0.75):
#:     ...
#:
#:
def bm25(f, n, N, L, moyenne, k1=1.2, b=0.75):
    rarete = np.log(1 + (N - n + 0.5) / (n + 0.5))
    return float(rarete * f / (f + k1 * (1 - b + b * L / moyenne)))


# <<< solution
check("elastic-11", bm25)

# %% wrong="elastic-11"
def bm25(f, n, N, L, moyenne, k1=1.2, b=0.75):  # logarithme décimal
    rarete = np.log10(1 + (N - n + 0.5) / (n + 0.5))
    return float(rarete * f / (f + k1 * (1 - b + b * L / moyenne)))


# %% wrong="elastic-11"
def bm25(f, n, N, L, moyenne, k1=1.2, b=0.75):  # la longueur ne compte pas
    rarete = np.log(1 + (N - n + 0.5) / (n + 0.5))
    return float(rarete * f / (f + k1))


# %% [markdown]
# **Exercice elastic-12** ★★★ Écrivez `une(mots)` : elle rend les `id` de dix articles au plus, tels que
#
# 1. les articles dont le **titre** parle du sujet passent avant ceux où seul le texte en parle ;
# 2. parmi eux, les plus **récents** sont favorisés : la date moyenne des cinq premiers est postérieure,
#    d'au moins deux jours, à celle de tous les articles dont le titre convient.
#
# La vérification essaie plusieurs sujets : logement, tribunal, usine, quartier.

# %% exercise="elastic-12"
# >>> solution
#: def une(mots):
#:     ...
#:
#:
def une(mots):
    question = {
        "function_score": {
            "query": {
                "multi_match": {"query": mots, "fields": ["title^20", "description", "body"]}
            },
            "gauss": {"published": {"origin": dernier, "scale": "25d", "decay": 0.5}},
            "boost_mode": "multiply",
        }
    }
    return [un["_id"] for un in es.search(index="articles", query=question)["hits"]["hits"]]


# <<< solution
check("elastic-12", une)

# %% wrong="elastic-12"
def une(mots):  # les mots seulement
    question = {"multi_match": {"query": mots, "fields": ["title^20", "description", "body"]}}
    return [un["_id"] for un in es.search(index="articles", query=question)["hits"]["hits"]]


# %% wrong="elastic-12"
def une(mots):  # la date seulement
    question = {"multi_match": {"query": mots, "fields": ["title^20", "description", "body"]}}
    trouves = es.search(index="articles", query=question, sort=[{"published": "desc"}])
    return [un["_id"] for un in trouves["hits"]["hits"]]
