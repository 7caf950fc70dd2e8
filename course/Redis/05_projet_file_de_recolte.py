# %% [markdown]
# # Projet : une file de récolte à plusieurs
#
# **Durée** : 60 minutes. **Prérequis** : les quatre premiers notebooks du chapitre ; l'introduction
# à BeautifulSoup.
#
# À la fin de ce notebook, vous saurez :
#
# * assembler un ensemble, un stream, un débit et un classement en un vrai système ;
# * faire travailler trois robots ensemble, sans page oubliée ni faite deux fois ;
# * survivre à la mort de l'un d'eux ;
# * vérifier qu'une récolte est complète, plutôt que de le supposer.

# %% [markdown]
# ## 1. Le plan
#
# Nous voulons les 80 articles de sport les plus récents de la Gazette, et le palmarès de leurs
# étiquettes. Trois robots se partagent le travail :
#
# ```mermaid
# flowchart LR
#     D[adresses découvertes] --> V{déjà vue ?<br/>ensemble}
#     V -- nouvelle --> S[[stream redis05:pages]]
#     S --> A[robot ada]
#     S --> B[robot blaise]
#     S --> C[robot chloe]
#     A & B & C -->|liens trouvés| D
#     A & B & C --> H[(articles<br/>hash)]
#     A & B & C --> Z[(étiquettes<br/>ensemble trié)]
#     L[débit commun] -.-> A & B & C
# ```
#
# | clé | structure | rôle |
# |---|---|---|
# | `redis05:vues` | ensemble | adresses déjà découvertes |
# | `redis05:pages` | stream, groupe `robots` | travail à faire, et qui le tient |
# | `redis05:articles` | hash | adresse → titre |
# | `redis05:etiquettes` | ensemble trié | étiquette → nombre d'articles |
# | `redis05:debit:…` | compteurs | au plus 100 pages par seconde, à tous |

# %%
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import matplotlib.pyplot as plt
import requests
from bs4 import BeautifulSoup

from lab import workspace
from lab.exercises import check

r = workspace.redis()
SITE = workspace.practice_url()
VUES, PAGES, GROUPE = "redis05:vues", "redis05:pages", "robots"
ARTICLES, ETIQUETTES = "redis05:articles", "redis05:etiquettes"


def effacer(prefixe):
    """Supprime les clés qui commencent par ce préfixe, et elles seules."""
    for cle in r.scan_iter(f"{prefixe}*"):
        r.delete(cle)


effacer("redis05:")

# %% [markdown]
# ## 2. Une seule adresse par page
#
# Avant de demander « déjà vue ? », il faut que deux adresses de la même page s'écrivent pareil.
# Sinon l'ensemble ne voit pas le doublon, et la page est visitée dix fois.
#
# **Exercice redis-21** ★ Écrivez `normaliser(page, lien)` où `page` est l'adresse (complète) de la
# page où l'on a trouvé `lien`. Elle rend l'adresse complète du lien, **sans fragment** et **sans
# les paramètres `utm_…`** (les mouchards des lettres d'information), les autres paramètres gardant
# leur ordre. Si le lien mène à un autre hôte, ou n'est pas du HTTP (`mailto:`…), elle rend `None`.
# (`urljoin`, `urlsplit`, `parse_qsl` et `urlencode` sont déjà importées.)

# %% exercise="redis-21"
# >>> solution
#: def normaliser(page, lien): ...
def normaliser(page, lien):
    morceaux = urlsplit(urljoin(page, lien))
    if morceaux.scheme not in ("http", "https") or morceaux.netloc != urlsplit(page).netloc:
        return None
    gardes = [(nom, valeur) for nom, valeur in parse_qsl(morceaux.query)
              if not nom.startswith("utm_")]  # fmt: skip
    return morceaux._replace(query=urlencode(gardes), fragment="").geturl()


# <<< solution
check("redis-21", normaliser)

# %% wrong="redis-21"
def normaliser(page, lien):
    return urljoin(page, lien).partition("#")[0]


# %% wrong="redis-21"
def normaliser(page, lien):
    morceaux = urlsplit(urljoin(page, lien))
    if morceaux.netloc != urlsplit(page).netloc:
        return None
    return morceaux._replace(query="", fragment="").geturl()  # ?page=2 est perdu


# %% [markdown]
# ## 3. Découvrir sans perdre
#
# Une adresse nouvelle doit être **marquée** comme vue et **mise** dans le stream. Si le robot meurt
# entre les deux, elle est marquée mais jamais visitée : perdue pour toujours, en silence. Les deux
# doivent se faire d'un seul tenant, et la seconde dépend de la réponse de la première.
#
# **Exercice redis-22** ★★ Écrivez `decouvrir(r, vues, pages, adresses)` qui, pour chaque adresse
# absente de l'ensemble `vues`, l'y ajoute et écrit `{"url": adresse}` dans le stream `pages`, de
# façon **indivisible**. Elle rend le nombre d'adresses nouvelles.

