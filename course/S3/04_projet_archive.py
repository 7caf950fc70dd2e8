# %% [markdown]
# # Projet : de l'archive brute à la figure
#
# **Durée** : 60 minutes. **Prérequis** : les trois premiers notebooks du chapitre.
#
# À la fin de ce notebook, vous saurez :
#
# * construire une chaîne complète : archive brute → table propre → question → figure partagée ;
# * fusionner plusieurs récoltes, dont certaines se répètent ;
# * rendre chaque étape **rejouable** ;
# * vérifier une table avant de s'en servir.

# %% [markdown]
# ## 1. Le plan
#
# ```mermaid
# flowchart LR
#     A[("brut/*.jsonl.gz<br/>jamais modifié")] -->|fusionner| B[fiches uniques]
#     B -->|nettoyer| C[("articles/section=…<br/>Parquet")]
#     C -->|DuckDB| D[résultat]
#     D -->|matplotlib| E[("figures/….png")]
#     E -->|lien signé| F[lecteur]
# ```
#
# C'est une organisation très répandue, souvent appelée *bronze, argent, or* : le brut, que l'on garde
# tel quel ; le propre, typé et sans doublon ; le prêt à montrer. Si une étape est fausse, on la
# corrige et on la rejoue depuis la précédente.
#
# Notre matière : l'archive de la Gazette déposée par la récolte du laboratoire, et une seconde récolte
# faite le lendemain, où certains articles ont été corrigés entre-temps.

# %%
import gzip
import json

import duckdb
import matplotlib.pyplot as plt
import pandas as pd
import s3fs

from lab import workspace
from lab.exercises import check

s3 = workspace.s3()
BUCKET = workspace.bucket()
DOSSIER = f"{BUCKET}/s304"
fs = s3fs.S3FileSystem()


def vider(chemin):
    """Supprime tout ce qui se trouve sous ce chemin, s'il y a quelque chose."""
    fs.invalidate_cache()
    if fs.exists(chemin):
        fs.rm(chemin, recursive=True)


def deposer_lignes(cle, fiches):
    """Dépose des fiches en JSON, une par ligne, compressées."""
    texte = "".join(json.dumps(fiche, ensure_ascii=False) + "\n" for fiche in fiches)
    corps = gzip.compress(texte.encode(), mtime=0)
    s3.put_object(Bucket=BUCKET, Key=cle, Body=corps, ContentType="application/gzip")


def lire_lignes(cle):
    """Les fiches d'une archive."""
    corps = s3.get_object(Bucket=BUCKET, Key=cle)["Body"].read()
    return [json.loads(ligne) for ligne in gzip.decompress(corps).splitlines()]


vider(DOSSIER)

# %% [markdown]
# Préparons le dossier `s304/brut/` : la première récolte reprend les archives de la Gazette (au plus
# 2 000 articles) ; la seconde revoit les articles du 14 septembre 2026 et des jours suivants, et en
# corrige le titre.

# %%
archives = s3.list_objects_v2(Bucket=BUCKET, Prefix="crawls/gazette/").get("Contents", [])
connues = {}
for archive in sorted(archives, key=lambda objet: objet["LastModified"]):
    for fiche in lire_lignes(archive["Key"]):
        connues[fiche["id"]] = {**fiche, "scraped_at": "2026-09-16T06:00:00+00:00"}
premiere = sorted(connues.values(), key=lambda fiche: fiche["id"])[:2000]
seconde = [
    {**fiche, "title": fiche["title"] + " (corrigé)", "scraped_at": "2026-09-17T06:00:00+00:00"}
    for fiche in premiere
    if fiche["published"] >= "2026-09-14"
]
deposer_lignes("s304/brut/2026-09-17.jsonl.gz", seconde)
deposer_lignes("s304/brut/2026-09-16.jsonl.gz", premiere)
if not archives:
    print("Pas encore d'archive : lancez ./lab crawl gazette, puis relancez ce notebook.")
for objet in s3.list_objects_v2(Bucket=BUCKET, Prefix="s304/brut/")["Contents"]:
    print(objet["Key"], len(lire_lignes(objet["Key"])), "fiches")

# %% [markdown]
# ## 2. Fusionner
#
# **Exercice s3-16** ★★ Écrivez `fusionner(fiches)` : dans une liste de fiches de plusieurs récoltes,
# dans le désordre, elle ne garde pour chaque `id` que la plus récente (`scraped_at`, du texte ISO en
# temps universel), et rend la liste triée par `id`. Elle ne modifie pas ce qu'on lui donne.

