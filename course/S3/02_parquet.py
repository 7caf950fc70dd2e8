# %% [markdown]
# # Des tables dans S3 : Parquet, partitions, SQL
#
# **Durée** : 55 minutes. **Prérequis** : *S3 : ranger des objets* ; des rudiments de pandas et de
# SQL.
#
# À la fin de ce notebook, vous saurez :
#
# * manier S3 comme un système de fichiers avec s3fs, et connaître ses limites ;
# * dire ce que Parquet fait mieux que CSV ou JSON ;
# * écrire une table **partitionnée**, et n'en lire que ce qu'il faut ;
# * interroger ces fichiers en SQL avec DuckDB, sans serveur de base de données ;
# * mesurer ce que coûtent beaucoup de petits objets, et les compacter.

# %% [markdown]
# ## 1. s3fs : un air de disque
#
# **s3fs** présente S3 comme un système de fichiers : `ls`, `open`, `du`… Il lit l'adresse et les clés
# d'accès dans l'environnement : rien à écrire. pandas s'en sert dès qu'un chemin commence par
# `s3://`.

# %%
import s3fs

from lab import datasets, workspace

BUCKET = workspace.bucket()
DOSSIER = f"{BUCKET}/s302"
fs = s3fs.S3FileSystem()


def vider(chemin):
    """Supprime tout ce qui se trouve sous ce chemin, s'il y a quelque chose."""
    fs.invalidate_cache()
    if fs.exists(chemin):
        fs.rm(chemin, recursive=True)


vider(DOSSIER)

with fs.open(f"{DOSSIER}/notes.txt", "w", encoding="utf-8") as fichier:
    fichier.write("première ligne\nseconde ligne\n")
with fs.open(f"{DOSSIER}/notes.txt", "r", encoding="utf-8") as fichier:
    print(fichier.readlines())
print(fs.find(DOSSIER))  # tous les objets, à toute profondeur

# %% [markdown]
# **Pièges.**
#
# * Sans mode, `fs.open` ouvre en **octets** (`"rb"`) : pour du texte, dites `"r"`.
# * s3fs **retient** les listes déjà vues. Si un autre programme écrit, votre `ls` peut dater :
#   `fs.invalidate_cache()`.
# * Un fichier ouvert en écriture n'existe dans S3 qu'à sa **fermeture** : utilisez `with`.
# * `mv` n'est pas un renommage : c'est une copie suivie d'une suppression, octet par octet.

# %% [markdown]
# ## 2. Quatre façons d'écrire la même table
#
# Voici 20 000 relevés de vidéos en tendance : huit colonnes, plus le mois que nous ajoutons.
# Écrivons-les en CSV, en JSON par lignes, le même compressé, et en Parquet.

# %%
import pandas as pd

vues = pd.DataFrame(datasets.load("vues"))
vues["mois"] = vues["date"].dt.strftime("%Y-%m")
vues.head(3)

# %%
lignes = {"orient": "records", "lines": True, "force_ascii": False, "date_format": "iso"}
chemins = {nom: f"{DOSSIER}/formats/vues.{nom}" for nom in ("csv", "jsonl", "jsonl.gz", "parquet")}
vues.to_csv(f"s3://{chemins['csv']}", index=False)
vues.to_json(f"s3://{chemins['jsonl']}", **lignes)
vues.to_json(f"s3://{chemins['jsonl.gz']}", **lignes)
vues.to_parquet(f"s3://{chemins['parquet']}", index=False)

fs.invalidate_cache()
kilos = {nom: fs.size(chemin) / 1024 for nom, chemin in chemins.items()}

# %%
import matplotlib.pyplot as plt

