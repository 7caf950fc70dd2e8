# %% [markdown]
# # Redis : des structures de données partagées
#
# **Durée** : 45 minutes. **Prérequis** : les listes, les dictionnaires et les ensembles de Python.
#
# À la fin de ce notebook, vous saurez :
#
# * dire ce que Redis apporte à une récolte, et ce qu'il ne remplace pas ;
# * nommer des clés, leur donner une valeur, un compteur, une durée de vie ;
# * choisir entre une chaîne, une liste, un *hash* et un ensemble ;
# * dédoublonner des adresses entre plusieurs robots, sans qu'aucune passe deux fois ;
# * parcourir les clés sans arrêter le serveur.

# %% [markdown]
# ## 1. Pourquoi un serveur de structures de données ?
#
# Un robot seul garde ses adresses déjà vues dans un `set` de Python. Lancez-en un deuxième sur une
# autre machine : chacun a son ensemble, et chaque page est téléchargée deux fois. Redémarrez le
# premier : il a tout oublié.
#
# Il faut donc un ensemble **partagé**, qui **survive** au robot, et si **rapide** qu'on puisse
# l'interroger pour chaque lien. C'est le métier de Redis : un serveur qui garde en mémoire des
# chaînes, des listes, des dictionnaires, des ensembles, des classements, des flux, et qui répond en
# une fraction de milliseconde.
#
# ```mermaid
# flowchart LR
#     A[robot 1] --> R[(Redis<br/>adresses vues<br/>file d'attente<br/>compteurs)]
#     B[robot 2] --> R
#     C[robot 3] --> R
#     A --> M[(MongoDB, S3<br/>les fiches)]
#     B --> M
#     C --> M
# ```
#
# Deux propriétés expliquent presque tout ce qui suit :
#
# * **tout tient en mémoire** : c'est rapide, mais la place est comptée ; on y met ce qui coordonne
#   et ce qui presse, pas les archives ;
# * **une commande à la fois** : le serveur exécute les commandes l'une après l'autre. Chacune est
#   donc *atomique* : personne ne s'intercale au milieu.

# %%
from lab import datasets, workspace

r = workspace.redis()
r.ping()

# %% [markdown]
# Le serveur est commun à tout le laboratoire : la récolte y tient ses propres clés. Les nôtres
# commenceront par `redis01:`, et nous les effaçons au départ, pour que le notebook donne le même
# résultat à chaque exécution.


# %%
def effacer(prefixe):
    """Supprime les clés qui commencent par ce préfixe, et elles seules."""
    for cle in r.scan_iter(f"{prefixe}*"):
        r.delete(cle)


effacer("redis01:")

# %% [markdown]
# ## 2. Clés et chaînes
#
# Une **clé** est un texte. Redis ne connaît ni table ni dossier : c'est vous qui rangez, par
# convention avec des deux-points, du plus général au plus précis :
# `gazette:article:885:lectures`.
#
# La valeur la plus simple est une **chaîne** : du texte, un nombre, du JSON, une image.

# %%
r.set("redis01:gazette:devise", "Tout ce qui coule est d'actualité")
print(r.get("redis01:gazette:devise"))
print(r.get("redis01:gazette:directeur"))  # une clé absente donne None, sans erreur

r.mset({"redis01:ville:lyon": 69, "redis01:ville:brest": 29})
print(r.mget("redis01:ville:lyon", "redis01:ville:brest", "redis01:ville:atlantis"))

# %% [markdown]
# **Piège.** Nous avons donné des nombres, et nous recevons du texte : `'69'`. Redis ne garde pas
# les types de Python ; c'est à vous de convertir au retour.
#
# Une chaîne qui ressemble à un nombre sait pourtant **compter**. Pourquoi `incr` plutôt que lire,
# ajouter 1, écrire ? Parce que deux robots peuvent lire 41 en même temps, et écrire 42 tous les
# deux : une visite est perdue. `incr` est une seule commande, que rien ne coupe.

# %%
for _ in range(3):
    lectures = r.incr("redis01:article:885:lectures")
print("lectures :", lectures)
print("de plus  :", r.incrby("redis01:article:885:lectures", 10))

# %% [markdown]
# ## 3. Des clés qui s'effacent seules
#
# Une session, une page en cache, un verrou : beaucoup de choses n'ont de sens que pour un temps.
# `ex` donne une durée de vie en secondes (`px` en millisecondes). À l'échéance, la clé n'existe
# plus, sans que personne ait à passer le balai.

# %%
r.set("redis01:session:ada", "connectée", ex=1800)
print("secondes restantes :", r.ttl("redis01:session:ada"))
print("clé sans échéance  :", r.ttl("redis01:gazette:devise"))
print("clé absente        :", r.ttl("redis01:session:zoe"))

