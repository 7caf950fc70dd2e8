# %% [markdown]
# # Streams : se partager un travail sans rien perdre
#
# **Durée** : 60 minutes. **Prérequis** : *Coordonner : pipelines, transactions, cache, débit,
# annonces*.
#
# À la fin de ce notebook, vous saurez :
#
# * écrire dans un *stream* et le relire, par identifiant ou par date ;
# * répartir ses messages entre plusieurs travailleurs avec un **groupe de consommateurs** ;
# * accuser réception (`XACK`), voir ce qui est en souffrance (`XPENDING`) ;
# * reprendre le travail d'un robot mort (`XAUTOCLAIM`) ;
# * écarter un message empoisonné, et borner la taille du journal.

# %% [markdown]
# ## 1. Ce qui manque à une liste
#
# Une liste fait une file : `lpush` d'un côté, `brpop` de l'autre. Trois questions la mettent en
# difficulté :
#
# 1. un robot a pris une adresse, puis s'est arrêté net : **où est l'adresse ?** Perdue ;
# 2. deux équipes veulent les mêmes messages (l'une indexe, l'autre archive) : qui les prend ?
# 3. que s'est-il passé à 14 h 02 ? La liste a oublié ce qui en est sorti.
#
# Un **stream** est un journal : on ajoute à la fin, rien ne bouge, chaque message a un identifiant.
# Les lecteurs ne retirent pas les messages, ils **avancent** dans le journal.
#
# ```mermaid
# flowchart LR
#     P[producteurs] -->|XADD| S[[stream : 1-0 · 2-0 · 3-0 · 4-0 …]]
#     S --> G1{{groupe « indexer »}}
#     S --> G2{{groupe « archiver »}}
#     G1 --> A[robot a]
#     G1 --> B[robot b]
#     G2 --> C[robot c]
# ```
#
# Chaque **groupe** reçoit tous les messages ; à l'intérieur d'un groupe, chaque message va à **un
# seul** consommateur.

# %%
from lab import datasets, workspace

r = workspace.redis()


def effacer(prefixe):
    """Supprime les clés qui commencent par ce préfixe, et elles seules."""
    for cle in r.scan_iter(f"{prefixe}*"):
        r.delete(cle)


effacer("redis04:")

# %% [markdown]
# ## 2. Un journal : ajouter, relire
#
# Un message est un petit dictionnaire de textes. Son identifiant, `millisecondes-rang`, est donné
# par le serveur : il croît toujours, et dit **quand** le message est arrivé.

# %%
for page in ("/gazette/", "/gazette/rubrique/sport/", "/boutique/"):
    identifiant = r.xadd("redis04:pages", {"url": page, "profondeur": 0})
print("trois messages ; l'identifiant a deux parties :", len(identifiant.split("-")))
print("longueur :", r.xlen("redis04:pages"))
print("contenu  :", [message for _, message in r.xrange("redis04:pages")])

# %% [markdown]
# On peut choisir l'identifiant soi-même, pourvu qu'il croisse. Rejouons dans un stream les relevés
# de vidéos du mois de mai, chacun à sa date : le rang `*` est complété par le serveur.

# %%
releves = [releve for releve in datasets.load("vues") if releve["date"].month == 5]
releves.sort(key=lambda releve: releve["date"])


def en_millisecondes(date):
    """Une date en millisecondes depuis 1970, comme dans un identifiant."""
    return int(date.timestamp() * 1000)


with r.pipeline(transaction=False) as envoi:
    for releve in releves:
        champs = {"video": releve["video"], "rang": releve["rang"], "vues": releve["vues"]}
        envoi.xadd("redis04:mai", champs, id=f"{en_millisecondes(releve['date'])}-*")
    envoi.execute()

print(r.xlen("redis04:mai"), "relevés en mai")
print("le premier :", r.xrange("redis04:mai", count=1))
print("le dernier :", r.xrevrange("redis04:mai", count=1))

# %% [markdown]
# `xrange` prend donc un **intervalle de temps**, sans index à créer. Une parenthèse exclut la borne.

# %%
from datetime import UTC, datetime

debut = en_millisecondes(datetime(2026, 5, 4, tzinfo=UTC))
fin = en_millisecondes(datetime(2026, 5, 5, tzinfo=UTC))
du_4_mai = r.xrange("redis04:mai", min=debut, max=f"({fin}")
print(len(du_4_mai), "relevés le 4 mai")