# %% exercise="s3-16"
# >>> solution
#: def fusionner(fiches): ...
def fusionner(fiches):
    gardees = {}
    for fiche in fiches:
        ancienne = gardees.get(fiche["id"])
        if ancienne is None or fiche["scraped_at"] > ancienne["scraped_at"]:
            gardees[fiche["id"]] = fiche
    return sorted(gardees.values(), key=lambda fiche: fiche["id"])


# <<< solution
check("s3-16", fusionner)

# %% wrong="s3-16"
def fusionner(fiches):
    gardees = {fiche["id"]: fiche for fiche in fiches}  # la dernière lue, pas la plus récente
    return sorted(gardees.values(), key=lambda fiche: fiche["id"])


# %% wrong="s3-16"
def fusionner(fiches):
    return sorted(fiches, key=lambda fiche: (fiche["id"], fiche["scraped_at"]))  # tout est gardé


# %% [markdown]
# ## 3. La table propre
#
# **Exercice s3-17** ★★★ Lisez **toutes** les archives de `s304/brut/`, fusionnez-les, et écrivez la
# table sous `s304/articles/`, en Parquet, un dossier par `section`, avec exactement ces colonnes dans
# les fichiers :
#
# | colonne | contenu |
# |---|---|
# | `id`, `title` | tels quels |
# | `published` | une vraie date, en temps universel |
# | `mots` | nombre de mots de `body` (séparés par des blancs), entier |
# | `auteurs` | nombre d'auteurs, entier |
#
# L'étape doit pouvoir être rejouée sans rien doubler.

# %% exercise="s3-17"
# >>> solution
fiches = []
for objet in s3.list_objects_v2(Bucket=BUCKET, Prefix="s304/brut/")["Contents"]:
    fiches += lire_lignes(objet["Key"])
table = pd.DataFrame(
    {
        "id": fiche["id"],
        "title": fiche["title"],
        "published": fiche["published"],
        "mots": len(fiche["body"].split()),
        "auteurs": len(fiche["authors"]),
        "section": fiche["section"],
    }
    for fiche in fusionner(fiches)
)
table["published"] = pd.to_datetime(table["published"], utc=True)
vider(f"{DOSSIER}/articles")
table.to_parquet(f"s3://{DOSSIER}/articles", partition_cols=["section"], index=False)
# <<< solution
check("s3-17")

# %% wrong="s3-17"
fausse = table.assign(published=table["published"].astype(str))  # une date en texte
vider(f"{DOSSIER}/articles")
fausse.to_parquet(f"s3://{DOSSIER}/articles", partition_cols=["section"], index=False)

# %% wrong="s3-17"
une_seule = fusionner(lire_lignes("s304/brut/2026-09-16.jsonl.gz"))  # sans les corrections
titres = {fiche["id"]: fiche["title"] for fiche in une_seule}
fausse = table.assign(title=table["id"].map(titres))
vider(f"{DOSSIER}/articles")
fausse.to_parquet(f"s3://{DOSSIER}/articles", partition_cols=["section"], index=False)

# %% wrong="s3-17"
table.to_parquet(f"s3://{DOSSIER}/articles", partition_cols=["section"], index=False)  # en double

# %% [markdown]
# Une table ne se croit pas sur parole. Trois questions à poser à chaque fois : combien de lignes, des
# doublons, des trous ?

# %%
fs.invalidate_cache()
sql = duckdb.connect()
sql.register_filesystem(fs)
MOTIF = f"s3://{DOSSIER}/articles/*/*.parquet"
prete = bool(fs.glob(f"{DOSSIER}/articles/*/*.parquet"))  # fausse tant que s3-17 est à faire
if prete:
    sql.sql(
        "CREATE VIEW articles AS "
        f"SELECT * FROM read_parquet('{MOTIF}', hive_partitioning = true)"
    )
    ((lignes, distincts, vides),) = sql.sql("""
        SELECT count(*), count(DISTINCT id), count(*) FILTER (mots = 0 OR published IS NULL)
        FROM articles
    """).fetchall()
    print(lignes, "lignes,", distincts, "articles,", vides, "à regarder de près")

