# %% [markdown]
# # Classements : les ensembles triés
#
# **Durée** : 45 minutes. **Prérequis** : *Redis : des structures de données partagées*.
#
# À la fin de ce notebook, vous saurez :
#
# * tenir un classement à jour pendant que les résultats arrivent ;
# * lire une tête de classement, un rang, une tranche de scores ;
# * additionner plusieurs classements ;
# * faire d'une date un score : échéances et files à priorité ;
# * compter des visiteurs distincts sans les garder tous (HyperLogLog, bitmaps).

# %% [markdown]
# ## 1. Un classement qui bouge
#
# « Les dix vidéos du moment. » Avec une base ordinaire, chaque affichage trie la table. Avec un
# **ensemble trié** (*sorted set*), le classement **est** la structure : chaque membre porte un
# score, et le serveur range les membres à mesure qu'on les change. Ajouter un membre, ou trouver
# son rang parmi un million, demande quelques dizaines de comparaisons.

# %%
import matplotlib.pyplot as plt

from lab import datasets, workspace

r = workspace.redis()


def effacer(prefixe):
    """Supprime les clés qui commencent par ce préfixe, et elles seules."""
    for cle in r.scan_iter(f"{prefixe}*"):
        r.delete(cle)


effacer("redis02:")

r.zadd("redis02:essai", {"Ada": 12, "Blaise": 7, "Chloé": 30})
r.zincrby("redis02:essai", 20, "Blaise")  # Blaise marque 20 points
print("du dernier au premier :", r.zrange("redis02:essai", 0, -1))
print("du premier au dernier :", r.zrange("redis02:essai", 0, -1, desc=True, withscores=True))
print("rang de Blaise        :", r.zrevrank("redis02:essai", "Blaise"), "(0 : premier)")

# %% [markdown]
# Le score est un nombre à virgule ; l'ordre naturel est **croissant**. Pour un palmarès, demandez
# `desc=True` (ou `zrevrank` pour un rang).

# %% [markdown]
# ## 2. Le palmarès des vidéos
#
# Le jeu `vues` relève chaque jour à midi les vidéos en tendance. Attention à ce que dit un relevé :
# `vues` y est un compteur **cumulé** depuis la publication.

# %%
vues = datasets.load("vues")
vues[:2]

# %% [markdown]
# Le nombre de vues d'une vidéo est donc son **dernier** cumul, c'est-à-dire le plus grand. Avec
# `gt=True` (*greater than*), `zadd` ne change un score que pour l'augmenter : les relevés peuvent
# arriver dans le désordre, ou deux fois, le résultat est le même. On dit l'opération *idempotente*,
# et c'est une vertu quand un robot recommence.

# %%
with r.pipeline() as envoi:
    for releve in vues:
        envoi.zadd("redis02:videos", {releve["video"]: releve["vues"]}, gt=True)
    envoi.execute()

print(r.zcard("redis02:videos"), "vidéos")
palmares = r.zrange("redis02:videos", 0, 9, desc=True, withscores=True)
for rang, (video, score) in enumerate(palmares, 1):
    print(f"{rang:2}. {video}  {score:>12,.0f} vues".replace(",", " "))

# %%
figure, axe = plt.subplots(figsize=(7, 3))
noms = [video for video, _ in palmares][::-1]
axe.barh(noms, [score / 1e6 for _, score in palmares][::-1], color="#2563eb")
axe.set_xlabel("vues, en millions")
axe.set_title("Les dix vidéos les plus vues")
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# **Piège.** Additionner des cumuls (`zincrby` avec `releve["vues"]`) compte la première journée
# autant de fois qu'il y a de relevés. Le résultat a l'air plausible, et il est faux. Avant
# d'additionner, demandez-vous toujours si la mesure est un **stock** ou un **flux**.

# %% [markdown]
# ## 3. Tranches, rangs et bornes
#
# On lit un ensemble trié par **rang** (les dix premiers) ou par **score** (entre 1 et 2 millions).
# Pour les scores, une parenthèse exclut la borne, et `-inf`/`+inf` veulent dire « sans limite ».

# %%
print("un million et plus     :", r.zcount("redis02:videos", 1_000_000, "+inf"))
print("plus d'un million      :", r.zcount("redis02:videos", "(1000000", "+inf"))
print("moins de 10 000        :", r.zcount("redis02:videos", "-inf", "(10000"))

