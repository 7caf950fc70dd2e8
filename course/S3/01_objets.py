# %% [markdown]
# # S3 : ranger des objets
#
# **Durée** : 45 minutes. **Prérequis** : lire et écrire un fichier en Python ; JSON.
#
# À la fin de ce notebook, vous saurez :
#
# * dire en quoi un stockage d'objets n'est pas un disque ;
# * déposer, lire, décrire et supprimer un objet avec boto3 ;
# * organiser des clés par préfixes, et lister **plus de mille** objets ;
# * ne télécharger qu'un morceau, ne pas écraser par mégarde ;
# * relire l'archive brute d'une récolte.

# %% [markdown]
# ## 1. Un stockage d'objets n'est pas un disque
#
# Une récolte produit des gigaoctets de pages brutes. On veut les garder des années, les lire depuis
# n'importe quelle machine, ne pas s'occuper des disques, et payer peu. C'est le rôle de S3 (*Simple
# Storage Service*) : un service d'Amazon, et surtout une **interface** que bien d'autres ont reprise :
# MinIO, SeaweedFS, Ceph, et la plupart des grands hébergeurs.
#
# | | un disque | S3 |
# |---|---|---|
# | on range | des fichiers dans des dossiers | des **objets** dans des **buckets**, chacun sous une **clé** |
# | on accède | par le système, tout près | par **HTTP**, de partout |
# | on modifie | n'importe quel octet | jamais : on **remplace** l'objet entier |
# | on renomme | instantané | n'existe pas : copier, puis supprimer |
# | une opération prend | des microsecondes | des **millisecondes** |
# | la place | celle du disque | « infinie », répliquée, peu chère |
#
# ```mermaid
# flowchart LR
#     N[notebook] -- "PUT /lab/crawls/a.gz" --> S[(S3)]
#     D[DuckDB, pandas] -- "GET … Range: bytes=0-99" --> S
#     C[collègue] -- lien signé --> S
#     S --- B1[bucket lab]
#     B1 --- K1["clé crawls/gazette/….jsonl.gz"]
#     B1 --- K2["clé s301/mesures/….json"]
# ```

# %%
from lab import workspace

s3 = workspace.s3()
BUCKET = workspace.bucket()
print("bucket :", BUCKET)

# %% [markdown]
# `workspace.s3()` est un client **boto3**, la bibliothèque d'Amazon, déjà dirigé vers le stockage du
# laboratoire. Nos objets commenceront tous par `s301/`, et nous les effaçons au départ.