# %% [markdown]
# **Piège.** Un journal grandit. `maxlen` le borne à l'écriture ; avec `approximate=True` (la valeur
# par défaut), le serveur coupe par blocs entiers et garde un peu plus que demandé, ce qui lui coûte
# bien moins.

# %%
for n in range(1000):
    r.xadd("redis04:borne", {"n": n}, maxlen=100, approximate=False)
print("exactement", r.xlen("redis04:borne"))

# %% [markdown]
# ## 3. Un groupe de consommateurs
#
# On crée le groupe une fois, en disant d'où il part : `id="0"`, depuis le début du journal ; `"$"`,
# seulement ce qui viendra ensuite. `mkstream=True` crée le stream s'il n'existe pas.

# %%
r.xgroup_create("redis04:pages", "robots", id="0", mkstream=True)

recu = r.xreadgroup("robots", "ada", {"redis04:pages": ">"}, count=2)
for flux, messages in recu:
    for _, message in messages:
        print("ada lit ", message["url"])
recu = r.xreadgroup("robots", "blaise", {"redis04:pages": ">"}, count=2)
for flux, messages in recu:
    for _, message in messages:
        print("blaise lit", message["url"])
print("il ne reste rien :", r.xreadgroup("robots", "chloe", {"redis04:pages": ">"}, count=2))

# %% [markdown]
# `">"` veut dire « des messages que le groupe n'a **jamais** donnés ». Avec `block=5000`, l'appel
# attendrait cinq secondes que du nouveau arrive.
#
# Les messages donnés ne sont pas oubliés : le groupe les note **en souffrance** (*pending*), avec le
# nom de qui les a reçus, jusqu'à l'accusé de réception. C'est toute la différence avec une liste.

# %%
print(r.xpending("redis04:pages", "robots")["consumers"])

# Ada relit ce qu'on lui a confié (« 0 » au lieu de « > »), traite, puis accuse réception.
((_, a_faire),) = r.xreadgroup("robots", "ada", {"redis04:pages": "0"})
for identifiant, message in a_faire:
    r.xack("redis04:pages", "robots", identifiant)

print(r.xpending("redis04:pages", "robots")["consumers"])

# %% [markdown]
# Quand accuser réception ? **Après** le travail, jamais avant : sinon une panne entre les deux perd
# le message. Après, une panne entre le travail et l'accusé le fera faire **deux fois**. Redis
# promet « au moins une fois » ; c'est à vous de rendre le travail *idempotent* (`zadd(gt=True)`,
# `sadd`, un `upsert`…), pour que la seconde fois ne change rien.
#
# ```mermaid
# stateDiagram-v2
#     direction LR
#     state "jamais donné" as jamais
#     state "en souffrance" as souffrance
#     [*] --> jamais : XADD
#     jamais --> souffrance : XREADGROUP
#     souffrance --> fini : XACK
#     souffrance --> souffrance : XAUTOCLAIM
#     fini --> [*]
# ```

# %% [markdown]
# ## 4. Le partage se fait tout seul
#
# Personne n'attribue les messages : chacun en prend quand il est libre. Un robot rapide en traite
# donc davantage, sans réglage. Simulons trois robots, sur une horloge inventée pour que le dessin
# soit toujours le même : `lent` met 5 unités de temps par page, `moyen` 3, `rapide` 1.

# %%
import heapq

import matplotlib.pyplot as plt

with r.pipeline() as envoi:
    for n in range(40):
        envoi.xadd("redis04:simulation", {"page": n})
    envoi.xgroup_create("redis04:simulation", "robots", id="0")
    envoi.execute()

durees = {"lent": 5, "moyen": 3, "rapide": 1}
horloge = [(0, nom) for nom in sorted(durees)]
travail = {nom: [] for nom in durees}
while horloge:
    instant, nom = heapq.heappop(horloge)
    recu = r.xreadgroup("robots", nom, {"redis04:simulation": ">"}, count=1)
    if not recu:
        continue
    ((_, ((identifiant, message),)),) = recu
    r.xack("redis04:simulation", "robots", identifiant)
    travail[nom].append((instant, durees[nom]))
    heapq.heappush(horloge, (instant + durees[nom], nom))

figure, axe = plt.subplots(figsize=(7, 2.2))
for ligne, (nom, pages) in enumerate(travail.items()):
    axe.broken_barh(pages, (ligne - 0.35, 0.7), facecolor="#2563eb", edgecolor="white")