# %% exercise="redis-22"
# >>> solution
#: def decouvrir(r, vues, pages, adresses): ...
DECOUVRIR = """
local nouvelles = 0
for _, adresse in ipairs(ARGV) do
    if redis.call('SADD', KEYS[1], adresse) == 1 then
        redis.call('XADD', KEYS[2], '*', 'url', adresse)
        nouvelles = nouvelles + 1
    end
end
return nouvelles
"""


def decouvrir(r, vues, pages, adresses):
    return r.eval(DECOUVRIR, 2, vues, pages, *adresses)


# <<< solution
check("redis-22", decouvrir)

# %% wrong="redis-22"
def decouvrir(r, vues, pages, adresses):
    nouvelles = [adresse for adresse in adresses if r.sadd(vues, adresse)]
    for adresse in nouvelles:  # mourir ici perd les adresses
        r.xadd(pages, {"url": adresse})
    return len(nouvelles)


# %% wrong="redis-22"
def decouvrir(r, vues, pages, adresses):
    with r.pipeline() as envoi:  # indivisible, mais n'attend pas la réponse de sadd
        for adresse in adresses:
            envoi.sadd(vues, adresse)
            envoi.xadd(pages, {"url": adresse})
        return sum(1 for reponse in envoi.execute() if reponse == 1)


# %% [markdown]
# ## 4. Les outils des robots
#
# Le reste est fourni. Lisez-le : chaque fonction reprend une idée du chapitre.


# %%
def attendre_mon_tour():
    """Au plus 100 pages par seconde, tous robots réunis (fenêtre fixe)."""
    while True:
        cle = f"redis05:debit:{int(time.time())}"
        with r.pipeline() as envoi:
            envoi.incr(cle)
            envoi.expire(cle, 5)
            passages, _ = envoi.execute()
        if passages <= 100:
            return
        time.sleep(0.05)


def lire_liste(adresse, soupe):
    """Les liens d'une page de la rubrique : ses articles, et la page suivante (jusqu'à la 4e)."""
    liens = [lien["href"] for lien in soupe.select(".carte .titre a, article .titre a")]
    suivante = soupe.select_one('a[rel="next"]')
    if suivante and "page=5" not in suivante["href"]:
        liens.append(suivante["href"])
    decouvrir(r, VUES, PAGES, [urljoin(adresse, lien) for lien in liens])


def lire_article(adresse, soupe):
    """Range le titre, et compte un article à chaque étiquette, une seule fois par article."""
    fiche = json.loads(soupe.select_one('script[type="application/ld+json"]').string)
    # hset rend 1 si le champ est nouveau : un article relu ne compte pas deux fois.
    if r.hset(ARTICLES, urlsplit(adresse).path, fiche["headline"]):
        for etiquette in fiche["keywords"]:
            r.zincrby(ETIQUETTES, 1, etiquette)


def visiter(message):
    """Télécharge la page d'un message du stream, et en tire ce qu'il faut."""
    adresse = message["url"]
    attendre_mon_tour()
    reponse = requests.get(adresse, timeout=10)
    reponse.raise_for_status()
    soupe = BeautifulSoup(reponse.text, "html.parser")
    lire = lire_liste if "/rubrique/" in adresse else lire_article
    lire(adresse, soupe)


# %% [markdown]
# `equipe` remet tout à zéro, sème la première page, fait **mourir** un robot (« fantome » prend la
# première page et n'en accuse jamais réception), puis lance votre fonction `robot` dans trois fils
# d'exécution.


# %%
def fini():
    """Vrai quand plus rien n'attend : ni message jamais donné, ni message en souffrance."""
    (groupe,) = r.xinfo_groups(PAGES)
    return groupe["lag"] == 0 and groupe["pending"] == 0


def equipe(robot):
    """Remet tout à zéro, puis fait travailler trois robots ; dit combien de pages sont faites."""
    effacer("redis05:")
    premiere = f"{SITE}/gazette/rubrique/sport/"
    r.sadd(VUES, premiere)
    r.xadd(PAGES, {"url": premiere})
    r.xgroup_create(PAGES, GROUPE, id="0")
    r.xreadgroup(GROUPE, "fantome", {PAGES: ">"}, count=1)  # et il meurt
    with ThreadPoolExecutor(3) as fils:
        list(fils.map(robot, ["ada", "blaise", "chloe"]))
    print(r.xlen(PAGES), "pages découvertes,", r.hlen(ARTICLES), "articles rangés")
    print("tout est fini :", fini())


# %% [markdown]
# ## 5. Le robot
#
# **Exercice redis-23** ★★★ Écrivez `robot(nom)`. Tant que ce n'est pas `fini()` :
#
# 1. il reprend ce qui est en souffrance depuis plus de 300 ms (un robot est mort ; le délai est
#    court pour ne pas vous faire attendre, et une page faite deux fois ne compte qu'une fois) ;
# 2. à défaut, il prend au plus 2 messages nouveaux, en attendant au plus 100 ms ;
# 3. il visite chaque message (`visiter(message)`), puis en accuse réception.
#
# Les 80 articles doivent être rangés, et rien ne doit rester en souffrance. Tout se passe dans les
# clés du tableau (`PAGES`, `GROUPE`…) : c'est elles qui sont vérifiées.

