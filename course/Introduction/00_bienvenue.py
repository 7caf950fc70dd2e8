# %% [markdown]
# # Bienvenue
#
# **Durée** : 5 minutes. **Prérequis** : aucun.
#
# Vous êtes dans JupyterLab, le bureau de ce cours. À gauche, les dossiers du dépôt ; ici, un
# **notebook** : du texte, et des cellules de Python que l'on exécute une à une avec **Maj+Entrée**.
#
# À la fin de ce notebook, vous saurez :
#
# * voir d'un coup d'œil si vos services répondent, et où vous en êtes ;
# * comment un exercice se remplit, et se vérifie ;
# * par quel notebook continuer.

# %% [markdown]
# ## 1. Votre laboratoire, à cet instant
#
# Cliquez dans la cellule ci-dessous, puis Maj+Entrée.

# %%
from lab import welcome

welcome.state()

# %% [markdown]
# Un point qui n'est pas vert ? Le service est peut-être en train de redémarrer : exécutez de nouveau
# la cellule dans quelques secondes. S'il reste à terre, `./lab doctor`, dans un terminal, en cherche
# la cause et dit comment y remédier.

# %% [markdown]
# ## 2. Où vous en êtes
#
# Chaque exercice vérifié dans un notebook est retenu. Revenez ici quand vous voulez :

# %%
welcome.progress()

# %% [markdown]
# « Non vérifié ici » n'est ni juste ni faux : sans Docker, certains moteurs sont des équivalents plus
# légers, et quelques exercices ne peuvent être jugés que sur l'original (ou avec un navigateur).
#
# `./lab check`, dans un terminal, reprend tout depuis le début : vos notebooks, chacun dans un noyau
# (le programme Python qui exécute les cellules) tout neuf. C'est la bonne façon de vous
# assurer qu'un notebook tient debout tout seul, sans une variable oubliée dans une cellule que vous
# avez effacée.

# %% [markdown]
# ## 3. Comment on répond
#
# Un exercice se présente toujours ainsi : un énoncé avec son numéro et sa difficulté (de ★ à ★★★),
# une cellule où des points de suspension attendent votre réponse, et un appel à `check` :
#
# ```python
# reponse = ...
# check("intro-01", reponse)
# ```
#
# Tant que les points sont là, l'exercice est « pas encore répondu » : rien n'est faux. Remplacez-les,
# exécutez la cellule ; `check` dit si c'est juste, sinon ce qu'il a comparé, et une piste. Essayez
# autant de fois que vous voulez : personne ne compte.

# %% [markdown]
# ## 4. Et maintenant ?
#
# | chapitre | vous y apprenez |
# |---|---|
# | [Introduction](01_environnement.ipynb) | l'environnement, Python, Docker et git, HTTP |
# | [Scrapy](../Scrapy/01_premier_spider.ipynb) | récolter le web, poliment et à grande échelle |
# | [Mongo](../Mongo/01_documents.ipynb) | documents, requêtes, agrégations, index |
# | [Redis](../Redis/01_structures.ipynb) | structures en mémoire, classements, files, flux |
# | [Elasticsearch](../Elasticsearch/01_index_et_analyse.ipynb) | recherche plein texte en français |
# | [S3](../S3/01_objets.ipynb) | objets, Parquet, partages |
#
# ```mermaid
# flowchart LR
#   W["le web<br/>d'entraînement"] -- "Scrapy" --> S(("vos<br/>spiders"))
#   S --> M[("MongoDB<br/>la référence")]
#   S --> E[("Elasticsearch<br/>la recherche")]
#   S --> R[("Redis<br/>la mémoire vive")]
#   S --> O[("S3<br/>l'archive")]
#   M & E & R & O --> N["vos notebooks"]
# ```
#
# **À retenir** : Maj+Entrée exécute une cellule ; `welcome.state()` dit si tout répond ; `./lab check`
# dit où vous en êtes. Passez au notebook suivant.
