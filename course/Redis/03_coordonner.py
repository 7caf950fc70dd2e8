# %% [markdown]
# # Coordonner : pipelines, transactions, cache, débit, annonces
#
# **Durée** : 55 minutes. **Prérequis** : *Classements : les ensembles triés* ; les fonctions et les
# exceptions de Python.
#
# À la fin de ce notebook, vous saurez :
#
# * grouper les commandes pour ne plus payer un aller-retour chacune ;
# * écrire « je lis, je décide, j'écris » sans qu'un autre s'intercale : `WATCH`, ou un petit script
#   Lua ;
# * mettre en cache un calcul cher, et dire quand il périme ;
# * limiter un débit, pour rester poli à plusieurs ;
# * prévenir d'autres programmes avec *pub/sub*, et savoir quand ne pas s'en servir.

# %% [markdown]
# ## 1. Le prix d'un aller-retour
#
# Redis exécute une commande simple en une microseconde environ. Ce qui coûte, c'est d'y aller : le
# message part, traverse le réseau, revient. Un **pipeline** envoie un paquet de commandes d'un coup
# et lit les réponses ensemble.

# %%
import time

from lab import workspace

r = workspace.redis()


def effacer(prefixe):
    """Supprime les clés qui commencent par ce préfixe, et elles seules."""
    for cle in r.scan_iter(f"{prefixe}*"):
        r.delete(cle)


effacer("redis03:")

NOMBRE = 2000
debut = time.perf_counter()
for n in range(NOMBRE):
    r.set(f"redis03:essai:{n}", n)
une_par_une = time.perf_counter() - debut

debut = time.perf_counter()
with r.pipeline(transaction=False) as envoi:
    for n in range(NOMBRE):
        envoi.set(f"redis03:essai:{n}", n)
    envoi.execute()
groupees = time.perf_counter() - debut

effacer("redis03:essai:")
print("le pipeline est plus rapide :", groupees < une_par_une)

# %%
import matplotlib.pyplot as plt

figure, axe = plt.subplots(figsize=(7, 1.8))
axe.barh(["pipeline", "une par une"], [groupees * 1000, une_par_une * 1000], color="#2563eb")
axe.set_xlabel(f"millisecondes pour {NOMBRE} écritures, mesurées à l'instant")
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# Et encore, le serveur est ici sur votre machine. Avec un aller-retour de 1 ms, comme entre deux
# machines d'une même salle, deux mille écritures une par une prendraient deux secondes.
#
# Les réponses d'un pipeline arrivent en une liste, dans l'ordre des commandes. On ne peut donc
# **pas** se servir d'une réponse pour décider de la commande suivante du même paquet.

# %%
with r.pipeline(transaction=False) as envoi:
    envoi.set("redis03:a", 1)
    envoi.incr("redis03:a")
    envoi.get("redis03:absente")
    print(envoi.execute())

# %% [markdown]
# ## 2. Transactions : tout ou rien, et sans intrus
#
# Par défaut, `r.pipeline()` entoure le paquet de `MULTI` et `EXEC` : le serveur exécute les
# commandes d'affilée, sans laisser passer personne entre elles. Utile quand deux clés doivent rester
# d'accord, par exemple un article et le compteur d'articles.
#
# Mais comment **décider** d'après ce qu'on a lu ? `WATCH` surveille une clé : si quelqu'un la change
# avant notre `EXEC`, la transaction n'a pas lieu, et nous recommençons avec des valeurs fraîches.
# C'est le *verrouillage optimiste* : on parie que personne ne viendra, et on vérifie.
#
# ```mermaid
# flowchart LR
#     W[watch la clé] --> L[lire, décider]
#     L --> M[multi]
#     M --> E{execute}
#     E -- personne n'a touché la clé --> F[fait]
#     E -- WatchError --> W
# ```
#
# Exemple : un robot ne doit pas dépasser son quota de pages.

# %%
from redis.exceptions import WatchError


