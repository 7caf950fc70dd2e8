# %% [markdown]
# # Docker, Compose et git, sur les fichiers du laboratoire
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *Python, remis en jambes*. Docker n'est **pas**
# nécessaire : nous lisons ses fichiers, nous ne lançons rien.
#
# À la fin de ce notebook, vous saurez :
#
# * dire ce qu'est une image, un conteneur, un volume, et ce que chacun devient quand on arrête tout ;
# * lire un `Dockerfile`, et dire pourquoi ses lignes sont dans cet ordre ;
# * lire un `docker-compose.yml` : services, ports, volumes, contrôles de santé, ordre de démarrage ;
# * tenir un *fork* à jour avec git, et sortir d'un conflit sans rien perdre.

# %% [markdown]
# ## 1. « Chez moi, ça marche »
#
# Un programme dépend de bien plus que de son code : la version de Python, celles de plus
# de 200 bibliothèques, le système, cinq services à côté. L'installer à la main chez chacun prend des
# heures et ne donne jamais deux fois la même chose. Docker règle cela en livrant le programme
# **avec** son environnement.
#
# | mot | ce que c'est | comparaison |
# |---|---|---|
# | **image** | un système de fichiers figé, en lecture seule, avec une commande à lancer | le plat cuisiné, congelé |
# | **conteneur** | un processus ordinaire de l'hôte, lancé depuis une image, isolé des autres | le plat servi |
# | **volume** | un dossier géré par Docker, qui survit aux conteneurs | le réfrigérateur |
# | **Dockerfile** | le texte dont on construit l'image | la recette écrite |
# | **Compose** | le texte qui décrit plusieurs conteneurs et leurs liens | le menu |
#
# Un conteneur n'est pas une machine virtuelle : il n'a pas son propre noyau. D'où sa légèreté, il
# démarre en une seconde, et sa limite : un conteneur Linux a besoin d'un noyau Linux.
#
# ```mermaid
# flowchart LR
#     D[Dockerfile] -->|docker build| I[(image)]
#     I -->|docker run| C1[conteneur]
#     I -->|docker run| C2[conteneur]
#     C1 --- V[(volume)]
#     C1 ---|port publié| H[votre navigateur]
# ```
#
# **Piège.** Ce qu'un conteneur écrit hors d'un volume disparaît avec lui. Une base de données sans
# volume perd tout à la première mise à jour.

# %% [markdown]
# ## 2. Lire un Dockerfile
#
# Celui du laboratoire est à la racine du dépôt. C'est du texte : une instruction par ligne, `\` pour
# continuer à la suivante, `#` pour un commentaire. Lisons-le avec une petite fonction.

# %%
from pathlib import Path

ici = Path.cwd()
RACINE = next(d for d in [ici, *ici.parents] if (d / "docker-compose.yml").exists())


def instructions(texte):
    """Les instructions d'un Dockerfile : (mot-clé, le reste), les lignes coupées recollées."""
    utiles = [ligne for ligne in texte.splitlines() if not ligne.lstrip().startswith("#")]
    for ligne in "\n".join(utiles).replace("\\\n", " ").splitlines():
        mot, _, reste = ligne.strip().partition(" ")
        if mot:
            yield mot, " ".join(reste.split())


dockerfile = (RACINE / "Dockerfile").read_text(encoding="utf-8")
for numero, (mot, reste) in enumerate(instructions(dockerfile), 1):
    print(f"{numero:2} {mot:11} {reste if len(reste) < 72 else reste[:71] + '…'}")

# %% [markdown]
# | instruction | effet |
# |---|---|
# | `FROM` | l'image de départ, à une version **exacte** : « latest » change sous vos pieds |
# | `ARG` | une variable de la construction, oubliée ensuite |
# | `RUN` | exécute une commande pendant la construction et garde ses fichiers |
# | `COPY` | copie des fichiers du dépôt dans l'image |
# | `ENV` | une variable d'environnement du conteneur |
# | `WORKDIR`, `USER` | le dossier et l'utilisateur de ce qui suit |
# | `EXPOSE` | une indication : le port où le programme écoute. Il ne publie rien ! |
# | `HEALTHCHECK` | la commande qui dit si le service va bien |
# | `ENTRYPOINT`, `CMD` | ce qui se lance au démarrage |
#
# ### L'ordre est une affaire de cache
#
# Chaque `RUN` et chaque `COPY` ajoute une **couche** (*layer*), que Docker garde. À la construction
# suivante, il reprend les couches tant que rien n'a changé ; à la première différence, il refait
# celle-là **et toutes les suivantes**. Le plus stable va donc en haut. Où sont copiés le verrou des
# bibliothèques et le code ?

