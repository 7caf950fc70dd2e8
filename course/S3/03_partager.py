# %% [markdown]
# # Protéger et partager
#
# **Durée** : 55 minutes. **Prérequis** : *Des tables dans S3 : Parquet, partitions, SQL*.
#
# À la fin de ce notebook, vous saurez :
#
# * déposer un gros fichier en plusieurs parties, et reprendre après une coupure ;
# * garder les anciennes versions, en retrouver une, dire quand les effacer ;
# * prêter **un** objet à quelqu'un qui n'a pas de compte : le lien signé ;
# * prêter **un dossier**, pour un temps, à un collègue ou à un robot : les clés temporaires ;
# * écrire une *policy* qui donne le moins de droits possible.

# %% [markdown]
# ## 1. Un gros fichier, en parties
#
# Un `put_object` de 4 Gio qui échoue à 99 % recommence à zéro ; et au-delà de 5 Gio, S3 le refuse. Le
# dépôt **en parties** (*multipart*) coupe le fichier en morceaux, envoyés séparément, en parallèle si
# l'on veut, et rassemblés à la fin. Un morceau échoue ? On ne renvoie que lui. Règles : chaque partie
# fait au moins **5 Mio**, sauf la dernière ; au plus 10 000 parties.

# %%
import time

from lab import workspace

s3 = workspace.s3()
BUCKET = workspace.bucket()
VERSIONS = "s303-versions"  # un bucket à nous, pour la section 2


def vider(prefixe):
    """Supprime tous les objets dont la clé commence par ce préfixe."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefixe):
        cles = [{"Key": objet["Key"]} for objet in page.get("Contents", [])]
        if cles:
            s3.delete_objects(Bucket=BUCKET, Delete={"Objects": cles, "Quiet": True})


vider("s303/")

MIO = 2**20
gros = bytes(range(256)) * (6 * MIO // 256)  # 6 Mio
cle = "s303/gros/archive.bin"

depot = s3.create_multipart_upload(Bucket=BUCKET, Key=cle)["UploadId"]
parties = []
for numero, debut in enumerate(range(0, len(gros), 5 * MIO), 1):
    morceau = gros[debut : debut + 5 * MIO]
    recu = s3.upload_part(
        Bucket=BUCKET, Key=cle, UploadId=depot, PartNumber=numero, Body=morceau
    )
    parties.append({"PartNumber": numero, "ETag": recu["ETag"]})
    print(f"partie {numero} : {len(morceau) / MIO:.0f} Mio")

s3.complete_multipart_upload(
    Bucket=BUCKET, Key=cle, UploadId=depot, MultipartUpload={"Parts": parties}
)
fiche = s3.head_object(Bucket=BUCKET, Key=cle)
print(fiche["ContentLength"] == len(gros), "| ETag finit par", fiche["ETag"].strip('"')[-2:])

# %% [markdown]
# L'`ETag` d'un objet en parties n'est plus le MD5 du contenu : il finit par un tiret et le nombre de
# parties.
#
# En pratique, `s3.upload_file(…)` et s3fs font tout cela seuls dès que le fichier est gros. Ce qu'il
# faut savoir : un dépôt **ni terminé ni abandonné** (`abort_multipart_upload`) garde ses parties,
# invisibles et facturées. `list_multipart_uploads` les montre.

# %%
depot = s3.create_multipart_upload(Bucket=BUCKET, Key="s303/gros/abandonne.bin")["UploadId"]
s3.upload_part(
    Bucket=BUCKET, Key="s303/gros/abandonne.bin", UploadId=depot, PartNumber=1, Body=b"debut"
)
s3.abort_multipart_upload(Bucket=BUCKET, Key="s303/gros/abandonne.bin", UploadId=depot)
liste = s3.list_objects_v2(Bucket=BUCKET, Prefix="s303/gros/")["Contents"]
print([objet["Key"] for objet in liste])

# %% [markdown]
# ## 2. Versions : effacer n'est plus perdre
#
# Sur un bucket **versionné**, remplacer ajoute une version, et supprimer pose un **marqueur de
# suppression** par-dessus : les anciennes restent, chacune avec son `VersionId`.


# %%
def detruire(bucket):
    """Supprime un bucket et tout ce qu'il contient, anciennes versions comprises."""
    if bucket not in [un["Name"] for un in s3.list_buckets()["Buckets"]]:
        return
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for une in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=bucket, Key=une["Key"], VersionId=une["VersionId"])
    s3.delete_bucket(Bucket=bucket)