figure, axe = plt.subplots(figsize=(7, 2.3))
barres = axe.barh(list(kilos), list(kilos.values()), color="#2563eb")
axe.bar_label(barres, labels=[f" {taille:,.0f} Kio".replace(",", " ") for taille in kilos.values()])
axe.set_xlim(0, max(kilos.values()) * 1.2)
axe.set_title("La même table, quatre formats")
axe.invert_yaxis()
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Compressé, le JSON est ici aussi petit que Parquet. Mais pour en lire une seule valeur, il faut tout
# télécharger, tout décompresser, tout analyser. Parquet, lui, range les valeurs **par colonne**, et
# non par ligne :
#
# ```
# CSV : ligne après ligne                Parquet : colonne après colonne
#
# video,categorie,date,rang              video      │ v000001     v000002     …
# v000001,Musique,2026-05-01,12          categorie  │ Musique     Jeux        …
# v000002,Jeux,2026-05-01,40             date       │ 2026-05-01  2026-05-01  …
# …                                      rang       │ 12          40          …
#                                        ───────────┴──────────────────────────────
#                                        à la fin, la table des matières : types,
#                                        places, minimum et maximum de chaque bloc
# ```
#
# * des valeurs semblables se suivent, et se compressent bien ;
# * les **types** sont gardés : une date revient en date, un entier en entier ;
# * on peut ne lire **que certaines colonnes** (des `Range` de S3 !) ;
# * le minimum et le maximum de chaque bloc permettent d'en sauter.

# %%
import pyarrow.parquet as pq

with fs.open(chemins["parquet"]) as fichier:
    bloc = pq.ParquetFile(fichier).metadata.row_group(0)
    octets = {
        bloc.column(n).path_in_schema: bloc.column(n).total_compressed_size
        for n in range(bloc.num_columns)
    }
total = sum(octets.values())
for nom, taille in sorted(octets.items(), key=lambda paire: -paire[1]):
    print(f"{nom:13} {100 * taille / total:5.1f} % du fichier")

# %%
print(pd.read_csv(f"s3://{chemins['csv']}").dtypes["date"], ": une date relue d'un CSV")
deux = pd.read_parquet(f"s3://{chemins['parquet']}", columns=["date", "rang"])
print(deux.dtypes["date"], ": relue de Parquet, deux colonnes sur", len(octets))

# %% [markdown]
# ## 3. Partitionner : le chemin dit déjà la réponse
#
# Presque toutes nos questions portent sur une période. Rangeons un fichier **par mois**, avec le
# nom et la valeur dans le chemin : `mois=2026-05/`. Cette convention vient de Hive, et tous les
# outils la comprennent. La colonne `mois` n'est même plus dans les fichiers : elle est dans le
# chemin.

# %%
TABLE = f"{DOSSIER}/vues"
vues.to_parquet(f"s3://{TABLE}", partition_cols=["mois"], index=False)

fs.invalidate_cache()
for chemin in sorted(fs.glob(f"{TABLE}/mois=*")):
    (fichier,) = fs.glob(f"{chemin}/*.parquet")
    print(chemin.removeprefix(TABLE), f"{fs.size(fichier) / 1024:6.0f} Kio")

# %% [markdown]
# **Piège.** Recommencer l'écriture **ajoute** de nouveaux fichiers à côté des anciens, et chaque ligne
# compte double. Videz d'abord la partition que vous réécrivez (ou nommez vous-même les fichiers).
#
# **Choisir la clé de partition** : une colonne sur laquelle on filtre souvent, avec **peu** de valeurs
# (des jours, des rubriques, pas des identifiants). Visez des fichiers d'au moins quelques dizaines de
# mégaoctets ; les nôtres sont petits parce que c'est une leçon.
#
# pandas ne lit que les partitions demandées :

# %%
mai = pd.read_parquet(
    f"s3://{TABLE}", filters=[("mois", "==", "2026-05")], columns=["video", "vues", "rang"]
)
print(len(mai), "relevés de mai sur", len(vues))

# %% [markdown]
# ## 4. DuckDB : du SQL directement sur S3
#
# **DuckDB** est un moteur SQL dans une bibliothèque : pas de serveur, pas d'import. On lui prête notre
# système de fichiers s3fs (`register_filesystem`), et il lit les `s3://` comme des tables.

# %%
import duckdb

sql = duckdb.connect()
sql.register_filesystem(fs)
sql.sql("SET enable_progress_bar = false")  # un notebook n'a pas besoin de barre de progression
sql.sql(f"""
    CREATE VIEW vues AS
    SELECT * FROM read_parquet('s3://{TABLE}/*/*.parquet', hive_partitioning = true)
""")

sql.sql("""
    SELECT mois, count(*) AS releves, count(DISTINCT video) AS videos, min(rang) AS meilleur_rang
    FROM vues GROUP BY mois ORDER BY mois
""").df()