# %%
ordre = [(mot, reste) for mot, reste in instructions(dockerfile) if mot in ("RUN", "COPY")]
for place, (mot, reste) in enumerate(ordre, 1):
    print(f"couche {place} : {mot:4} {reste[:60]}")

# %% [markdown]
# `COPY Pipfile Pipfile.lock` puis l'installation des bibliothèques viennent **avant** `COPY src` :
# changer une ligne de code ne réinstalle pas tout. Inversez-les, et chaque faute de frappe corrigée
# coûte plusieurs minutes.
#
# Deux autres habitudes à reprendre : `USER lab` (le programme ne tourne pas en administrateur), et
# **aucun secret** dans l'image, car quiconque la reçoit peut lire toutes ses couches, même celles
# dont un `RUN rm` a cru effacer un fichier.
#
# Les commandes, pour qui a Docker :
#
# ```
# docker build -t image_drio .                       construire l'image
# docker run --rm -it image_drio bash                un conteneur jetable, et un terminal dedans
# docker ps                                          les conteneurs qui tournent
# docker logs <conteneur>                            ce qu'il a écrit
# docker exec -it <conteneur> bash                   un terminal dans un conteneur qui tourne
# docker image ls ; docker system df                 la place que prend tout cela
# ```

# %% [markdown]
# ## 3. Lire un fichier Compose
#
# Le laboratoire a une douzaine de services. Les lancer à la main demanderait autant de longues
# commandes `docker run`, dans le bon ordre. `docker-compose.yml` les **décrit** ; `docker compose
# up -d` fait en sorte que la réalité ressemble à la description. C'est du YAML : des dictionnaires
# et des listes, comme JSON, en plus lisible pour un humain.

# %%
import pandas as pd
import yaml

compose = yaml.safe_load((RACINE / "docker-compose.yml").read_text(encoding="utf-8"))
services = compose["services"]
print(list(compose))
print(len(services), "services :", *services)

# %% [markdown]
# Les clés qui commencent par `x-` ne sont pas pour Docker : ce sont des blocs à réemployer. Une
# **ancre** (`&lab`) nomme un bloc, un **alias** (`*lab`) le rappelle, `<<: *lab` le fusionne dans le
# dictionnaire. Le lecteur de YAML a déjà tout recopié :

# %%
colonnes = ("image", "ports", "volumes", "mem_limit", "profiles")
tableau = pd.DataFrame(
    {nom: {colonne: s.get(colonne) for colonne in colonnes} for nom, s in services.items()}
).T
tableau["volumes"] = tableau["volumes"].map(lambda v: len(v or []))
tableau.fillna("")

# %% [markdown]
# ### Les ports : `adresse:port de l'hôte:port du conteneur`
#
# Un conteneur a son propre réseau ; rien n'y entre de l'extérieur. **Publier** un port ouvre une porte sur
# l'hôte. Pour MongoDB :

# %%
print(services["mongo"]["ports"])

# %% [markdown]
# * `27017` à droite : le port où MongoDB écoute, dans son conteneur. Il ne change jamais.
# * `${LAB_MONGO_PORT:-27017}` : le port sur votre machine. Compose remplace `${NOM:-défaut}` par la
#   variable d'environnement, ou par le défaut ; de quoi déménager si le port est déjà pris.
# * tout à gauche, l'adresse de la **boucle locale** : la porte n'est ouverte qu'à *votre* machine.
#   Sans elle, le port est ouvert à tout le réseau de la salle, et n'importe qui peut y vider un
#   MongoDB sans mot de passe.
#
# **Piège.** Entre eux, les conteneurs se parlent par leur **nom de service** (`mongo`) et leur port
# interne. Depuis votre machine, c'est la boucle locale et le port publié. Recopier l'un à la place de
# l'autre donne la fameuse erreur `getaddrinfo failed` : votre machine ne connaît personne du nom de
# `mongo`. D'où le contrat d'environnement du premier notebook.

# %% [markdown]
# ### Les volumes : où vivent les données

# %%
for nom in ("mongo", "notebook"):
    print(nom, services[nom]["volumes"])
print("déclarés :", list(compose["volumes"]))

# %% [markdown]
# `mongo:/data/db` : le volume **nommé** `mongo`, que Docker range où il veut. `docker compose down`
# le garde, `docker compose down -v` l'efface. `.:/home/dev/code` : un **dossier de votre machine**
# (*bind mount*) ; c'est ainsi que vos notebooks restent chez vous. `:ro` le met en lecture seule.