tranche = r.zrange(
    "redis02:videos", 2_000_000, 1_500_000, desc=True, byscore=True, offset=0, num=3, withscores=True
)
print("entre 1,5 et 2 millions :", tranche)

# %% [markdown]
# À égalité de score, les membres sont rangés par **ordre alphabétique**, et à rebours avec
# `desc=True` : ci-dessous, Yann passe avant Ada. Aucune commande ne dit
# « premier ex æquo » : si cela compte pour vous, comptez ceux dont le score est strictement
# supérieur.

# %%
r.zadd("redis02:course", {"Nadia": 42, "Yann": 40, "Ada": 40, "Zoé": 31})
print(r.zrange("redis02:course", 0, -1, desc=True, withscores=True))


def place(cle, membre):
    """La place au sens du sport : les ex æquo ont la même."""
    return 1 + r.zcount(cle, f"({r.zscore(cle, membre)}", "+inf")


for nom in ("Nadia", "Yann", "Ada", "Zoé"):
    print(f"{nom:6} rang {r.zrevrank('redis02:course', nom)}, place {place('redis02:course', nom)}")

# %% [markdown]
# ## 4. Additionner des classements
#
# Pour un palmarès « de la semaine », faut-il tout recompter ? Non : on tient un ensemble trié **par
# jour**, et on les réunit à la demande. Les points d'une vidéo, un jour donné, sont d'autant plus
# nombreux que son rang est bon : 200 pour le premier, 1 pour le deux-centième.

# %%
with r.pipeline() as envoi:
    for releve in vues:
        cle = f"redis02:jour:{releve['date']:%Y-%m-%d}"
        envoi.zadd(cle, {releve["video"]: 201 - releve["rang"]})
    envoi.execute()

week_end = ["redis02:jour:2026-05-02", "redis02:jour:2026-05-03"]
r.zunionstore("redis02:weekend", week_end)  # additionne les scores
r.expire("redis02:weekend", 3600)  # se recalcule facilement : inutile de le garder
print(r.zrange("redis02:weekend", 0, 2, desc=True, withscores=True))

# %% [markdown]
# `aggregate="MAX"` garderait le meilleur jour ; un dictionnaire `{clé: poids}` donnerait plus
# d'importance à certains jours, par exemple aux plus récents. Suivons trois vidéos dans le temps :

# %%
from datetime import UTC, datetime, timedelta

premier_jour = datetime(2026, 5, 1, tzinfo=UTC)
jours = [premier_jour + timedelta(days=n) for n in range(12)]
figure, axe = plt.subplots(figsize=(7, 3))
for video in r.zrange("redis02:weekend", 0, 2, desc=True):
    with r.pipeline() as envoi:
        for jour in jours:
            envoi.zscore(f"redis02:jour:{jour:%Y-%m-%d}", video)
        points = [float("nan") if score is None else score for score in envoi.execute()]
    axe.plot([jour.day for jour in jours], points, marker="o", label=video)
axe.set_xlabel("jour de mai 2026")
axe.set_ylabel("points")
axe.legend(frameon=False)
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## 5. Une date est un score
#
# Mettez une **date** (en secondes) comme score, et l'ensemble trié devient un agenda : « qu'y
# a-t-il à faire avant maintenant ? » C'est ainsi qu'un robot poli attend : il inscrit la prochaine
# visite d'un site à *maintenant + délai*, et ne prend que ce qui est échu.

# %%
midi = datetime(2026, 9, 15, 12, tzinfo=UTC).timestamp()
r.zadd(
    "redis02:agenda",
    {"/gazette/": midi, "/boutique/": midi + 60, "/gazette/rss.xml": midi - 30},
)
echus = r.zrange("redis02:agenda", "-inf", midi, byscore=True, withscores=True)
print("à visiter à midi :", [(page, int(quand - midi)) for page, quand in echus])

# %% [markdown]
# `zpopmin` retire et rend le plus petit score en une commande : parfait pour une file à
# **priorité**. Mais il prend le plus petit même s'il n'est pas échu ; l'exercice redis-10 vous
# demandera mieux.
#
# Un moyen simple de prendre sans se battre : regarder, puis **retirer**. `zrem` rend le nombre de
# membres retirés : si c'est 0, un autre robot a été plus rapide, et il faut recommencer.

# %%
candidat = r.zrange("redis02:agenda", 0, 0)[0]
print("je retire", candidat, ":", r.zrem("redis02:agenda", candidat))
print("un autre essaie      :", r.zrem("redis02:agenda", candidat))