# %% [markdown]
# Combien de fichiers a-t-il fallu lire pour un seul mois ? `EXPLAIN` le dit :

# %%
plan = sql.sql("EXPLAIN SELECT avg(rang) FROM vues WHERE mois = '2026-05'").fetchall()[0][1]
print(next(ligne.strip("│┃ ") for ligne in plan.splitlines() if "Scanning Files" in ligne))

# %% [markdown]
# Les autres n'ont pas été ouverts. Mais attention à la façon de demander : la date, elle, est
# **dans** les fichiers. Filtrer sur `date` oblige à ouvrir chaque fichier, au moins sa table des
# matières ; filtrer sur `mois`, non.

# %%
requete = "EXPLAIN SELECT avg(rang) FROM vues WHERE date >= TIMESTAMPTZ '2026-05-01 00:00:00+00'"
plan = sql.sql(requete).fetchall()[0][1]
trouvees = [ligne.strip("│┃ ") for ligne in plan.splitlines() if "Scanning Files" in ligne]
print(trouvees or "aucun fichier écarté d'avance")

# %% [markdown]
# Une vraie question, maintenant : comment se répartissent les meilleures places, mois par mois, entre
# catégories ?

# %%
parts = sql.sql("""
    SELECT mois, categorie, count(*) AS places
    FROM vues WHERE rang <= 20
    GROUP BY mois, categorie ORDER BY mois, categorie
""").df()
tableau = parts.pivot(index="mois", columns="categorie", values="places").fillna(0)
tableau = tableau.div(tableau.sum(axis=1), axis=0) * 100

axe = tableau.plot.area(figsize=(7, 3), colormap="viridis", linewidth=0)
axe.set_ylabel("% des 20 premières places")
axe.set_xlabel("")
axe.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
axe.margins(0)
plt.show()

# %% [markdown]
# (Ne tirez rien de septembre : nos relevés s'arrêtent à son début, et y sont rares.)
#
# ## 5. Ce que S3 fait mal : beaucoup de petits objets
#
# Chaque objet coûte un aller-retour, qu'il pèse cent octets ou cent mégaoctets. Mesurons, sur votre
# machine et à l'instant : 150 fichiers Parquet d'une ligne, puis les mêmes lignes dans un seul fichier.

# %%
import json
import time

petits = vues.head(150)
for numero in range(len(petits)):
    petits[numero : numero + 1].to_parquet(
        f"s3://{DOSSIER}/petits/{numero:04d}.parquet", index=False
    )
petits.to_parquet(f"s3://{DOSSIER}/un_seul.parquet", index=False)
fs.invalidate_cache()


def duree(requete):
    """Le nombre rendu par une requête, et les secondes qu'elle a prises."""
    debut = time.perf_counter()
    ((nombre,),) = sql.sql(requete).fetchall()
    return nombre, time.perf_counter() - debut


n_petits, t_petits = duree(f"SELECT sum(vues) FROM read_parquet('s3://{DOSSIER}/petits/*.parquet')")
n_seul, t_seul = duree(f"SELECT sum(vues) FROM read_parquet('s3://{DOSSIER}/un_seul.parquet')")
print("même résultat :", n_petits == n_seul, "| un seul fichier est plus rapide :", t_seul < t_petits)

# %%
figure, axe = plt.subplots(figsize=(7, 1.8))
axe.barh(["un fichier", "150 fichiers"], [t_seul * 1000, t_petits * 1000], color=["#15803d", "#b45309"])
axe.set_xscale("log")
axe.set_xlabel("millisecondes (échelle logarithmique), mesurées à l'instant")
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Et le stockage est ici sur votre machine. À travers Internet, comptez des dizaines de
# millisecondes **par objet** ; les hébergeurs facturent aussi chaque requête. La parade s'appelle
# **compactage** : un travail régulier réunit les petits objets en quelques gros fichiers.
#
# | S3 est bon pour | S3 est mauvais pour |
# |---|---|
# | garder beaucoup, longtemps, pour peu | beaucoup de petites écritures |
# | de gros fichiers lus en entier ou par colonnes | modifier une ligne |
# | partager par HTTP, avec des droits | chercher « la fiche n° 885 » mille fois par seconde |
# | des données écrites une fois, lues souvent | des verrous, des transactions, une file |