detruire(VERSIONS)
s3.create_bucket(Bucket=VERSIONS)
s3.put_bucket_versioning(Bucket=VERSIONS, VersioningConfiguration={"Status": "Enabled"})

for texte in ("brouillon", "relu", "publié"):
    s3.put_object(Bucket=VERSIONS, Key="article.txt", Body=texte.encode())
s3.delete_object(Bucket=VERSIONS, Key="article.txt")

histoire = s3.list_object_versions(Bucket=VERSIONS, Prefix="article.txt")
print(len(histoire["Versions"]), "versions,", len(histoire["DeleteMarkers"]), "marqueur")
for version in histoire["Versions"]:  # de la plus récente à la plus ancienne
    lue = s3.get_object(Bucket=VERSIONS, Key="article.txt", VersionId=version["VersionId"])
    print("  ", lue["Body"].read().decode())

# %% [markdown]
# Pour revenir en arrière : recopier une ancienne version par-dessus, ou retirer le marqueur.
#
# Garder toutes les versions finit par coûter. Une règle de **cycle de vie** (*lifecycle*) efface ou
# déplace toute seule, une fois par jour : les brouillons après 7 jours, les vieilles versions après
# 30, les dépôts en parties abandonnés après 1.

# %%
s3.put_bucket_lifecycle_configuration(
    Bucket=VERSIONS,
    LifecycleConfiguration={
        "Rules": [
            {
                "ID": "brouillons",
                "Status": "Enabled",
                "Filter": {"Prefix": "brouillons/"},
                "Expiration": {"Days": 7},
            }
        ]
    },
)
(regle,) = s3.get_bucket_lifecycle_configuration(Bucket=VERSIONS)["Rules"]
print(regle["ID"], ":", regle["Expiration"]["Days"], "jours")

# %% [markdown]
# ## 3. Le lien signé : prêter un objet
#
# Vous voulez montrer **une** figure à quelqu'un qui n'a pas de compte, pour une heure. Le **lien
# signé** (*presigned URL*) contient la permission : l'objet, l'action, l'échéance, et une signature
# faite avec votre clé secrète, qui ne s'y trouve pas. Il se calcule sans parler au serveur.

# %%
from urllib.parse import parse_qs, urlsplit

import requests

s3.put_object(Bucket=BUCKET, Key="s303/pret/figure.txt", Body="∿∿∿".encode())
lien = s3.generate_presigned_url(
    "get_object", Params={"Bucket": BUCKET, "Key": "s303/pret/figure.txt"}, ExpiresIn=3600
)
parametres = parse_qs(urlsplit(lien).query)
print("dans le lien :", ", ".join(sorted(parametres)))
print("valable", parametres["X-Amz-Expires"][0], "secondes")
print("avec le lien :", requests.get(lien, timeout=10).status_code)
print("sans signature :", requests.get(lien.partition("?")[0], timeout=10).status_code)
rallonge = lien.replace("X-Amz-Expires=3600", "X-Amz-Expires=86400")
print("échéance falsifiée :", requests.get(rallonge, timeout=10).status_code)

# %% [markdown]
# **Pièges.** Qui a le lien a l'objet : il se transmet comme une clé. Il ne se révoque pas (sauf à
# supprimer l'objet, ou la clé d'accès qui l'a signé) ; choisissez une durée courte. Et un lien signé
# avec des clés temporaires meurt avec elles.
#
# Un lien `put_object` permet l'inverse : laisser quelqu'un **déposer** un objet, un seul, sous une clé
# choisie par vous.

# %% [markdown]
# ## 4. Des clés temporaires : prêter un dossier
#
# Donner sa clé secrète à un collègue, ou la laisser dans un robot, c'est tout donner, pour toujours.
# Un service, **STS** (*Security Token Service*), fabrique sur demande des clés qui :
#
# * **expirent** d'elles-mêmes (ici, 15 minutes : le minimum) ;
# * n'ont que les droits décrits dans une **policy**, et jamais plus que ceux de qui les demande.
#
# ```mermaid
# sequenceDiagram
#     participant V as vous
#     participant T as STS
#     participant A as Ada
#     participant S as S3
#     V->>T: des clés pour Ada : lire s303/equipe/, 15 min
#     T-->>V: clé, secret, jeton, échéance
#     V-->>A: (transmet)
#     A->>S: GET s303/equipe/plan.txt
#     S-->>A: 200
#     A->>S: GET crawls/…
#     S-->>A: 403 AccessDenied
# ```
#
# Une policy est un document JSON : des **déclarations** qui permettent (`Allow`) ou interdisent
# (`Deny`) des **actions** sur des **ressources**. Tout ce qui n'est pas permis est interdit.