r.expire("redis01:session:ada", 3600)  # Ada a cliqué : on repousse
print("repoussée          :", r.ttl("redis01:session:ada"))

# %% [markdown]
# `-1` : elle ne s'effacera pas. `-2` : elle n'existe pas.
#
# **Piège.** Un nouveau `set` sur la même clé **retire** l'échéance, sauf avec `keepttl=True`. C'est
# ainsi qu'une mémoire se remplit de sessions éternelles.

# %%
r.set("redis01:session:ada", "en train de lire")
print("après un second set :", r.ttl("redis01:session:ada"))

# %% [markdown]
# Avec `nx=True` (*not exists*), l'écriture n'a lieu que si la clé est absente. Le premier arrivé
# gagne ; les autres reçoivent `None` :

# %%
print("robot 1 :", r.set("redis01:verrou:sitemap", "robot 1", nx=True, ex=30))
print("robot 2 :", r.set("redis01:verrou:sitemap", "robot 2", nx=True, ex=30))
print("à qui est-il ?", r.get("redis01:verrou:sitemap"))

# %% [markdown]
# ## 4. Listes : la file d'attente
#
# Une **liste** s'allonge et se raccourcit par ses deux bouts, à coût constant même si elle a un
# million d'éléments. On entre par la gauche (`lpush`), on sort par la droite (`rpop`) : c'est une
# file, le premier entré est le premier servi.

# %%
for page in ("/gazette/", "/gazette/rubrique/sport/", "/gazette/rubrique/culture/"):
    r.lpush("redis01:file", page)
print("en attente :", r.lrange("redis01:file", 0, -1))
print("sort       :", r.rpop("redis01:file"))
print("il reste   :", r.llen("redis01:file"))

# %% [markdown]
# Que fait un robot quand la file est vide ? Boucler sur `rpop` chaufferait la machine pour rien.
# `brpop` **attend** qu'un élément arrive, au plus le temps donné :

# %%
print(r.brpop("redis01:file", timeout=1))
print(r.brpop("redis01:file", timeout=1))
print(r.brpop("redis01:file", timeout=0.1))  # plus rien : None après un dixième de seconde

# %% [markdown]
# Et si le robot tombe juste après `rpop` ? L'adresse est perdue : elle n'est plus dans la file, et
# personne ne la traite. `lmove` la déplace, en une seule commande, dans une liste « en cours » d'où
# on ne l'enlève qu'une fois le travail fini. (Le notebook 4 montre un outil fait pour cela.)

# %%
r.lpush("redis01:file", "/gazette/rss.xml")
page = r.lmove("redis01:file", "redis01:encours", "RIGHT", "LEFT")
print("je traite", page, "| en cours :", r.lrange("redis01:encours", 0, -1))
r.lrem("redis01:encours", 1, page)  # travail fini
print("en cours  :", r.lrange("redis01:encours", 0, -1))

# %% [markdown]
# ## 5. Hashes : un petit dictionnaire sous une clé
#
# Un **hash** rassemble les champs d'une même chose. On lit ou on change un champ sans toucher aux
# autres, et sans tout relire.

# %%
r.hset(
    "redis01:robot:1",
    mapping={"nom": "gazette", "pages": 0, "octets": 0, "depuis": "2026-09-15T08:00:00Z"},
)
r.hincrby("redis01:robot:1", "pages", 1)
r.hincrby("redis01:robot:1", "octets", 18_204)
print(r.hget("redis01:robot:1", "pages"), "page")
print(r.hgetall("redis01:robot:1"))

# %% [markdown]
# Un hash fait aussi un excellent tableau de compteurs. Le jeu `vues` compte 20 000 relevés de vidéos
# en tendance. Comptons-les par jour de la semaine : chaque relevé ajoute 1 à un champ, et le
# *pipeline* (notebook 3) regroupe les envois.

# %%
vues = datasets.load("vues")
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

with r.pipeline() as envoi:
    for releve in vues:
        envoi.hincrby("redis01:par_jour", JOURS[releve["date"].weekday()], 1)
    envoi.execute()

par_jour = {jour: int(r.hget("redis01:par_jour", jour)) for jour in JOURS}
print(par_jour)

# %%
import matplotlib.pyplot as plt

figure, axe = plt.subplots(figsize=(7, 2.6))
axe.bar(list(par_jour), list(par_jour.values()), color="#2563eb")
axe.set_ylabel("relevés")
axe.set_title("Vidéos en tendance, par jour de la semaine")
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Les jours se valent : la tendance ne prend pas de week-end.
#
# ## 6. Ensembles : déjà vu ?
#
# Un **ensemble** garde des valeurs sans ordre et sans double. Ce qui le rend précieux pour une
# récolte est la **réponse** de `sadd` : le nombre d'éléments réellement ajoutés. `1`, l'adresse est
# nouvelle ; `0`, quelqu'un l'a déjà prise. La question et l'écriture ne font qu'un.