# %% [markdown]
# ### Santé et ordre de démarrage
#
# « Démarré » ne veut pas dire « prêt » : Elasticsearch met vingt secondes à répondre. Un **contrôle
# de santé** (*healthcheck*) est une commande lancée régulièrement **dans** le conteneur ; elle
# réussit, le service est *healthy*. `depends_on` attend cette condition.

# %%
sante = services["redis"]["healthcheck"]
print({cle: sante[cle] for cle in ("interval", "timeout", "retries", "start_period")})
for nom, attendu in services["notebook"]["depends_on"].items():
    print("notebook attend", nom, ":", attendu["condition"])

# %% [markdown]
# `service_completed_successfully` attend qu'une **tâche** soit finie (ici la première récolte),
# `service_healthy` qu'un service soit prêt. Le module `graphlib` de Python met un tel graphe en
# ordre ; regroupons ce qui peut démarrer en même temps :

# %%
from graphlib import TopologicalSorter

attend = {
    nom: list(s.get("depends_on", {})) for nom, s in services.items() if not s.get("profiles")
}
tri = TopologicalSorter(attend)
tri.prepare()
vague = 1
while tri.is_active():
    prets = sorted(tri.get_ready())
    print(f"vague {vague} :", ", ".join(prets))
    tri.done(*prets)
    vague += 1

# %% [markdown]
# Les services qui ont un **profil** (`kibana`, `mongo-express`) ne démarrent que sur demande :
# `docker compose --profile kibana up -d`.
#
# Reste la mémoire. Sans limite, une base peut prendre toute la machine, et le système tue alors
# un processus, rarement celui que vous auriez choisi. Avec `mem_limit`, on sait d'avance si tout tiendra.
# Les tâches (`secrets`, `init`, `crawl`), qui n'ont pas de contrôle de santé, s'arrêtent une fois leur travail
# fait ; comptons ce qui reste :

# %%
import matplotlib.pyplot as plt

memoire = {
    nom: int(s["mem_limit"].removesuffix("m"))
    for nom, s in services.items()
    if "test" in s.get("healthcheck", {}) and not s.get("profiles")
}
noms = sorted(memoire, key=memoire.get)

fig, ax = plt.subplots(figsize=(7, 3.4))
barres = ax.barh(noms, [memoire[nom] for nom in noms], color="#3b6ea5")
ax.bar_label(barres, padding=3)
ax.set_title(f"Mémoire au plus, en Mio : {sum(memoire.values())} en tout", loc="left")
ax.spines[["top", "right", "bottom"]].set_visible(False)
ax.set_xticks([])
plt.show()

# %% [markdown]
# Les commandes à connaître :
#
# ```
# docker compose up -d            démarrer, ou remettre d'aplomb, toute la pile
# docker compose ps -a            l'état de chaque service, et sa santé
# docker compose logs -f mongo    suivre ce qu'écrit un service
# docker compose exec mongo bash  un terminal dans le conteneur
# docker compose config           le fichier, une fois ancres et variables remplacées
# docker compose down             arrêter, en gardant les données (-v : en les effaçant !)
# ```

# %% [markdown]
# ## 4. Git : votre fork, et le dépôt du cours
#
# Trois dépôts sont en jeu. Celui du cours, où vous n'écrivez pas (`basestream`) ; votre copie sur le
# serveur, le **fork** (`origin`) ; et le clone de votre machine, où vous travaillez.
#
# ```mermaid
# flowchart LR
#     B[(basestream<br/>dépôt du cours)] -->|fork, une fois| O[(origin<br/>votre fork)]
#     O -->|git clone, une fois| L[votre machine]
#     B -->|git pull basestream master| L
#     L -->|git push origin master| O
# ```
#
# Rejouons toute l'histoire dans un dossier temporaire, avec de vrais dépôts. La fonction `git` lance
# la commande ; les réglages de votre machine sont mis de côté, et les dates fixées, pour que chacun
# obtienne la même chose.

# %%
import os
import subprocess
import tempfile