# %% [markdown]
# ## 6. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice s3-06** ★ Avec DuckDB, sur la vue `vues` : pour le mois de **juillet 2026**, le nombre de
# relevés de chaque catégorie, du plus grand au plus petit : une liste de couples
# `(catégorie, nombre)`.

# %% exercise="s3-06"
# >>> solution
reponse = sql.sql("""
    SELECT categorie, count(*) AS n FROM vues
    WHERE mois = '2026-07' GROUP BY categorie ORDER BY n DESC
""").fetchall()
# <<< solution
check("s3-06", reponse)

# %% wrong="s3-06"
reponse = sql.sql("SELECT categorie, count(*) AS n FROM vues GROUP BY 1 ORDER BY n DESC").fetchall()

# %% wrong="s3-06"
reponse = sql.sql("""
    SELECT categorie, count(DISTINCT video) AS n FROM vues
    WHERE mois = '2026-07' GROUP BY categorie ORDER BY n DESC
""").fetchall()

# %% [markdown]
# **Exercice s3-07** ★ Avec pandas, lisez de `TABLE` les seules colonnes `video` et `rang` des relevés
# d'**août 2026** dont le rang est **inférieur ou égal à 3**. La réponse est le DataFrame (l'ordre des
# lignes n'importe pas).

# %% exercise="s3-07"
# >>> solution
reponse = pd.read_parquet(
    f"s3://{TABLE}",
    columns=["video", "rang"],
    filters=[("mois", "==", "2026-08"), ("rang", "<=", 3)],
)
# <<< solution
check("s3-07", reponse)

# %% wrong="s3-07"
reponse = pd.read_parquet(
    f"s3://{TABLE}",
    columns=["video", "rang"],
    filters=[("mois", "==", "2026-08"), ("rang", "<", 3)],
)

# %% wrong="s3-07"
reponse = pd.read_parquet(  # toutes les colonnes
    f"s3://{TABLE}", filters=[("mois", "==", "2026-08"), ("rang", "<=", 3)]
)

# %% wrong="s3-07"
reponse = pd.read_parquet(  # une liste de listes veut dire « ou »
    f"s3://{TABLE}",
    columns=["video", "rang"],
    filters=[[("mois", "==", "2026-08")], [("rang", "<=", 3)]],
)

# %% [markdown]
# **Exercice s3-08** ★★ Rangez les films (`datasets.load("films")`) en Parquet sous
# `s3://…/s302/films`, un dossier par `decennie` (1990, 2000…). Avec les colonnes `_id`, `titre`,
# `annee` et `note`. Attention : quelques `annee` sont du texte ; elles doivent devenir des entiers.
# Relancer la cellule ne doit pas doubler les lignes.

# %% exercise="s3-08"
# >>> solution
films = pd.DataFrame(datasets.load("films"))[["_id", "titre", "annee", "note"]]
films["annee"] = films["annee"].astype(int)
films["decennie"] = films["annee"] // 10 * 10
vider(f"{DOSSIER}/films")
films.to_parquet(f"s3://{DOSSIER}/films", partition_cols=["decennie"], index=False)
# <<< solution
check("s3-08")

# %% wrong="s3-08"
films = pd.DataFrame(datasets.load("films"))[["_id", "titre", "annee", "note"]]
films = films[films["annee"].map(lambda annee: isinstance(annee, int))]  # jette les textes
films["annee"] = films["annee"].astype(int)
films["decennie"] = films["annee"] // 10 * 10
vider(f"{DOSSIER}/films")
films.to_parquet(f"s3://{DOSSIER}/films", partition_cols=["decennie"], index=False)

# %% wrong="s3-08"
films = pd.DataFrame(datasets.load("films"))[["_id", "titre", "annee", "note"]]
films["annee"] = films["annee"].astype(int)
films["decennie"] = films["annee"] // 10 * 10
for _ in range(2):  # sans vider : relancée, la cellule double tout
    films.to_parquet(f"s3://{DOSSIER}/films", partition_cols=["decennie"], index=False)

# %% wrong="s3-08"
films = pd.DataFrame(datasets.load("films"))[["_id", "titre", "annee", "note"]]
films["annee"] = films["annee"].astype(str)
films["decennie"] = films["annee"].str[:3] + "0"
vider(f"{DOSSIER}/films")
films.to_parquet(f"s3://{DOSSIER}/films", partition_cols=["decennie"], index=False)