# %%
for adresse in ("/gazette/a.html", "/gazette/b.html", "/gazette/a.html"):
    nouvelle = r.sadd("redis01:vues", adresse)
    print(adresse, "→ à visiter" if nouvelle else "→ déjà vue")

# %% [markdown]
# **Piège.** « Je regarde si elle y est (`sismember`), et si non je l'ajoute (`sadd`) » paraît
# équivalent. Entre les deux commandes, un autre robot peut faire la même chose :
#
# ```mermaid
# sequenceDiagram
#     participant A as robot 1
#     participant R as Redis
#     participant B as robot 2
#     A->>R: sismember a.html
#     R-->>A: non
#     B->>R: sismember a.html
#     R-->>B: non
#     A->>R: sadd a.html
#     B->>R: sadd a.html
#     Note over A,B: la page est visitée deux fois
# ```
#
# Les ensembles savent aussi se croiser. Rangeons les articles récoltés par étiquette (`tags`), un
# ensemble par étiquette : c'est un *index inversé*, l'idée au cœur des moteurs de recherche.

# %%
articles = list(workspace.mongo().articles.find({}, {"title": 1, "tags": 1}))

with r.pipeline() as envoi:
    for article in articles:
        for etiquette in article["tags"]:
            envoi.sadd(f"redis01:etiquette:{etiquette}", article["_id"])
    envoi.execute()

print("Enquête         :", r.scard("redis01:etiquette:Enquête"), "articles")
print("Logiciel libre  :", r.scard("redis01:etiquette:Logiciel libre"), "articles")
deux = r.sinter("redis01:etiquette:Enquête", "redis01:etiquette:Logiciel libre")
print("les deux        :", len(deux))

# %% [markdown]
# `sinter` (et), `sunion` (ou), `sdiff` (le premier sans les suivants) travaillent **sur le
# serveur** : seul le résultat voyage. Le client Python rend un `set`.

# %% [markdown]
# ## 7. Parcourir les clés
#
# `keys("*")` donne toutes les clés d'un coup. Sur dix millions de clés, le serveur ne fait rien
# d'autre pendant des secondes, et **tout le monde attend** (une commande à la fois !). `scan_iter`
# avance par petits pas et laisse passer les autres. Le prix : une clé créée ou retirée pendant le
# parcours peut être vue, ou non, et une même clé peut revenir deux fois.

# %%
from collections import Counter

types = Counter(r.type(cle) for cle in set(r.scan_iter("redis01:*", count=500)))
print(dict(sorted(types.items())))
print("« redis01:vues » tient dans 1 Kio :", r.memory_usage("redis01:vues") < 1024)

# %% [markdown]
# | je veux… | structure | commandes |
# |---|---|---|
# | un compteur, un verrou, une page en cache | chaîne | `set` `get` `incr`, `ex=` `nx=` |
# | une file, les derniers messages | liste | `lpush` `brpop` `lmove` `ltrim` |
# | les champs d'une chose, un tableau de compteurs | hash | `hset` `hgetall` `hincrby` |
# | « déjà vu ? », croiser des groupes | ensemble | `sadd` `sismember` `sinter` |
# | un classement, une échéance | ensemble trié | notebook 2 |
# | un journal que plusieurs se partagent | stream | notebook 4 |

# %% [markdown]
# ## 8. Exercices
#
# Plusieurs exercices demandent une **fonction** qui reçoit un client Redis `r` : utilisez celui
# qu'on vous donne en argument, c'est avec lui que votre fonction sera essayée.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice redis-01** ★ Comptez les relevés de `vues` par `categorie` dans le hash
# `redis01:par_categorie`, puis donnez en réponse un dictionnaire `{catégorie: nombre}` où les
# nombres sont de **vrais entiers**.

# %% exercise="redis-01"
# >>> solution
r.delete("redis01:par_categorie")
with r.pipeline() as envoi:
    for releve in vues:
        envoi.hincrby("redis01:par_categorie", releve["categorie"], 1)
    envoi.execute()
reponse = {nom: int(nombre) for nom, nombre in r.hgetall("redis01:par_categorie").items()}
# <<< solution
check("redis-01", reponse)

# %% wrong="redis-01"
reponse = r.hgetall("redis01:par_categorie")  # les nombres sont restés du texte

# %% wrong="redis-01"
videos_vues = {(releve["categorie"], releve["video"]) for releve in vues}
reponse = dict(Counter(categorie for categorie, _ in videos_vues))  # des vidéos, pas des relevés

# %% [markdown]
# **Exercice redis-02** ★ Écrivez `reserver(r, cle, valeur, secondes)` : si la clé est libre, elle y
# écrit `valeur` pour `secondes` secondes et rend `True` ; si elle est prise, elle ne change **rien**
# (ni la valeur, ni l'échéance) et rend `False`.