REGLAGES = {
    **{nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_DATE": "2026-09-15T09:00:00+02:00",
    "GIT_COMMITTER_DATE": "2026-09-15T09:00:00+02:00",
    "LC_ALL": "C",
}


def git(depot, *arguments, signe="Élève"):
    """Lance une commande git dans un dépôt ; rend ce qu'elle écrit, erreurs comprises."""
    identite = ["-c", f"user.name={signe}", "-c", "user.email=personne@example.org"]
    fait = subprocess.run(
        ["git", "-C", str(depot), *identite, *arguments],
        capture_output=True, text=True, encoding="utf-8", env=REGLAGES,
    )  # fmt: skip
    return (fait.stdout + fait.stderr).strip()


def ecrire(depot, nom, texte, message, signe="Élève"):
    """Écrit un fichier et l'enregistre dans l'histoire."""
    (depot / nom).write_text(texte, encoding="utf-8")
    git(depot, "add", nom)
    git(depot, "commit", "--quiet", "-m", message, signe=signe)


dossier = Path(tempfile.mkdtemp(prefix="intro03-"))
cours = dossier / "cours"
cours.mkdir()
git(cours, "init", "--quiet", "--initial-branch=master")
ecrire(cours, "mongo.txt", "Exercice 1 : ...\nExercice 2 : ...\n", "Chapitre Mongo", "Le cours")
print(git(cours, "log", "--format=%an : %s"))

# %% [markdown]
# Le *fork* se fait d'un bouton sur la forge ; ici, c'est un clone « nu » (sans fichiers de travail,
# comme sur un serveur). Puis vient le clone sur votre machine, et le second dépôt distant :

# %%
fork, mien = dossier / "fork.git", dossier / "mien"
git(dossier, "clone", "--quiet", "--bare", str(cours), str(fork))
git(dossier, "clone", "--quiet", str(fork), str(mien))
git(mien, "remote", "add", "basestream", str(cours))
print(git(mien, "remote"))

# %% [markdown]
# Vous travaillez, pendant que le cours avance de son côté :

# %%
ecrire(mien, "mongo.txt", "Exercice 1 : 42\nExercice 2 : ...\n", "Mongo : exercice 1")
ecrire(cours, "redis.txt", "Exercice 1 : ...\n", "Chapitre Redis", "Le cours")

print(git(mien, "fetch", "--quiet", "basestream") or "fetch : sans erreur")
print(git(mien, "log", "--graph", "--all", "--format=%an : %s"))

# %% [markdown]
# `git fetch` **rapporte** l'histoire du cours sans toucher à vos fichiers : elle attend dans
# `basestream/master`. Deux branches partent du même point. `git merge` les réunit ; `git pull` est
# l'enchaînement des deux.

# %%
git(mien, "merge", "--quiet", "--no-edit", "basestream/master")
print(git(mien, "log", "--graph", "--format=%an : %s"))
print(sorted(fichier.name for fichier in mien.glob("*.txt")))
print((mien / "mongo.txt").read_text(encoding="utf-8"))

# %% [markdown]
# Votre réponse et le nouveau chapitre sont là : les deux côtés n'avaient pas touché aux mêmes
# lignes.
#
# ### Le conflit, sans panique
#
# S'ils ont changé les **mêmes** lignes, git ne choisit pas à votre place.

# %%
corrige = "Exercice 1, en une requête : ...\nExercice 2 : ...\n"
ecrire(cours, "mongo.txt", corrige, "Mongo : énoncé précisé", "Le cours")
git(mien, "fetch", "--quiet", "basestream")
print(git(mien, "merge", "--no-edit", "basestream/master"))
print("---")
print((mien / "mongo.txt").read_text(encoding="utf-8"))

# %% [markdown]
# Entre `<<<<<<< HEAD` et `=======`, votre version ; ensuite, celle du cours. Deux issues :
#
# * `git merge --abort` : revenir exactement à l'état d'avant, et y réfléchir ;
# * corriger le fichier à la main, **ôter les trois marques**, puis `git add` et `git commit`.

# %%
print(git(mien, "merge", "--abort") or "abandonné :", git(mien, "status", "--short") or "tout est propre")

git(mien, "merge", "--no-edit", "basestream/master")
resolu = "Exercice 1, en une requête : 42\nExercice 2 : ...\n"
ecrire(mien, "mongo.txt", resolu, "Réunit l'énoncé précisé et ma réponse")
git(mien, "push", "--quiet", "origin", "master")
print(git(mien, "log", "--graph", "--format=%an : %s"))

# %% [markdown]
# **Piège.** `git reset --hard` et `git checkout .` jettent du travail qui n'est dans aucun commit, et
# rien ne le ramène. Un commit, lui, ne se perd presque jamais (`git reflog` le retrouve). D'où la
# règle : **enregistrer avant de mettre à jour**. La commande `./lab sync` du laboratoire fait tout
# cela pour vous, en gardant vos notebooks.
#
# Et ne mettez jamais dans git ce qui se refabrique (`.venv`, `__pycache__`), ce qui est gros (les
# données) ou ce qui est secret. Un mot de passe publié reste dans l'histoire même une fois effacé :
# il faut le **changer**.

# %% [markdown]
# ## À retenir
#
# * Image figée, conteneur jetable, volume qui reste.
# * Dans un Dockerfile, le plus stable en haut : le cache s'arrête à la première différence.
# * `adresse:hôte:conteneur` pour un port ; entre services, le nom du service et le port interne.
# * « Démarré » n'est pas « prêt » : `healthcheck` le dit, `depends_on` l'attend.
# * `fetch` rapporte, `merge` réunit, `pull` fait les deux ; on enregistre **avant**.

# %% [markdown]
# ## 5. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice intro-11** ★ Quels services publient au moins un port, profils compris ? Donnez la liste
# de leurs noms, dans l'ordre alphabétique.

# %% exercise="intro-11"
# >>> solution
reponse = sorted(nom for nom, service in services.items() if service.get("ports"))
# <<< solution
check("intro-11", reponse)

# %% wrong="intro-11"
reponse = sorted(services)

# %% wrong="intro-11"
reponse = sorted(
    nom for nom, service in services.items() if service.get("ports") and "profiles" not in service
)

# %% [markdown]
# **Exercice intro-12** ★★ Écrivez `port_hote(publication)` : le port de **l'hôte**, en entier, d'une
# publication telle que `"8080:80"`, `"10.0.0.5:5432:5433"`, `"${PORT_WEB:-8081}:80"`, ou de celles du
# fichier (`services["mongo"]["ports"][0]`). On suppose qu'aucune variable n'est définie : c'est donc
# la valeur par défaut qui vaut. (Indice : une expression régulière simplifie d'abord
# `${NOM:-valeur}` en `valeur`.)


# %% exercise="intro-12"
# >>> solution
#: def port_hote(publication): ...
import re


def port_hote(publication):
    simple = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", publication)
    return int(simple.split(":")[-2])
# <<< solution


check("intro-12", port_hote)


# %% wrong="intro-12"
def port_hote(publication):  # celui du conteneur
    return int(publication.split(":")[-1].partition("/")[0])


# %% wrong="intro-12"
def port_hote(publication):  # ne prévoit pas les variables
    return int(publication.split(":")[-2])


# %% wrong="intro-12"
def port_hote(publication):  # suppose qu'il y a toujours une adresse
    simple = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", publication)
    return int(simple.split(":")[1])


# %% [markdown]
# **Exercice intro-13** ★★ Que faut-il attendre avant que `notebook` ne démarre ? Donnez la liste,
# dans l'ordre alphabétique, de tous les services qu'il attend **directement ou non** (`depends_on`
# de proche en proche).

# %% exercise="intro-13"
# >>> solution
def attendus(nom):
    directs = set(services[nom].get("depends_on", {}))
    return directs.union(*(attendus(autre) for autre in directs))


reponse = sorted(attendus("notebook"))
# <<< solution
check("intro-13", reponse)

# %% wrong="intro-13"
reponse = sorted(services["notebook"]["depends_on"])  # les directs seulement

# %% wrong="intro-13"
reponse = sorted({"notebook"} | attendus("notebook"))

# %% wrong="intro-13"
reponse = sorted(nom for nom in services if nom != "notebook")

# %% [markdown]
# **Exercice intro-14** ★★★ Écrivez `avance_et_retard(depot)` : deux entiers, le nombre de commits de
# `master` que `basestream/master` n'a pas, puis le nombre de commits de `basestream/master` que
# `master` n'a pas. `git(depot, "rev-list", "--count", "A..B")` compte les commits que B a et que A
# n'a pas.


# %% exercise="intro-14"
# >>> solution
#: def avance_et_retard(depot): ...
def avance_et_retard(depot):
    def compter(depuis, jusque):
        return int(git(depot, "rev-list", "--count", f"{depuis}..{jusque}"))

    return compter("basestream/master", "master"), compter("master", "basestream/master")
# <<< solution


check("intro-14", avance_et_retard)


# %% wrong="intro-14"
def avance_et_retard(depot):  # dans l'autre ordre
    avance = git(depot, "rev-list", "--count", "master..basestream/master")
    retard = git(depot, "rev-list", "--count", "basestream/master..master")
    return int(avance), int(retard)


# %% wrong="intro-14"
def avance_et_retard(depot):  # toute l'histoire de chacun
    return (
        int(git(depot, "rev-list", "--count", "master")),
        int(git(depot, "rev-list", "--count", "basestream/master")),
    )


# %% wrong="intro-14"
def avance_et_retard(depot):  # des textes
    return (
        git(depot, "rev-list", "--count", "basestream/master..master"),
        git(depot, "rev-list", "--count", "master..basestream/master"),
    )