def consommer(r, cle, pages):
    """Retire `pages` du quota s'il en reste assez ; dit si c'est fait."""
    with r.pipeline() as envoi:
        while True:
            try:
                envoi.watch(cle)
                reste = int(envoi.get(cle) or 0)  # après watch : exécuté tout de suite
                if reste < pages:
                    return False
                envoi.multi()  # à partir d'ici : mis en attente
                envoi.decrby(cle, pages)
                envoi.execute()
                return True
            except WatchError:
                continue  # un autre a changé le quota : on relit


r.set("redis03:quota", 100)
print([consommer(r, "redis03:quota", 30) for _ in range(4)], "| reste", r.get("redis03:quota"))

# %% [markdown]
# Provoquons le conflit : un autre client change la clé entre notre lecture et notre `execute`.

# %%
with r.pipeline() as envoi:
    envoi.watch("redis03:quota")
    lu = int(envoi.get("redis03:quota"))
    r.incrby("redis03:quota", 500)  # l'autre
    envoi.multi()
    envoi.set("redis03:quota", lu - 1)
    try:
        envoi.execute()
    except WatchError:
        print("refusé : la clé a changé ; rien n'a été écrit")
print("le quota vaut", r.get("redis03:quota"))

# %% [markdown]
# **Piège.** Une transaction de Redis n'est pas celle d'une base relationnelle : si une commande
# échoue (une liste traitée en nombre…), les autres sont exécutées quand même. Il n'y a pas de
# *rollback*.

# %% [markdown]
# ## 3. Lua : la décision voyage jusqu'au serveur
#
# Quand beaucoup de robots se disputent la même clé, `WATCH` recommence souvent. L'autre solution est
# d'envoyer le petit programme au serveur : un script **Lua** s'exécute comme **une** commande.
# `KEYS` sont les clés qu'il touche, `ARGV` ses autres arguments (du texte : `tonumber`).

# %%
consommer_lua = r.register_script("""
local reste = tonumber(redis.call('GET', KEYS[1]) or '0')
if reste < tonumber(ARGV[1]) then return 0 end
redis.call('DECRBY', KEYS[1], ARGV[1])
return 1
""")

r.set("redis03:quota", 100)
essais = [consommer_lua(keys=["redis03:quota"], args=[30]) for _ in range(4)]
print(essais, "| reste", r.get("redis03:quota"))

# %% [markdown]
# Gardez ces scripts courts : pendant qu'ils tournent, tout le serveur attend.

# %% [markdown]
# ## 4. Un cache, et sa date de péremption
#
# La page « les étiquettes du moment » demande une agrégation sur tous les articles, et mille
# lecteurs la demandent par minute. Le schéma habituel s'appelle *cache-aside* :
#
# 1. chercher dans le cache ;
# 2. s'il n'y a rien, calculer, puis ranger le résultat **avec une durée de vie**.
#
# La durée de vie est un choix : combien de temps acceptez-vous de montrer une valeur ancienne ?

# %%
import json

calculs = 0


def etiquettes_du_moment():
    """Les cinq étiquettes les plus fréquentes (le calcul cher)."""
    global calculs
    calculs += 1
    etapes = [
        {"$unwind": "$tags"},
        {"$group": {"_id": "$tags", "articles": {"$sum": 1}}},
        {"$sort": {"articles": -1, "_id": 1}},
        {"$limit": 5},
    ]
    return [ligne["_id"] for ligne in workspace.mongo().articles.aggregate(etapes)]


def avec_le_cache():
    """Les mêmes, calculées au plus une fois par minute."""
    trouve = r.get("redis03:cache:etiquettes")
    if trouve is not None:
        return json.loads(trouve)
    valeur = etiquettes_du_moment()
    r.set("redis03:cache:etiquettes", json.dumps(valeur), ex=60)
    return valeur


for _ in range(1000):
    etiquettes = avec_le_cache()
print(etiquettes)
print(calculs, "calcul pour 1000 lectures")