# %% exercise="redis-02"
# >>> solution
#: def reserver(r, cle, valeur, secondes): ...
def reserver(r, cle, valeur, secondes):
    return bool(r.set(cle, valeur, nx=True, ex=secondes))


# <<< solution
check("redis-02", reserver)

# %% wrong="redis-02"
def reserver(r, cle, valeur, secondes):
    return bool(r.set(cle, valeur, ex=secondes))  # écrase


# %% wrong="redis-02"
def reserver(r, cle, valeur, secondes):
    libre = r.setnx(cle, valeur)
    r.expire(cle, secondes)  # repousse l'échéance de l'autre
    return bool(libre)


# %% [markdown]
# **Exercice redis-03** ★★ L'ensemble des identifiants des articles qui portent l'étiquette
# « Enquête » **ou** l'étiquette « Logiciel libre », mais **pas les deux**.

# %% exercise="redis-03"
# >>> solution
paire = ["redis01:etiquette:Enquête", "redis01:etiquette:Logiciel libre"]
reponse = r.sunion(paire) - r.sinter(paire)
# <<< solution
check("redis-03", reponse)

# %% wrong="redis-03"
reponse = r.sunion("redis01:etiquette:Enquête", "redis01:etiquette:Logiciel libre")

# %% wrong="redis-03"
reponse = r.sdiff("redis01:etiquette:Enquête", "redis01:etiquette:Logiciel libre")

# %% [markdown]
# **Exercice redis-04** ★★ « Vous avez lu récemment. » Écrivez `lire(r, cle, article, n)` qui note
# l'article en tête de la liste `cle`, sans double (un article relu **remonte** en tête), et n'en
# garde que les `n` derniers. Elle rend la liste, du plus récent au plus ancien.

# %% exercise="redis-04"
# >>> solution
#: def lire(r, cle, article, n): ...
def lire(r, cle, article, n):
    r.lrem(cle, 0, article)
    r.lpush(cle, article)
    r.ltrim(cle, 0, n - 1)
    return r.lrange(cle, 0, -1)


# <<< solution
check("redis-04", lire)

# %% wrong="redis-04"
def lire(r, cle, article, n):
    r.lpush(cle, article)  # garde les doubles
    r.ltrim(cle, 0, n - 1)
    return r.lrange(cle, 0, -1)


# %% wrong="redis-04"
def lire(r, cle, article, n):
    r.lrem(cle, 0, article)
    r.lpush(cle, article)
    r.ltrim(cle, 0, n)  # un de trop : les bornes sont comprises
    return r.lrange(cle, 0, -1)


# %% [markdown]
# **Exercice redis-05** ★★★ Écrivez `nouvelles(r, cle, adresses)` qui rend, dans l'ordre, les adresses
# jamais vues, et les marque comme vues dans l'ensemble `cle`. Deux adresses qui ne diffèrent que par
# leur fragment (`#suite`) sont la même page : on la rend sans fragment. Plusieurs robots appellent
# votre fonction en même temps : aucune adresse ne doit être donnée à deux d'entre eux.

# %% exercise="redis-05"
# >>> solution
#: def nouvelles(r, cle, adresses): ...
def nouvelles(r, cle, adresses):
    pages = [adresse.partition("#")[0] for adresse in adresses]
    return [page for page in pages if r.sadd(cle, page)]


# <<< solution
check("redis-05", nouvelles)

# %% wrong="redis-05"
def nouvelles(r, cle, adresses):
    rendues = []
    for adresse in adresses:
        page = adresse.partition("#")[0]
        if not r.sismember(cle, page):  # un autre robot peut passer ici
            r.sadd(cle, page)
            rendues.append(page)
    return rendues


# %% wrong="redis-05"
def nouvelles(r, cle, adresses):
    return [adresse for adresse in adresses if r.sadd(cle, adresse)]  # avec leur fragment


# %% wrong="redis-05"
def nouvelles(r, cle, adresses):
    pages = {adresse.partition("#")[0] for adresse in adresses}
    return sorted(page for page in pages if r.sadd(cle, page))  # l'ordre est perdu


# %% [markdown]
# ## À retenir
#
# * Redis garde des **structures de données** en mémoire, partagées et rapides : il coordonne, il
#   n'archive pas.
# * Chaque commande est **atomique**. Dès que vous écrivez « je lis, je décide, j'écris », cherchez la
#   commande qui fait tout d'un coup : `incr`, `set(nx=True)`, `sadd`, `lmove`.
# * Une durée de vie se donne avec la valeur (`ex=`) ; un `set` ordinaire l'efface.
# * Ce qui revient est du **texte** : convertissez.
# * `scan_iter`, jamais `keys`, sur un serveur que d'autres utilisent.