# %%
def lecture_du_dossier(prefixe):
    """La policy « lire et lister ce qui commence par ce préfixe, et rien d'autre »."""
    return {
        "Version": "2012-10-17",  # la version du langage, pas une date à changer
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": [f"arn:aws:s3:::{BUCKET}/{prefixe}*"],
            },
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [f"arn:aws:s3:::{BUCKET}"],
                "Condition": {"StringLike": {"s3:prefix": [f"{prefixe}*"]}},
            },
        ],
    }


# %% [markdown]
# Remarquez que lister est un droit sur le **bucket** (avec une condition sur le préfixe), tandis que
# lire est un droit sur les **objets** (`/…*`). Les confondre est l'erreur la plus courante.
#
# Chez nous, le compte du laboratoire est administrateur du stockage ; il ouvre un « guichet », un
# utilisateur qui a le droit de déléguer, et c'est le guichet qui signe les clés temporaires. Selon
# le stockage, la demande s'appelle `GetFederationToken` ou `AssumeRole`.

# %%
import json

import boto3
from botocore.config import Config

GUICHET = "s303-guichet"
CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"})


def ouvrir_guichet():
    """Un client STS au nom de l'utilisateur `s303-guichet`, refait à neuf."""
    iam = boto3.client("iam")
    if GUICHET in [un["UserName"] for un in iam.list_users()["Users"]]:
        for cle in iam.list_access_keys(UserName=GUICHET)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=GUICHET, AccessKeyId=cle["AccessKeyId"])
    else:
        iam.create_user(UserName=GUICHET)
    droits = {"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [droits]}
    iam.put_user_policy(
        UserName=GUICHET, PolicyName="deleguer", PolicyDocument=json.dumps(document)
    )
    cle = iam.create_access_key(UserName=GUICHET)["AccessKey"]
    return boto3.client(
        "sts",
        aws_access_key_id=cle["AccessKeyId"],
        aws_secret_access_key=cle["SecretAccessKey"],
    )


serveur = s3.list_buckets()["ResponseMetadata"]["HTTPHeaders"].get("server", "")
FEDERATION = "SeaweedFS" in serveur  # le stockage local
sts = ouvrir_guichet() if FEDERATION else boto3.client("sts")


def cles_temporaires(policy, nom="ada", secondes=900):
    """Clé, secret, jeton et échéance, limités par cette policy."""
    demande = {"Policy": json.dumps(policy), "DurationSeconds": secondes}
    if FEDERATION:
        return sts.get_federation_token(Name=nom, **demande)["Credentials"]
    role = "arn:aws:iam::000000000000:role/lab"
    return sts.assume_role(RoleArn=role, RoleSessionName=nom, **demande)["Credentials"]


def client_de(cles):
    """Un client S3 qui se sert de clés temporaires : il en faut les trois morceaux."""
    return boto3.client(
        "s3",
        aws_access_key_id=cles["AccessKeyId"],
        aws_secret_access_key=cles["SecretAccessKey"],
        aws_session_token=cles["SessionToken"],
        config=CONFIG,
    )


# %%
from botocore.exceptions import ClientError

s3.put_object(Bucket=BUCKET, Key="s303/equipe/plan.txt", Body="Le plan de récolte".encode())
s3.put_object(Bucket=BUCKET, Key="s303/prive/salaires.txt", Body=b"chut")

cles = cles_temporaires(lecture_du_dossier("s303/equipe/"))
ada = client_de(cles)
restent = cles["Expiration"].timestamp() - time.time()
print("valables encore", round(restent / 60), "minutes")


def essayer(quoi, action):
    """Dit si une action est permise."""
    try:
        action()
    except ClientError as erreur:
        print(f"  non  {quoi} ({erreur.response['Error']['Code']})")
    else:
        print(f"  oui  {quoi}")


plan = {"Bucket": BUCKET, "Key": "s303/equipe/plan.txt"}
essayer("lire le plan de l'équipe", lambda: ada.get_object(**plan))
essayer("lister l'équipe", lambda: ada.list_objects_v2(Bucket=BUCKET, Prefix="s303/equipe/"))
essayer("écrire dans l'équipe", lambda: ada.put_object(**plan, Body=b"!"))
essayer("lire ce qui est privé", lambda: ada.get_object(Bucket=BUCKET, Key="s303/prive/salaires.txt"))
essayer("lister tout le bucket", lambda: ada.list_objects_v2(Bucket=BUCKET))

# %% [markdown]
# Les mêmes clés servent à s3fs, donc à pandas et à DuckDB. Il faut les **trois** morceaux ; oublier le
# jeton donne une erreur qui parle d'une clé inconnue.

# %%
import s3fs

fs_ada = s3fs.S3FileSystem(
    key=cles["AccessKeyId"], secret=cles["SecretAccessKey"], token=cles["SessionToken"]
)
print(fs_ada.ls(f"{BUCKET}/s303/equipe/"))
try:
    fs_ada.cat(f"{BUCKET}/s303/prive/salaires.txt")
except PermissionError as erreur:
    print("refusé :", type(erreur).__name__)

# %% [markdown]
# ## 5. Le dossier partagé d'une équipe
#
# Une organisation simple, que vous retrouverez dans beaucoup de plateformes de données :
#
# | préfixe | qui lit | qui écrit |
# |---|---|---|
# | `<vous>/` | vous | vous |
# | `<vous>/diffusion/` | tout le monde | vous |
# | `equipe/<projet>/` | l'équipe | l'équipe |
# | `depot/` | le responsable | tout le monde (boîte aux lettres) |
#
# Chaque ligne est une policy. Partez de rien, ajoutez le strict nécessaire, et **vérifiez les refus**
# autant que les permissions, comme nous venons de le faire.

# %% [markdown]
# ## 6. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice s3-11** ★★ Écrivez `decouper(taille, partie)` : pour un fichier de `taille` octets coupé en
# parties de `partie` octets, la liste des `(numero, debut, fin)` où `fin` est **exclue** et les numéros
# commencent à 1. Elle lève `ValueError` si une autre partie que la dernière fait moins de 5 Mio, ou s'il
# en faut plus de 10 000. Un fichier vide est fait d'une partie vide.

# %% exercise="s3-11"
# >>> solution
#: def decouper(taille, partie): ...
def decouper(taille, partie):
    debuts = range(0, max(taille, 1), partie)
    if len(debuts) > 10_000 or (partie < 5 * MIO and len(debuts) > 1):
        raise ValueError("parties trop petites, ou trop nombreuses")
    return [(n, debut, min(debut + partie, taille)) for n, debut in enumerate(debuts, 1)]


# <<< solution
check("s3-11", decouper)

# %% wrong="s3-11"
def decouper(taille, partie):
    return [(n + 1, n * partie, (n + 1) * partie) for n in range(taille // partie)]  # et le reste ?


# %% wrong="s3-11"
def decouper(taille, partie):
    if partie < 5 * MIO:  # la dernière, ou la seule, peut être petite
        raise ValueError("partie trop petite")
    debuts = range(0, taille, partie)
    return [(n, debut, min(debut + partie, taille)) for n, debut in enumerate(debuts, 1)]


# %% [markdown]
# **Exercice s3-12** ★★ Écrivez `restaurer(s3, bucket, cle)` pour un bucket versionné : si l'objet a été
# supprimé, elle fait réapparaître sa dernière version ; sinon elle remet la version **précédente** en
# place. L'histoire doit rester : aucune version (autre qu'un marqueur) n'est détruite. Elle rend
# `True`, ou `False` s'il n'y a rien à restaurer.

# %% exercise="s3-12"
# >>> solution
#: def restaurer(s3, bucket, cle): ...
def restaurer(s3, bucket, cle):
    histoire = s3.list_object_versions(Bucket=bucket, Prefix=cle)
    versions = [une for une in histoire.get("Versions", []) if une["Key"] == cle]
    supprime = any(un["IsLatest"] for un in histoire.get("DeleteMarkers", []) if un["Key"] == cle)
    rang = 0 if supprime else 1
    if len(versions) <= rang:
        return False
    ancienne = {"Bucket": bucket, "Key": cle, "VersionId": versions[rang]["VersionId"]}
    s3.copy_object(Bucket=bucket, Key=cle, CopySource=ancienne)
    return True


# <<< solution
check("s3-12", restaurer)

# %% wrong="s3-12"
def restaurer(s3, bucket, cle):
    versions = s3.list_object_versions(Bucket=bucket, Prefix=cle).get("Versions", [])
    if len(versions) < 2:
        return False
    ancienne = {"Bucket": bucket, "Key": cle, "VersionId": versions[1]["VersionId"]}
    s3.copy_object(Bucket=bucket, Key=cle, CopySource=ancienne)  # même si elle était supprimée
    return True


# %% wrong="s3-12"
def restaurer(s3, bucket, cle):
    histoire = s3.list_object_versions(Bucket=bucket, Prefix=cle)
    if histoire.get("DeleteMarkers"):
        s3.delete_object(
            Bucket=bucket, Key=cle, VersionId=histoire["DeleteMarkers"][0]["VersionId"]
        )
        return True
    versions = histoire.get("Versions", [])
    if len(versions) < 2:
        return False
    s3.delete_object(Bucket=bucket, Key=cle, VersionId=versions[0]["VersionId"])  # détruit
    return True


# %% [markdown]
# **Exercice s3-13** ★ Écrivez `preter(s3, bucket, cle, minutes)` qui rend un lien signé pour **lire**
# l'objet pendant ce nombre de minutes.

# %% exercise="s3-13"
# >>> solution
#: def preter(s3, bucket, cle, minutes): ...
def preter(s3, bucket, cle, minutes):
    return s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": cle}, ExpiresIn=60 * minutes
    )


# <<< solution
check("s3-13", preter)

# %% wrong="s3-13"
def preter(s3, bucket, cle, minutes):
    return s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": cle}, ExpiresIn=minutes
    )


# %% wrong="s3-13"
def preter(s3, bucket, cle, minutes):
    return s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": cle}, ExpiresIn=60 * minutes
    )