# %% exercise="redis-23"
# >>> solution
#: def robot(nom): ...
def robot(nom):
    while not fini():
        _, messages, _ = r.xautoclaim(PAGES, GROUPE, nom, min_idle_time=300, count=2)
        if not messages:
            recu = r.xreadgroup(GROUPE, nom, {PAGES: ">"}, count=2, block=100)
            messages = recu[0][1] if recu else []
        for identifiant, message in messages:
            visiter(message)
            r.xack(PAGES, GROUPE, identifiant)


# <<< solution
equipe(robot)
check("redis-23")

# %% wrong="redis-23"
def robot(nom):
    while True:
        recu = r.xreadgroup(GROUPE, nom, {PAGES: ">"}, count=2, block=100)
        if not recu:
            return  # et la page que tenait le mort ?
        for identifiant, message in recu[0][1]:
            visiter(message)
            r.xack(PAGES, GROUPE, identifiant)


equipe(robot)

# %% wrong="redis-23"
def robot(nom):
    vides = 0
    while vides < 5:
        _, messages, _ = r.xautoclaim(PAGES, GROUPE, nom, min_idle_time=300, count=2)
        if not messages:
            recu = r.xreadgroup(GROUPE, nom, {PAGES: ">"}, count=2, block=100)
            messages = recu[0][1] if recu else []
        vides = 0 if messages else vides + 1
        for identifiant, message in messages:
            if "/rubrique/" in message["url"]:  # les articles sont accusés sans être visités
                visiter(message)
            r.xack(PAGES, GROUPE, identifiant)


equipe(robot)

# %% [markdown]
# ## 6. Le palmarès
#
# **Exercice redis-24** ★ Les étiquettes portées par au moins **12** de ces articles : une liste de couples
# `(étiquette, nombre)`, de la plus fréquente à la moins fréquente, où les nombres sont des entiers.

# %% exercise="redis-24"
# >>> solution
frequentes = r.zrange(ETIQUETTES, "+inf", 12, desc=True, byscore=True, withscores=True)
reponse = [(etiquette, int(nombre)) for etiquette, nombre in frequentes]
# <<< solution
check("redis-24", reponse)

# %% wrong="redis-24"
frequentes = r.zrange(ETIQUETTES, "+inf", "(12", desc=True, byscore=True, withscores=True)
reponse = [(etiquette, int(nombre)) for etiquette, nombre in frequentes]  # plus de 12

# %% wrong="redis-24"
frequentes = r.zrange(ETIQUETTES, 12, "+inf", byscore=True, withscores=True)  # croissant
reponse = [(etiquette, int(nombre)) for etiquette, nombre in frequentes]

# %% wrong="redis-24"
reponse = r.zrange(ETIQUETTES, "+inf", 12, desc=True, byscore=True, withscores=True)  # à virgule

# %%
palmares = r.zrange(ETIQUETTES, 0, 9, desc=True, withscores=True)
if palmares:
    figure, axe = plt.subplots(figsize=(7, 3))
    axe.barh([nom for nom, _ in palmares][::-1], [n for _, n in palmares][::-1], color="#2563eb")
    axe.set_xlabel("articles de sport, parmi les 80 derniers")
    axe.spines[["top", "right"]].set_visible(False)
    plt.show()
else:
    print("Rien à dessiner : le palmarès est vide tant que la récolte n'est pas faite.")

# %% [markdown]
# ## Pour aller plus loin
#
# * Tuez vraiment un robot : lancez `robot` dans un autre notebook, et arrêtez son noyau en pleine
#   récolte. Rien ne doit manquer à la fin.
# * Donnez à `visiter` une page qui n'existe pas, et écartez-la au bout de trois essais (redis-20).
# * `lire_article` garde une faille : un robot qui meurt entre `hset` et le dernier `zincrby` laisse un
#   article rangé dont les étiquettes ne sont pas toutes comptées. Fermez-la, comme dans `decouvrir`.
# * Le chapitre *Scrapy* fait la même chose en grand : plusieurs `spiders` sur une frontière partagée.
#
# ## À retenir
#
# * Une récolte à plusieurs tient en quatre structures : **vues** (ensemble), **travail** (stream),
#   **débit** (compteurs), **résultats** (hash, classement).
# * Normaliser les adresses **avant** de dédoublonner.
# * Marquer et mettre en file d'un seul tenant, accuser réception à la fin, compter de façon
#   idempotente : c'est ainsi qu'on ne perd rien et qu'on ne compte rien deux fois.
# * « Fini » se **vérifie** : retard nul, et rien en souffrance.