# %% [markdown]
# ## 6. Compter sans tout garder
#
# Combien de **lecteurs différents** aujourd'hui ? Un ensemble répond exactement, mais garde chaque
# identifiant : dix millions de lecteurs, des centaines de mégaoctets. Un **HyperLogLog** répond à
# 1 % près environ, avec 12 kilooctets au plus, quel que soit le nombre. L'idée : il ne retient pas les
# valeurs, mais les plus longues suites de zéros de leurs empreintes ; en voir une de vingt zéros
# suppose d'en avoir tiré environ un million.

# %%
tailles, erreurs = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000], []
fait = 0
for taille in tailles:
    nouveaux = [f"lecteur-{n}" for n in range(fait, taille)]
    r.pfadd("redis02:lecteurs:hll", *nouveaux)
    r.sadd("redis02:lecteurs:set", *nouveaux)
    fait = taille
    erreurs.append(100 * (r.pfcount("redis02:lecteurs:hll") / taille - 1))

print("exact   :", r.scard("redis02:lecteurs:set"))
print("estimé  :", r.pfcount("redis02:lecteurs:hll"))
grand, petit = (r.memory_usage(f"redis02:lecteurs:{sorte}", samples=0) for sorte in ("set", "hll"))
print("mémoire : plus de cent fois moins pour l'HyperLogLog :", grand > 100 * petit)

# %%
figure, axe = plt.subplots(figsize=(7, 2.6))
axe.axhspan(-0.81, 0.81, color="#e5e7eb", label="erreur type annoncée : ± 0,81 %")
axe.semilogx(tailles, erreurs, marker="o", color="#b45309")
axe.set_xlabel("lecteurs distincts")
axe.set_ylabel("erreur (%)")
axe.legend(frameon=False)
axe.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# `pfmerge` réunit des HyperLogLogs : les lecteurs distincts de la semaine se calculent avec ceux
# des sept jours, sans compter deux fois les fidèles.
#
# Si les identifiants sont de petits entiers, un **bitmap** est exact et minuscule : un bit par
# identifiant. L'article nº 885 a-t-il été archivé ? Bit 885.

# %%
for numero in (1, 7, 885, 1000):
    r.setbit("redis02:archives", numero, 1)
print("885 archivé ?", bool(r.getbit("redis02:archives", 885)))
print("886 archivé ?", bool(r.getbit("redis02:archives", 886)))
print(r.bitcount("redis02:archives"), "archivés, en", r.strlen("redis02:archives"), "octets")

# %% [markdown]
# ## 7. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice redis-06** ★ Le palmarès des **chaînes** : le nombre de vues d'une chaîne est la somme
# des vues de ses vidéos (le dernier cumul de chacune). Donnez les 5 premières, de la plus vue à la
# moins vue : une liste de couples `(chaîne, vues)`.

# %% exercise="redis-06"
# >>> solution
chaine_de = {releve["video"]: releve["chaine"] for releve in vues}
r.delete("redis02:chaines")
with r.pipeline() as envoi:
    for video, score in r.zrange("redis02:videos", 0, -1, withscores=True):
        envoi.zincrby("redis02:chaines", score, chaine_de[video])
    envoi.execute()
reponse = r.zrange("redis02:chaines", 0, 4, desc=True, withscores=True)
# <<< solution
check("redis-06", reponse)

# %% wrong="redis-06"
r.delete("redis02:chaines")
with r.pipeline() as envoi:
    for releve in vues:
        envoi.zincrby("redis02:chaines", releve["vues"], releve["chaine"])  # somme de cumuls
    envoi.execute()
reponse = r.zrange("redis02:chaines", 0, 4, desc=True, withscores=True)

# %% wrong="redis-06"
reponse = r.zrange("redis02:chaines", 0, 4, withscores=True)  # les moins vues

# %% [markdown]
# **Exercice redis-07** ★ Chargez les films (`datasets.load("films")`, identifiant `_id`) dans un
# ensemble trié selon leur `note`. Combien ont une note d'au moins 7 et **strictement** inférieure
# à 8 ?

# %% exercise="redis-07"
# >>> solution
films = datasets.load("films")
r.zadd("redis02:films", {film["_id"]: film["note"] for film in films})
reponse = r.zcount("redis02:films", 7, "(8")
# <<< solution
check("redis-07", reponse)

# %% wrong="redis-07"
reponse = r.zcount("redis02:films", 7, 8)