# %%
def vider(prefixe):
    """Supprime tous les objets dont la clé commence par ce préfixe."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefixe):
        cles = [{"Key": objet["Key"]} for objet in page.get("Contents", [])]
        if cles:
            s3.delete_objects(Bucket=BUCKET, Delete={"Objects": cles, "Quiet": True})


vider("s301/")

# %% [markdown]
# ## 2. Déposer, lire, décrire
#
# `put_object` prend des **octets** : un texte s'encode. `ContentType` dit ce que c'est (un navigateur
# en tiendra compte), `Metadata` porte vos propres étiquettes.

# %%
s3.put_object(
    Bucket=BUCKET,
    Key="s301/notes/lisez-moi.txt",
    Body="Récolte de démonstration\n".encode(),
    ContentType="text/plain; charset=utf-8",
    Metadata={"spider": "gazette", "pages": "1000"},
)

objet = s3.get_object(Bucket=BUCKET, Key="s301/notes/lisez-moi.txt")
print(objet["Body"].read().decode(), end="")

# %% [markdown]
# `head_object` décrit **sans télécharger** : taille, date, type, étiquettes, et `ETag`, l'empreinte
# du contenu (pour un petit objet, son MD5) : deux objets identiques ont la même.

# %%
import hashlib

fiche = s3.head_object(Bucket=BUCKET, Key="s301/notes/lisez-moi.txt")
print(fiche["ContentLength"], "octets |", fiche["ContentType"], "|", fiche["Metadata"])
md5 = hashlib.md5("Récolte de démonstration\n".encode(), usedforsecurity=False).hexdigest()
print("ETag = MD5 :", fiche["ETag"].strip('"') == md5)

# %% [markdown]
# Un objet absent lève une exception de boto3, qui porte un code :

# %%
from botocore.exceptions import ClientError

try:
    s3.get_object(Bucket=BUCKET, Key="s301/nulle-part.txt")
except ClientError as erreur:
    print(erreur.response["Error"]["Code"])

# %% [markdown]
# **Piège.** Déposer sous une clé qui existe **remplace** sans rien demander. `IfNoneMatch="*"` refuse
# si la clé est prise : deux robots qui choisissent le même nom ne s'effaceront pas.

# %%
try:
    s3.put_object(
        Bucket=BUCKET, Key="s301/notes/lisez-moi.txt", Body=b"autre chose", IfNoneMatch="*"
    )
except ClientError as erreur:
    print("refusé :", erreur.response["Error"]["Code"])

# %% [markdown]
# ## 3. Des clés à plat, des préfixes
#
# Il n'y a **pas de dossiers**. Une clé est un texte où la barre `/` n'a rien de spécial, sinon une
# convention : on peut lister « tout ce qui commence par… » (`Prefix`), et regrouper jusqu'à la barre
# suivante (`Delimiter`). Déposons un petit objet par relevé de vidéos, comme le ferait un robot qui
# écrit au fil de l'eau.

# %%
import json
from concurrent.futures import ThreadPoolExecutor

from lab import datasets

releves = datasets.load("vues", 1050)


def deposer_releve(numero):
    """Dépose un relevé, sous une clé qui dit son mois et son jour."""
    releve = releves[numero]
    date = releve["date"]
    s3.put_object(
        Bucket=BUCKET,
        Key=f"s301/mesures/mois={date:%m}/jour={date:%d}/{numero:05d}.json",
        Body=json.dumps({**releve, "date": date.isoformat()}, ensure_ascii=False).encode(),
        ContentType="application/json",
    )


with ThreadPoolExecutor(8) as fils:  # huit à la fois : chaque dépôt passe son temps à attendre
    list(fils.map(deposer_releve, range(len(releves))))

reponse_liste = s3.list_objects_v2(Bucket=BUCKET, Prefix="s301/mesures/mois=05/", MaxKeys=3)
for objet in reponse_liste["Contents"]:
    print(objet["Key"], objet["Size"], "octets")

# %%
niveaux = s3.list_objects_v2(Bucket=BUCKET, Prefix="s301/mesures/", Delimiter="/")
for commun in niveaux["CommonPrefixes"]:
    print(commun["Prefix"])

# %% [markdown]
# **Piège.** Une réponse contient **au plus mille** clés, et rien ne vous alerte, sauf `IsTruncated`.
# Un *paginator* demande les pages suivantes pour vous :

# %%
une_page = s3.list_objects_v2(Bucket=BUCKET, Prefix="s301/mesures/")
print(une_page["KeyCount"], "clés | il en reste :", une_page["IsTruncated"])

pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="s301/mesures/")
tailles_de_page = [page["KeyCount"] for page in pages]
print(tailles_de_page, "=", sum(tailles_de_page))

# %%
import matplotlib.pyplot as plt

par_mois = {}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="s301/mesures/"):
    for objet in page["Contents"]:
        mois = objet["Key"].split("mois=")[1][:2]
        par_mois[mois] = par_mois.get(mois, 0) + 1

figure, axe = plt.subplots(figsize=(7, 2.4))
axe.bar(list(par_mois), list(par_mois.values()), color="#2563eb")
axe.set_xlabel("mois de 2026")
axe.set_ylabel("objets")
axe.set_title("Les clés disent déjà beaucoup : aucun objet n'a été lu")
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Bien choisir ses clés, c'est donc choisir ce qu'on pourra demander sans rien lire. Allez du plus
# général au plus précis, et mettez des dates qui se trient (`2026-09-15`, jamais `15-9-26`).

# %% [markdown]
# ## 4. Un morceau seulement
#
# `Range` ne télécharge qu'un intervalle d'octets. C'est ce qui rend possibles les grands fichiers
# Parquet du prochain notebook : on y lit la table des matières, à la **fin**, puis les seules
# colonnes utiles.

# %%
cle = "s301/morceaux/alphabet.txt"
s3.put_object(Bucket=BUCKET, Key=cle, Body=b"abcdefghijklmnopqrstuvwxyz")
for intervalle in ("bytes=0-4", "bytes=20-", "bytes=-3"):
    morceau = s3.get_object(Bucket=BUCKET, Key=cle, Range=intervalle)
    print(f"{intervalle:10}", morceau["Body"].read().decode(), "|", morceau["ContentRange"])

# %% [markdown]
# ## 5. L'archive de la récolte
#
# Chaque récolte du laboratoire dépose ce qu'elle a trouvé sous `crawls/<spider>/`, en JSON, une
# fiche par ligne, compressé. On ne modifie jamais ces objets : si l'on découvre demain une erreur
# dans notre traitement, on repartira d'eux.

# %%
import gzip

archives = s3.list_objects_v2(Bucket=BUCKET, Prefix="crawls/gazette/").get("Contents", [])
if archives:
    derniere = max(archives, key=lambda objet: objet["LastModified"])
    lignes = gzip.decompress(
        s3.get_object(Bucket=BUCKET, Key=derniere["Key"])["Body"].read()
    ).splitlines()
    print(len(lignes), "fiches ; les champs de la première :")
    print(sorted(json.loads(lignes[0])))
else:
    print("Pas encore d'archive : lancez ./lab crawl gazette")

# %% [markdown]
# ### En ligne de commande
#
# Pour un coup d'œil ou une copie, nul besoin de Python. S'ils sont installés, l'outil d'Amazon (`aws`)
# et celui de MinIO (`mc`) font la même chose dans un terminal, avec les mêmes clés d'accès. Le premier
# les trouve dans l'environnement ; au second, on les donne une fois, sous un nom (ici `labo`) :
#
# ```
# eval "$(./lab env)"
# aws s3 ls "s3://$LAB_BUCKET/crawls/" --recursive
# aws s3 cp "s3://$LAB_BUCKET/s301/notes/lisez-moi.txt" .
#
# mc alias set labo "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
# mc ls --recursive "labo/$LAB_BUCKET/crawls/"
# ```

# %% [markdown]
# ## 6. Exercices
#
# Quand on demande une **fonction**, elle reçoit un client `s3` et le nom du bucket : utilisez ceux-là.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice s3-01** ★ Combien d'**octets** pèsent, ensemble, tous les objets de `s301/mesures/` ?
# (Sans en télécharger un seul.)

# %% exercise="s3-01"
# >>> solution
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="s301/mesures/")
reponse = sum(objet["Size"] for page in pages for objet in page["Contents"])
# <<< solution
check("s3-01", reponse)

# %% wrong="s3-01"
premiere = s3.list_objects_v2(Bucket=BUCKET, Prefix="s301/mesures/")
reponse = sum(objet["Size"] for objet in premiere["Contents"])  # les mille premiers

# %% wrong="s3-01"
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="s301/mesures/")
reponse = sum(page["KeyCount"] for page in pages)  # des objets, pas des octets

# %% [markdown]
# **Exercice s3-02** ★ Écrivez `dossiers(s3, bucket, prefixe)` qui rend la liste triée des **noms** des
# « sous-dossiers » directs d'un préfixe terminé par `/` : `["culture", "sport"]`, sans barre ni
# chemin. Un objet posé directement sous le préfixe n'en est pas un.

# %% exercise="s3-02"
# >>> solution
#: def dossiers(s3, bucket, prefixe): ...
def dossiers(s3, bucket, prefixe):
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefixe, Delimiter="/"
    )
    communs = [commun["Prefix"] for page in pages for commun in page.get("CommonPrefixes", [])]
    return sorted(commun.removeprefix(prefixe).rstrip("/") for commun in communs)


# <<< solution
check("s3-02", dossiers)

# %% wrong="s3-02"
def dossiers(s3, bucket, prefixe):
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefixe, Delimiter="/")
    return [commun["Prefix"] for commun in page.get("CommonPrefixes", [])]  # le chemin entier


# %% wrong="s3-02"
def dossiers(s3, bucket, prefixe):
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefixe)
    suites = [objet["Key"].removeprefix(prefixe) for objet in page.get("Contents", [])]
    return sorted({suite.split("/")[0] for suite in suites})  # les objets aussi


# %% [markdown]
# **Exercice s3-03** ★★ Écrivez `deposer(s3, bucket, cle, fiches)` qui dépose une liste de
# dictionnaires en JSON, **une fiche par ligne**, compressée avec gzip, de type `application/gzip`,
# avec une étiquette (`Metadata`) `fiches` qui dit combien il y en a. Si la clé existe déjà, elle ne
# change rien et rend `False` ; sinon elle rend `True`.

# %% exercise="s3-03"
# >>> solution
#: def deposer(s3, bucket, cle, fiches): ...
def deposer(s3, bucket, cle, fiches):
    texte = "".join(json.dumps(fiche, ensure_ascii=False) + "\n" for fiche in fiches)
    try:
        s3.put_object(
            Bucket=bucket,
            Key=cle,
            Body=gzip.compress(texte.encode()),
            ContentType="application/gzip",
            Metadata={"fiches": str(len(fiches))},
            IfNoneMatch="*",
        )
    except ClientError as erreur:
        if erreur.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return False
    return True


# <<< solution
check("s3-03", deposer)

# %% wrong="s3-03"
def deposer(s3, bucket, cle, fiches):
    texte = "".join(json.dumps(fiche, ensure_ascii=False) + "\n" for fiche in fiches)
    s3.put_object(  # écrase
        Bucket=bucket,
        Key=cle,
        Body=gzip.compress(texte.encode()),
        ContentType="application/gzip",
        Metadata={"fiches": str(len(fiches))},
    )
    return True


# %% wrong="s3-03"
def deposer(s3, bucket, cle, fiches):
    try:
        s3.put_object(
            Bucket=bucket,
            Key=cle,
            Body=json.dumps(fiches).encode(),  # une seule liste, non compressée
            ContentType="application/gzip",
            Metadata={"fiches": str(len(fiches))},
            IfNoneMatch="*",
        )
    except ClientError:
        return False
    return True


# %% [markdown]
# **Exercice s3-04** ★★ Écrivez `derniere_ligne(s3, bucket, cle)` qui rend la dernière ligne (du texte,
# sans saut de ligne) d'un journal qui peut peser des gigaoctets, **sans** le télécharger en entier :
# les lignes font moins de 1 000 octets, et le journal finit par un saut de ligne.

# %% exercise="s3-04"
# >>> solution
#: def derniere_ligne(s3, bucket, cle): ...
def derniere_ligne(s3, bucket, cle):
    fin = s3.get_object(Bucket=bucket, Key=cle, Range="bytes=-2000")["Body"].read()
    return fin.splitlines()[-1].decode()


# <<< solution
check("s3-04", derniere_ligne)

# %% wrong="s3-04"
def derniere_ligne(s3, bucket, cle):
    tout = s3.get_object(Bucket=bucket, Key=cle)["Body"].read()  # des gigaoctets
    return tout.splitlines()[-1].decode()


# %% wrong="s3-04"
def derniere_ligne(s3, bucket, cle):
    debut = s3.get_object(Bucket=bucket, Key=cle, Range="bytes=0-2000")["Body"].read()
    return debut.splitlines()[-1].decode()  # le début, pas la fin


# %% [markdown]
# **Exercice s3-05** ★★★ Écrivez `supprimer(s3, bucket, dossier)` qui supprime tous les objets du
# « dossier » (donné **sans** barre finale), si nombreux soient-ils, et rend leur nombre. Attention :
# `rapports` ne doit pas emporter `rapports-2025/…`.

# %% exercise="s3-05"
# >>> solution
#: def supprimer(s3, bucket, dossier): ...
def supprimer(s3, bucket, dossier):
    nombre = 0
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=dossier + "/")
    for page in pages:
        cles = [{"Key": objet["Key"]} for objet in page.get("Contents", [])]
        if cles:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": cles, "Quiet": True})
            nombre += len(cles)
    return nombre


# <<< solution
check("s3-05", supprimer)

# %% wrong="s3-05"
def supprimer(s3, bucket, dossier):
    objets = s3.list_objects_v2(Bucket=bucket, Prefix=dossier + "/")["Contents"]  # une page
    for objet in objets:
        s3.delete_object(Bucket=bucket, Key=objet["Key"])
    return len(objets)


# %% wrong="s3-05"
def supprimer(s3, bucket, dossier):
    nombre = 0
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=dossier)
    for page in pages:  # sans barre : « rapports-2025 » part aussi
        cles = [{"Key": objet["Key"]} for objet in page.get("Contents", [])]
        if cles:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": cles, "Quiet": True})
            nombre += len(cles)
    return nombre


# %% [markdown]
# ## À retenir
#
# * Un objet = une **clé**, des octets, des étiquettes. On le remplace, on ne le modifie pas.
# * Pas de dossiers : des **préfixes**. La barre n'est qu'une convention, commode avec `Delimiter`.
# * Mille clés par réponse : toujours un **paginator**.
# * `head_object` pour savoir, `Range` pour un morceau, `IfNoneMatch` pour ne pas écraser.
# * Une archive brute ne se modifie jamais ; on en refait tout le reste.