# %% [markdown]
# **Exercice s3-09** ★★ En SQL : la **chaîne** qui a gagné le plus de vues **pendant** le mois de juin
# 2026. Le gain d'une vidéo est la différence entre son plus grand et son plus petit cumul relevés en
# juin ; celui d'une chaîne est la somme de ses vidéos. La réponse est son nom.

# %% exercise="s3-09"
# >>> solution
((reponse, _),) = sql.sql("""
    SELECT chaine, sum(gain) AS total
    FROM (
        SELECT chaine, video, max(vues) - min(vues) AS gain
        FROM vues WHERE mois = '2026-06' GROUP BY chaine, video
    )
    GROUP BY chaine ORDER BY total DESC LIMIT 1
""").fetchall()
# <<< solution
check("s3-09", reponse)

# %% wrong="s3-09"
((reponse, _),) = sql.sql("""
    SELECT chaine, max(vues) - min(vues) AS total
    FROM vues WHERE mois = '2026-06' GROUP BY chaine ORDER BY total DESC LIMIT 1
""").fetchall()

# %% wrong="s3-09"
((reponse, _),) = sql.sql("""
    SELECT video, max(vues) - min(vues) AS total
    FROM vues WHERE mois = '2026-06' GROUP BY video ORDER BY total DESC LIMIT 1
""").fetchall()

# %% [markdown]
# **Exercice s3-10** ★★★ Écrivez `compacter(fs, source, cible)` : elle lit tous les `.json` (un objet
# JSON chacun) placés **directement** sous le dossier `source`, écrit leurs lignes dans un seul fichier
# Parquet `cible`, puis supprime les objets **qu'elle a écrits**. Un objet mal formé est laissé en
# place. Elle rend le nombre de lignes. S'il n'y a rien à compacter, elle ne crée rien et rend 0.

# %% exercise="s3-10"
# >>> solution
#: def compacter(fs, source, cible): ...
def compacter(fs, source, cible):
    fs.invalidate_cache()  # d'autres écrivent peut-être
    lus, lignes = [], []
    for chemin in sorted(fs.glob(f"{source}/*.json")):
        try:
            lignes.append(json.loads(fs.cat_file(chemin)))
        except ValueError:
            continue
        lus.append(chemin)
    if not lignes:
        return 0
    with fs.open(cible, "wb") as fichier:
        pd.DataFrame(lignes).to_parquet(fichier, index=False)
    fs.rm(lus)  # seulement une fois la table écrite
    return len(lignes)


# <<< solution
check("s3-10", compacter)

# %% wrong="s3-10"
def compacter(fs, source, cible):
    chemins_json = sorted(fs.glob(f"{source}/*.json"))
    lignes = [json.loads(fs.cat_file(chemin)) for chemin in chemins_json]  # un mal formé arrête tout
    with fs.open(cible, "wb") as fichier:
        pd.DataFrame(lignes).to_parquet(fichier, index=False)
    fs.rm(chemins_json)
    return len(lignes)


# %% wrong="s3-10"
def compacter(fs, source, cible):
    lignes = []
    for chemin in sorted(fs.glob(f"{source}/*.json")):
        try:
            lignes.append(json.loads(fs.cat_file(chemin)))
        except ValueError:
            continue
    if not lignes:
        return 0
    with fs.open(cible, "wb") as fichier:
        pd.DataFrame(lignes).to_parquet(fichier, index=False)
    fs.rm(source, recursive=True)  # emporte tout le dossier
    return len(lignes)


# %% [markdown]
# ## À retenir
#
# * s3fs donne à S3 l'air d'un disque ; il garde les listes en mémoire (`invalidate_cache`).
# * **Parquet** : par colonnes, typé, compressé ; on n'en lit que l'utile.
# * **Partitionner** (`mois=2026-05/`) selon ce sur quoi on filtre, avec peu de valeurs ; filtrer sur la
#   colonne de partition.
# * **DuckDB** interroge les fichiers là où ils sont ; `EXPLAIN` dit combien il en ouvre.
# * Beaucoup de petits objets coûtent cher : on **compacte**, on vérifie, et seulement ensuite on
#   supprime.