# %% [markdown]
# ## 4. La question
#
# **Exercice s3-18** ★★ La rubrique dont les articles sont, en **médiane**, les plus longs (en mots),
# parmi ceux parus en **août 2026** (temps universel). La réponse est un couple
# `(rubrique, médiane)`. DuckDB connaît `median(…)` ; comparez les dates avec des bornes comme
# `TIMESTAMPTZ '2026-08-01 00:00:00+00'`.

# %% exercise="s3-18"
# >>> solution
(reponse,) = sql.sql("""
    SELECT section, median(mots) AS mediane FROM articles
    WHERE published >= TIMESTAMPTZ '2026-08-01 00:00:00+00'
      AND published < TIMESTAMPTZ '2026-09-01 00:00:00+00'
    GROUP BY section ORDER BY mediane DESC, section LIMIT 1
""").fetchall()
# <<< solution
check("s3-18", reponse)

# %% wrong="s3-18"
(reponse,) = sql.sql("""
    SELECT section, avg(mots) AS moyenne FROM articles
    WHERE published >= TIMESTAMPTZ '2026-08-01 00:00:00+00'
      AND published < TIMESTAMPTZ '2026-09-01 00:00:00+00'
    GROUP BY section ORDER BY moyenne DESC LIMIT 1
""").fetchall()

# %% wrong="s3-18"
(reponse,) = sql.sql("""
    SELECT section, median(mots) AS mediane FROM articles
    WHERE published >= TIMESTAMPTZ '2026-08-01 00:00:00+00'
      AND published < TIMESTAMPTZ '2026-09-01 00:00:00+00'
    GROUP BY section ORDER BY mediane LIMIT 1
""").fetchall()

# %% [markdown]
# ## 5. La figure, et son lien
#
# **Exercice s3-19** ★★ Tracez la figure de votre choix à partir de la table, déposez-la au format PNG
# sous `s304/figures/rubriques.png` avec le type `image/png`, et donnez en réponse un lien signé d'une
# heure. (`figure.savefig(tampon, format="png")` écrit dans un `io.BytesIO()`.)

# %% exercise="s3-19"
# >>> solution
import io

donnees = sql.sql("SELECT section, mots FROM articles").df()
groupes = {nom: groupe["mots"].tolist() for nom, groupe in donnees.groupby("section")}
figure, axe = plt.subplots(figsize=(7, 3.4))
axe.boxplot(list(groupes.values()), tick_labels=list(groupes), orientation="horizontal")
axe.set_xlabel("mots par article")
axe.spines[["top", "right"]].set_visible(False)
tampon = io.BytesIO()
figure.savefig(tampon, format="png", bbox_inches="tight", dpi=100)
plt.show()

s3.put_object(
    Bucket=BUCKET,
    Key="s304/figures/rubriques.png",
    Body=tampon.getvalue(),
    ContentType="image/png",
)
reponse = s3.generate_presigned_url(
    "get_object", Params={"Bucket": BUCKET, "Key": "s304/figures/rubriques.png"}, ExpiresIn=3600
)
# <<< solution
check("s3-19", reponse)

# %% wrong="s3-19"
reponse = "s3://lab/s304/figures/rubriques.png"  # une adresse S3 n'est pas un lien

# %% wrong="s3-19"
reponse = s3.generate_presigned_url(  # une minute, pas une heure
    "get_object", Params={"Bucket": BUCKET, "Key": "s304/figures/rubriques.png"}, ExpiresIn=60
)

# %% wrong="s3-19"
s3.put_object(
    Bucket=BUCKET,
    Key="s304/figures/rubriques.png",
    Body=tampon.getvalue(),
    ContentType="text/plain",  # un navigateur affichera des octets
)
reponse = s3.generate_presigned_url(
    "get_object", Params={"Bucket": BUCKET, "Key": "s304/figures/rubriques.png"}, ExpiresIn=3600
)

# %% [markdown]
# ## Pour aller plus loin
#
# * Ajoutez une troisième récolte, et ne réécrivez que les partitions touchées.
# * Donnez à un collègue des clés temporaires qui lisent `s304/articles/`, et faites-lui écrire le SQL.
# * Partitionnez par jour de parution plutôt que par rubrique : quelles questions deviennent moins
#   chères, lesquelles plus ?
#
# ## À retenir
#
# * **Brut, propre, prêt à montrer** : trois étages, chacun rejouable depuis le précédent.
# * On fusionne par identifiant, en gardant la fiche la plus **récente**, pas la dernière lue.
# * On **vérifie** une table (lignes, doublons, trous) avant de s'en servir.
# * On partage un **lien** ou des clés courtes, jamais les siennes.