axe.set_yticks(range(3), [f"{nom} ({len(pages)} pages)" for nom, pages in travail.items()])
axe.set_xlabel("temps")
axe.spines[["top", "right", "left"]].set_visible(False)
plt.show()

# %% [markdown]
# ## 5. Un robot meurt
#
# Blaise a reçu `/boutique/` et n'en a plus donné signe. Le détail de l'attente dit depuis combien de
# temps (`time_since_delivered`, en millisecondes) et combien de fois le message a été donné.

# %%
(attente,) = r.xpending_range("redis04:pages", "robots", "-", "+", count=10)
print(attente["consumer"], "| donné", attente["times_delivered"], "fois")

# %% [markdown]
# `xautoclaim` confie à un vivant ce qui attend depuis trop longtemps. Il avance par pages et rend un
# **curseur** : `"0-0"` veut dire que tout a été parcouru. Ici, le délai minimal est de 0 ms pour ne
# pas vous faire attendre ; en vrai, prenez nettement **plus que la durée du plus long travail**,
# sans quoi vous volerez le travail d'un robot qui n'est que lent.

# %%
suite, repris, effaces = r.xautoclaim("redis04:pages", "robots", "chloe", min_idle_time=0, count=10)
print("curseur :", suite)
for identifiant, message in repris:
    print("chloe reprend", message["url"])
    r.xack("redis04:pages", "robots", identifiant)
print("en souffrance :", r.xpending("redis04:pages", "robots")["pending"])

# %% [markdown]
# ## 6. Un message empoisonné
#
# Et si ce n'est pas le robot qui est en faute, mais le message ? Une page mal formée fait tomber le
# premier robot, qu'un deuxième remplace, et qui tombe… `times_delivered` le trahit. Au bout de
# quelques essais, on met le message **de côté** (*dead letter*), on accuse réception, et un humain
# regardera.

# %%
r.xadd("redis04:lettres", {"url": "/gazette/page-mal-formee.html"})
r.xgroup_create("redis04:lettres", "robots", id="0")
r.xreadgroup("robots", "ada", {"redis04:lettres": ">"})
for robot in ("blaise", "chloe", "denis"):  # chacun reprend, et tombe à son tour
    r.xautoclaim("redis04:lettres", "robots", robot, min_idle_time=0)

(attente,) = r.xpending_range("redis04:lettres", "robots", "-", "+", count=10)
print("donné", attente["times_delivered"], "fois, dernier :", attente["consumer"])

# %% [markdown]
# ## 7. Surveiller
#
# Trois nombres suffisent à savoir si tout va bien : le **retard** (`lag`, les messages jamais donnés
# au groupe), ce qui est **en souffrance**, et l'âge du plus vieux en souffrance.

# %%
r.xgroup_create("redis04:mai", "statistiques", id="0")
r.xreadgroup("statistiques", "ada", {"redis04:mai": ">"}, count=200)
(groupe,) = r.xinfo_groups("redis04:mai")
print("retard        :", groupe["lag"])
print("en souffrance :", groupe["pending"])
print("total         :", groupe["lag"] + groupe["pending"], "=", r.xlen("redis04:mai"))

# %% [markdown]
# ## 8. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice redis-16** ★ Dans `redis04:mai`, combien de relevés datent des 10, 11 et 12 mai 2026
# (trois jours entiers, en temps universel) ?

# %% exercise="redis-16"
# >>> solution
depuis = en_millisecondes(datetime(2026, 5, 10, tzinfo=UTC))
jusque = en_millisecondes(datetime(2026, 5, 13, tzinfo=UTC))
reponse = len(r.xrange("redis04:mai", min=depuis, max=f"({jusque}"))
# <<< solution
check("redis-16", reponse)

# %% wrong="redis-16"
depuis = en_millisecondes(datetime(2026, 5, 10, tzinfo=UTC))
jusque = en_millisecondes(datetime(2026, 5, 12, tzinfo=UTC))  # le 12 est oublié
reponse = len(r.xrange("redis04:mai", min=depuis, max=jusque))

# %% wrong="redis-16"
depuis = int(datetime(2026, 5, 10, tzinfo=UTC).timestamp())  # des secondes
jusque = int(datetime(2026, 5, 13, tzinfo=UTC).timestamp())
reponse = len(r.xrange("redis04:mai", min=depuis, max=jusque))