# %% [markdown]
# **Pièges.**
#
# * `if trouve:` prendrait une valeur vide (`""`, `0`) pour une absence ; comparez à `None`.
# * Un résultat « introuvable » se met aussi en cache, sinon les questions sans réponse coûtent à
#   chaque fois.
# * Quand une clé très demandée expire, tout le monde recalcule en même temps. Un verrou
#   (`set(nx=True, ex=…)`) laisse un seul y aller.

# %% [markdown]
# ## 5. Limiter un débit
#
# Trois robots visitent le même site, qui accepte 10 pages par seconde **en tout**. Chacun doit
# demander la permission à un arbitre commun.
#
# Le plus simple : un compteur par seconde, qui s'efface seul (*fixed window*). Le temps est ici un
# argument, pour que l'exemple soit le même à chaque exécution ; en vrai, c'est `time.time()`.


# %%
def fenetre_fixe(r, cle, limite, maintenant):
    """Permission, avec un compteur par seconde entière."""
    seconde = f"{cle}:{int(maintenant)}"
    with r.pipeline() as envoi:
        envoi.incr(seconde)
        envoi.expire(seconde, 5)
        passages, _ = envoi.execute()
    return passages <= limite


# 10 demandes juste avant la seconde 100, puis 10 juste après
instants = [99.9 + n / 1000 for n in range(10)] + [100.0 + n / 1000 for n in range(10)]
accordees = [t for t in instants if fenetre_fixe(r, "redis03:fixe", 10, t)]
print(len(accordees), "pages en", round(max(accordees) - min(accordees), 2), "seconde")

# %% [markdown]
# Vingt pages en un dixième de seconde : chaque fenêtre est respectée, mais pas l'esprit. La
# **fenêtre glissante** regarde la dernière seconde écoulée, où qu'elle commence. Un ensemble trié
# s'y prête : chaque passage est un membre, sa date est le score. L'exercice redis-13 vous la fait
# écrire ; voici ce que donnent les deux sur une rafale :

# %%
from collections import deque


def glissante_locale(demandes, limite, fenetre):
    """La règle à obtenir, sans Redis, pour un seul robot."""
    passes, gardees = deque(), []
    for t in demandes:
        while passes and passes[0] <= t - fenetre:
            passes.popleft()
        if len(passes) < limite:
            passes.append(t)
            gardees.append(t)
    return gardees


rafale = [n / 32 for n in range(96)]  # 32 demandes par seconde pendant 3 secondes
# + 0.625 : la rafale commence au milieu d'une seconde de l'horloge
fixe = [t for t in rafale if fenetre_fixe(r, "redis03:fixe2", 10, t + 0.625)]
glissante = glissante_locale(rafale, 10, 1.0)

figure, axe = plt.subplots(figsize=(7, 2.2))
axe.eventplot(
    [rafale, fixe, glissante],
    colors=["#9ca3af", "#b45309", "#15803d"],
    lineoffsets=[2, 1, 0],
    linelengths=0.7,
)
axe.set_yticks([2, 1, 0], ["demandes", "fenêtre fixe", "fenêtre glissante"])
axe.set_xlabel("secondes")
axe.spines[["top", "right", "left"]].set_visible(False)
plt.show()

# %% [markdown]
# ## 6. Pub/sub : parler à ceux qui écoutent
#
# `publish` envoie un message sur un **canal** ; tous les abonnés **présents** le reçoivent. Rien
# n'est gardé : qui n'écoute pas à cet instant ne saura jamais.

# %%
r.publish("redis03:alertes", "y a-t-il quelqu'un ?")  # 0 abonné : le message est perdu

# %%
ecoute = r.pubsub(ignore_subscribe_messages=True)
ecoute.subscribe("redis03:alertes")
ecoute.get_message(timeout=1)  # l'abonnement est confirmé

print("abonnés touchés :", r.publish("redis03:alertes", "le sitemap a changé"))
r.publish("redis03:alertes", "la page 12 répond 500")

for _ in range(2):
    message = ecoute.get_message(timeout=1)
    print(message["channel"], "→", message["data"])
ecoute.close()