# %% [markdown]
# **Exercice s3-14** ★★ Avec `cles_temporaires` et `client_de`, faites un client qui peut **lire, lister
# et écrire** dans `s303/equipe/`, mais pas y **supprimer**, et qui ne peut rien ailleurs. La réponse
# est le client.

# %% exercise="s3-14"
# >>> solution
droits = lecture_du_dossier("s303/equipe/")
droits["Statement"][0]["Action"].append("s3:PutObject")
reponse = client_de(cles_temporaires(droits))
# <<< solution
check("s3-14", reponse)

# %% wrong="s3-14"
reponse = client_de(cles_temporaires(lecture_du_dossier("s303/equipe/")))

# %% wrong="s3-14"
droits = lecture_du_dossier("s303/equipe/")
droits["Statement"][0]["Action"] = ["s3:*"]  # supprimer aussi
reponse = client_de(cles_temporaires(droits))

# %% wrong="s3-14"
droits = lecture_du_dossier("s303/")  # un préfixe trop large
droits["Statement"][0]["Action"].append("s3:PutObject")
reponse = client_de(cles_temporaires(droits))

# %% [markdown]
# **Exercice s3-15** ★★★ La boîte aux lettres : un client qui peut **déposer** dans `s303/depot/`, mais
# n'y peut ni lire, ni lister, ni supprimer, et qui peut **lire** le seul objet
# `s303/depot/LISEZ-MOI.txt` (sans pouvoir le remplacer : un `Deny` l'emporte toujours sur un `Allow`).
# La réponse est le client.