# %% [markdown]
# **Exercice redis-17** ★★ Écrivez `traiter(r, flux, groupe, nom, faire)` : elle prend au plus 10
# messages **nouveaux**, appelle `faire(message)` pour chacun (`message` est le dictionnaire), et
# accuse réception de ceux qui ont réussi. Si `faire` lève une exception, le message reste en
# souffrance et l'on passe au suivant. Elle rend le nombre de réussites.

# %% exercise="redis-17"
# >>> solution
#: def traiter(r, flux, groupe, nom, faire): ...
def traiter(r, flux, groupe, nom, faire):
    reussites = 0
    for _, messages in r.xreadgroup(groupe, nom, {flux: ">"}, count=10):
        for identifiant, message in messages:
            try:
                faire(message)
            except Exception:  # quelle qu'elle soit : le message sera repris
                continue
            r.xack(flux, groupe, identifiant)
            reussites += 1
    return reussites


# <<< solution
check("redis-17", traiter)

# %% wrong="redis-17"
def traiter(r, flux, groupe, nom, faire):
    reussites = 0
    for _, messages in r.xreadgroup(groupe, nom, {flux: ">"}, count=10):
        for identifiant, message in messages:
            r.xack(flux, groupe, identifiant)  # trop tôt : un échec est perdu
            try:
                faire(message)
                reussites += 1
            except Exception:
                pass
    return reussites


# %% wrong="redis-17"
def traiter(r, flux, groupe, nom, faire):
    reussites = 0
    for _, messages in r.xreadgroup(groupe, nom, {flux: ">"}, count=10):
        for identifiant, message in messages:
            faire(message)  # le premier échec arrête tout
            r.xack(flux, groupe, identifiant)
            reussites += 1
    return reussites


# %% wrong="redis-17"
def traiter(r, flux, groupe, nom, faire):
    reussites = 0
    for identifiant, message in r.xrange(flux, count=10):  # hors du groupe : chacun lit tout
        try:
            faire(message)
            r.xack(flux, groupe, identifiant)
            reussites += 1
        except Exception:
            pass
    return reussites


# %% [markdown]
# **Exercice redis-18** ★★ Écrivez `en_souffrance(r, flux, groupe, age)` : un dictionnaire
# `{consommateur: nombre}` des messages donnés depuis au moins `age` millisecondes et toujours sans
# accusé de réception. Un consommateur qui n'en a pas n'y figure pas. Il peut y en avoir des
# milliers.

# %% exercise="redis-18"
# >>> solution
#: def en_souffrance(r, flux, groupe, age): ...
def en_souffrance(r, flux, groupe, age):
    comptes, debut = {}, "-"
    while True:
        page = r.xpending_range(flux, groupe, debut, "+", count=500, idle=age)
        for attente in page:
            comptes[attente["consumer"]] = comptes.get(attente["consumer"], 0) + 1
        if len(page) < 500:
            return comptes
        debut = f"({page[-1]['message_id']}"  # la suite, sans celui-là


# <<< solution
check("redis-18", en_souffrance)

# %% wrong="redis-18"
def en_souffrance(r, flux, groupe, age):
    consommateurs = r.xinfo_consumers(flux, groupe)  # tous les âges, et ceux qui n'ont rien
    return {un["name"]: un["pending"] for un in consommateurs}


# %% wrong="redis-18"
def en_souffrance(r, flux, groupe, age):
    comptes = {}
    for attente in r.xpending_range(flux, groupe, "-", "+", count=100, idle=age):  # la 1re page
        comptes[attente["consumer"]] = comptes.get(attente["consumer"], 0) + 1
    return comptes


# %% [markdown]
# **Exercice redis-19** ★★★ Écrivez `reprendre(r, flux, groupe, nom, age)` qui confie à `nom` **tous**
# les messages en souffrance depuis au moins `age` millisecondes, si nombreux soient-ils, et rend la
# liste de leurs identifiants. Elle n'accuse pas réception.

# %% exercise="redis-19"
# >>> solution
#: def reprendre(r, flux, groupe, nom, age): ...
def reprendre(r, flux, groupe, nom, age):
    repris, curseur = [], "0-0"
    while True:
        curseur, messages, _ = r.xautoclaim(flux, groupe, nom, age, start_id=curseur, count=100)
        repris += [identifiant for identifiant, _ in messages]
        if curseur == "0-0":
            return repris


# <<< solution
check("redis-19", reprendre)