# %% [markdown]
# Pub/sub convient à ce qui n'a de valeur que sur le moment : rafraîchir un tableau de bord, demander
# aux robots de s'arrêter. Pour du **travail** qu'on ne doit pas perdre, il faut une file ou, mieux,
# un *stream* : c'est le notebook suivant.

# %% [markdown]
# ## 7. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice redis-11** ★ Écrivez `titres(r, cles)` : pour une liste de clés de hashes, elle rend la
# liste de leurs champs `title`, dans l'ordre (`None` si le hash n'existe pas), en **un seul**
# aller-retour.

# %% exercise="redis-11"
# >>> solution
#: def titres(r, cles): ...
def titres(r, cles):
    with r.pipeline(transaction=False) as envoi:
        for cle in cles:
            envoi.hget(cle, "title")
        return envoi.execute()


# <<< solution
check("redis-11", titres)

# %% wrong="redis-11"
def titres(r, cles):
    return [r.hget(cle, "title") for cle in cles]  # un aller-retour par clé


# %% wrong="redis-11"
def titres(r, cles):
    with r.pipeline() as envoi:
        for cle in cles:
            envoi.hgetall(cle)
        return [fiche["title"] for fiche in envoi.execute() if fiche]  # les absents manquent


# %% [markdown]
# **Exercice redis-12** ★★ Écrivez `ceder(r, de, vers, pages)` : elle déplace `pages` du quota `de`
# vers le quota `vers` (deux clés qui contiennent un entier) et rend `True` ; si `de` n'en a pas
# assez, elle ne change rien et rend `False`. Un autre robot peut changer `de` à tout moment.

# %% exercise="redis-12"
# >>> solution
#: def ceder(r, de, vers, pages): ...
def ceder(r, de, vers, pages):
    with r.pipeline() as envoi:
        while True:
            try:
                envoi.watch(de)
                if int(envoi.get(de) or 0) < pages:
                    return False
                envoi.multi()
                envoi.decrby(de, pages)
                envoi.incrby(vers, pages)
                envoi.execute()
                return True
            except WatchError:
                continue


# <<< solution
check("redis-12", ceder)

# %% wrong="redis-12"
def ceder(r, de, vers, pages):
    if int(r.get(de) or 0) < pages:  # lu sans surveiller
        return False
    with r.pipeline() as envoi:
        envoi.decrby(de, pages)
        envoi.incrby(vers, pages)
        envoi.execute()
    return True


# %% wrong="redis-12"
def ceder(r, de, vers, pages):
    r.decrby(de, pages)  # sans vérifier
    r.incrby(vers, pages)
    return True


# %% wrong="redis-12"
def ceder(r, de, vers, pages):
    with r.pipeline() as envoi:
        envoi.watch(de)
        if int(envoi.get(de) or 0) < pages:
            return False
        envoi.multi()
        envoi.decrby(de, pages)
        envoi.incrby(vers, pages)
        envoi.execute()  # WatchError n'est pas rattrapée
        return True


# %% [markdown]
# **Exercice redis-13** ★★ La fenêtre glissante. Écrivez `autoriser(r, cle, limite, fenetre,
# maintenant)` qui rend `True` si moins de `limite` passages ont été accordés dans les `fenetre`
# dernières secondes (un passage vieux d'exactement `fenetre` secondes ne compte plus), et note alors
# ce passage ; sinon `False`, et la demande refusée ne compte pas. Deux demandes au **même instant**
# sont deux demandes. La clé doit s'effacer seule quand plus rien n'arrive.