# %% exercise="s3-15"
# >>> solution
depot = f"arn:aws:s3:::{BUCKET}/s303/depot"
droits = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"{depot}/*"]},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{depot}/LISEZ-MOI.txt"]},
        {"Effect": "Deny", "Action": ["s3:PutObject"], "Resource": [f"{depot}/LISEZ-MOI.txt"]},
    ],
}
reponse = client_de(cles_temporaires(droits))
# <<< solution
check("s3-15", reponse)

# %% wrong="s3-15"
droits = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"{depot}/*"]},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{depot}/LISEZ-MOI.txt"]},
    ],
}
reponse = client_de(cles_temporaires(droits))  # LISEZ-MOI peut être remplacé

# %% wrong="s3-15"
droits = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": [f"{depot}/*"]},
        {"Effect": "Deny", "Action": ["s3:PutObject"], "Resource": [f"{depot}/LISEZ-MOI.txt"]},
    ],
}
reponse = client_de(cles_temporaires(droits))  # les lettres des autres se lisent

# %% [markdown]
# ## À retenir
#
# * Gros fichier : dépôt **en parties** ; un dépôt abandonné garde ses parties.
# * Bucket **versionné** : supprimer pose un marqueur ; une règle de cycle de vie fait le ménage.
# * **Lien signé** : un objet, une action, une échéance ; qui a le lien a l'objet.
# * **Clés temporaires** : trois morceaux, une échéance, une policy ; jamais votre propre clé.
# * Policy : `ListBucket` sur le bucket, `GetObject`/`PutObject` sur `bucket/préfixe*` ; `Deny`
#   l'emporte ; on vérifie les refus.