# %% wrong="redis-19"
def reprendre(r, flux, groupe, nom, age):
    _, messages, _ = r.xautoclaim(flux, groupe, nom, age, count=100)  # la première page seulement
    return [identifiant for identifiant, _ in messages]


# %% wrong="redis-19"
def reprendre(r, flux, groupe, nom, age):
    _, messages, _ = r.xautoclaim(flux, groupe, nom, 0, count=10_000)  # vole aussi les récents
    return [identifiant for identifiant, _ in messages]


# %% [markdown]
# **Exercice redis-20** ★★★ Écrivez `ecarter(r, flux, groupe, rebut, essais)` : chaque message en
# souffrance donné **plus de** `essais` fois est copié dans le stream `rebut` (mêmes champs, plus un
# champ `origine` qui porte son identifiant), puis on en accuse réception, les deux d'un seul tenant :
# un robot qui meurt au milieu ne doit ni perdre le message, ni le laisser copier deux fois. Elle rend le nombre de messages écartés.

# %% exercise="redis-20"
# >>> solution
#: def ecarter(r, flux, groupe, rebut, essais): ...
def ecarter(r, flux, groupe, rebut, essais):
    ecartes = 0
    for attente in r.xpending_range(flux, groupe, "-", "+", count=1000):
        if attente["times_delivered"] <= essais:
            continue
        identifiant = attente["message_id"]
        trouves = r.xrange(flux, identifiant, identifiant)  # vide si le journal a été coupé
        champs = trouves[0][1] if trouves else {}
        with r.pipeline() as envoi:
            envoi.xadd(rebut, {**champs, "origine": identifiant})
            envoi.xack(flux, groupe, identifiant)
            envoi.execute()
        ecartes += 1
    return ecartes


# <<< solution
check("redis-20", ecarter)

# %% wrong="redis-20"
def ecarter(r, flux, groupe, rebut, essais):
    ecartes = 0
    for attente in r.xpending_range(flux, groupe, "-", "+", count=1000):
        if attente["times_delivered"] >= essais:  # un essai trop tôt
            identifiant = attente["message_id"]
            ((_, champs),) = r.xrange(flux, identifiant, identifiant)
            r.xadd(rebut, {**champs, "origine": identifiant})
            r.xack(flux, groupe, identifiant)
            ecartes += 1
    return ecartes


# %% wrong="redis-20"
def ecarter(r, flux, groupe, rebut, essais):
    ecartes = 0
    for attente in r.xpending_range(flux, groupe, "-", "+", count=1000):
        if attente["times_delivered"] > essais:
            identifiant = attente["message_id"]
            ((_, champs),) = r.xrange(flux, identifiant, identifiant)
            r.xadd(rebut, {**champs, "origine": identifiant})
            ecartes += 1  # sans accusé : il reviendra
    return ecartes


# %% wrong="redis-20"
def ecarter(r, flux, groupe, rebut, essais):
    ecartes = 0
    for attente in r.xpending_range(flux, groupe, "-", "+", count=1000):
        if attente["times_delivered"] > essais:
            r.xadd(rebut, {"origine": attente["message_id"]})  # les champs sont perdus
            r.xack(flux, groupe, attente["message_id"])
            ecartes += 1
    return ecartes


# %% wrong="redis-20"
def ecarter(r, flux, groupe, rebut, essais):
    ecartes = 0
    for attente in r.xpending_range(flux, groupe, "-", "+", count=1000):
        if attente["times_delivered"] > essais:
            identifiant = attente["message_id"]
            ((_, champs),) = r.xrange(flux, identifiant, identifiant)
            r.xadd(rebut, {**champs, "origine": identifiant})
            r.xack(flux, groupe, identifiant)  # mort juste avant : copié deux fois
            ecartes += 1
    return ecartes


# %% [markdown]
# ## À retenir
#
# * Un stream est un **journal** : on y ajoute, on y avance, rien n'en sort en le lisant.
# * Un groupe partage : chaque message va à **un** consommateur ; plusieurs groupes lisent chacun
#   tout.
# * `XREADGROUP >` prend, `XACK` **après** le travail, et le travail est **idempotent**.
# * `XAUTOCLAIM` reprend ce qu'un mort tenait : suivez le curseur, et choisissez un délai plus long
#   que le plus long travail.
# * `times_delivered` trahit un message empoisonné : on l'écarte.
# * On surveille le retard, les messages en souffrance, et leur âge ; on borne avec `maxlen`.