# %% exercise="redis-13"
# >>> solution
#: def autoriser(r, cle, limite, fenetre, maintenant): ...
GLISSANTE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3] - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[2]))
return 1
"""


def autoriser(r, cle, limite, fenetre, maintenant):
    import uuid

    membre = uuid.uuid4().hex  # un nom par demande : deux au même instant font deux membres
    return bool(r.eval(GLISSANTE, 1, cle, limite, fenetre, maintenant, membre))


# <<< solution
check("redis-13", autoriser)

# %% wrong="redis-13"
def autoriser(r, cle, limite, fenetre, maintenant):
    return fenetre_fixe(r, cle, limite, maintenant)


# %% wrong="redis-13"
def autoriser(r, cle, limite, fenetre, maintenant):
    r.zremrangebyscore(cle, "-inf", maintenant - fenetre)
    if r.zcard(cle) >= limite:
        return False
    r.zadd(cle, {str(maintenant): maintenant})  # deux au même instant n'en font qu'un
    r.expire(cle, int(fenetre) + 1)
    return True


# %% wrong="redis-13"
def autoriser(r, cle, limite, fenetre, maintenant):
    import uuid

    r.zadd(cle, {uuid.uuid4().hex: maintenant})  # un refus compte aussi
    r.zremrangebyscore(cle, "-inf", maintenant - fenetre)
    r.expire(cle, int(fenetre) + 1)
    return r.zcard(cle) <= limite


# %% [markdown]
# **Exercice redis-14** ★★ Écrivez `depuis_le_cache(r, cle, calculer, secondes)` : elle rend la valeur
# (du JSON) rangée sous `cle` ; s'il n'y en a pas, elle appelle `calculer()`, range le résultat pour
# `secondes` secondes et le rend. Un résultat vide, nul ou `None` doit être mis en cache comme un
# autre.

# %% exercise="redis-14"
# >>> solution
#: def depuis_le_cache(r, cle, calculer, secondes): ...
def depuis_le_cache(r, cle, calculer, secondes):
    trouve = r.get(cle)
    if trouve is not None:
        return json.loads(trouve)
    valeur = calculer()
    r.set(cle, json.dumps(valeur), ex=secondes)
    return valeur


# <<< solution
check("redis-14", depuis_le_cache)

# %% wrong="redis-14"
def depuis_le_cache(r, cle, calculer, secondes):
    valeur = json.loads(r.get(cle) or "null")
    if not valeur:  # une liste vide est recalculée à chaque fois
        valeur = calculer()
        r.set(cle, json.dumps(valeur), ex=secondes)
    return valeur


# %% wrong="redis-14"
def depuis_le_cache(r, cle, calculer, secondes):
    trouve = r.get(cle)
    if trouve is not None:
        return json.loads(trouve)
    valeur = calculer()
    r.set(cle, json.dumps(valeur))  # ne périme jamais
    return valeur


# %% [markdown]
# **Exercice redis-15** ★★★ Un robot pose un verrou avec `r.set(cle, jeton, nx=True, ex=30)`, où
# `jeton` est tiré au sort. S'il est trop lent, le verrou expire et un autre le prend. Écrivez
# `liberer(r, cle, jeton)` qui supprime le verrou **seulement** s'il porte encore notre jeton, et dit
# (`True`/`False`) si c'est fait. Entre la lecture et la suppression, personne ne doit pouvoir se
# glisser.

# %% exercise="redis-15"
# >>> solution
#: def liberer(r, cle, jeton): ...
LIBERER = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


def liberer(r, cle, jeton):
    return bool(r.eval(LIBERER, 1, cle, jeton))


# <<< solution
check("redis-15", liberer)

# %% wrong="redis-15"
def liberer(r, cle, jeton):
    return bool(r.delete(cle))  # le verrou d'un autre aussi


# %% wrong="redis-15"
def liberer(r, cle, jeton):
    if r.get(cle) == jeton:
        return bool(r.delete(cle))  # il a pu expirer, et être repris, juste avant
    return False


# %% [markdown]
# ## À retenir
#
# * Ce qui coûte est l'**aller-retour** : groupez avec `pipeline`.
# * « Lire, décider, écrire » à plusieurs : une commande atomique si elle existe, sinon `WATCH` et
#   recommencer, sinon un court script Lua.
# * Un cache a une **durée de vie**, et range aussi les réponses vides.
# * Fenêtre fixe : simple, mais le double passe à la couture. Fenêtre glissante : un ensemble trié.
# * Un verrou a une échéance et un **jeton** ; on ne libère que le sien.
# * Pub/sub ne garde rien : pour prévenir, pas pour distribuer du travail.