# %% wrong="redis-07"
reponse = r.zcount("redis02:films", "(7", "(8")

# %% [markdown]
# **Exercice redis-08** ★★ « Et moi, où suis-je ? » Écrivez `autour(r, cle, membre, n)` qui rend les
# membres qui entourent `membre` dans le palmarès (meilleur score d'abord) : au plus `n` avant, lui,
# au plus `n` après. Si le membre n'est pas classé, rendez une liste vide.

# %% exercise="redis-08"
# >>> solution
#: def autour(r, cle, membre, n): ...
def autour(r, cle, membre, n):
    rang = r.zrevrank(cle, membre)
    if rang is None:
        return []
    return r.zrange(cle, max(0, rang - n), rang + n, desc=True)


# <<< solution
check("redis-08", autour)

# %% wrong="redis-08"
def autour(r, cle, membre, n):
    rang = r.zrevrank(cle, membre)
    if not rang:  # 0 est un rang : le premier est oublié
        return []
    return r.zrange(cle, max(0, rang - n), rang + n, desc=True)


# %% wrong="redis-08"
def autour(r, cle, membre, n):
    rang = r.zrevrank(cle, membre)
    if rang is None:
        return []
    return r.zrange(cle, rang - n, rang + n, desc=True)  # un début négatif compte depuis la fin


# %% [markdown]
# **Exercice redis-09** ★★ Avec les ensembles `redis02:jour:…` de la section 4, donnez les 3 vidéos
# qui ont le plus de points sur la semaine du **lundi 1er au dimanche 7 juin 2026**, la meilleure
# d'abord (leurs identifiants seulement).

# %% exercise="redis-09"
# >>> solution
semaine = [f"redis02:jour:2026-06-{jour:02d}" for jour in range(1, 8)]
r.zunionstore("redis02:semaine", semaine)
reponse = r.zrange("redis02:semaine", 0, 2, desc=True)
# <<< solution
check("redis-09", reponse)

# %% wrong="redis-09"
r.zunionstore("redis02:semaine", semaine, aggregate="MAX")  # le meilleur jour seulement
reponse = r.zrange("redis02:semaine", 0, 2, desc=True)

# %% wrong="redis-09"
r.zunionstore("redis02:semaine", semaine)
reponse = r.zrange("redis02:semaine", 0, 2)

# %% [markdown]
# **Exercice redis-10** ★★★ Écrivez `prendre(r, cle, maintenant)` pour un agenda comme celui de la
# section 5 : elle **retire** et rend la page échue (score ≤ `maintenant`) qui attend depuis le plus
# longtemps, ou `None` si rien n'est échu. Plusieurs robots l'appellent : deux ne doivent jamais
# recevoir la même page, et si l'on vous souffle une page, vous prenez la suivante.

# %% exercise="redis-10"
# >>> solution
#: def prendre(r, cle, maintenant): ...
def prendre(r, cle, maintenant):
    while True:
        echus = r.zrange(cle, "-inf", maintenant, byscore=True, offset=0, num=1)
        if not echus:
            return None
        if r.zrem(cle, echus[0]):  # 0 : un autre l'a eue
            return echus[0]


# <<< solution
check("redis-10", prendre)

# %% wrong="redis-10"
def prendre(r, cle, maintenant):
    pris = r.zpopmin(cle)  # échu ou non
    return pris[0][0] if pris else None


# %% wrong="redis-10"
def prendre(r, cle, maintenant):
    echus = r.zrange(cle, "-inf", maintenant, byscore=True, offset=0, num=1)
    if not echus:
        return None
    r.zrem(cle, echus[0])  # sans regarder si c'est bien nous qui l'avons retirée
    return echus[0]


# %% [markdown]
# ## À retenir
#
# * Un ensemble trié tient un **classement** à jour : `zadd`, `zincrby`, puis `zrange(desc=True)` et
#   `zrevrank`.
# * `zadd(gt=True)` rend l'écriture **idempotente** pour un cumul ; n'additionnez jamais des cumuls.
# * Par score : `byscore=True`, `"(8"` exclut, `"-inf"` et `"+inf"` n'arrêtent pas.
# * Un classement par jour, réunis par `zunionstore`, donne la semaine sans recompter.
# * Une date comme score fait un **agenda** ; on prend une tâche quand `zrem` rend 1.
# * Distincts à 1 % près en 12 Kio : `pfadd`, `pfcount`. Petits entiers : `setbit`, `bitcount`.
