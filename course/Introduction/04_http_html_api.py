# %% [markdown]
# # HTTP, HTML et API : lire le web avec `requests`
#
# **Durée** : 60 minutes. **Prérequis** : le notebook *Python, remis en jambes*.
#
# À la fin de ce notebook, vous saurez :
#
# * lire une réponse HTTP : son code, ses en-têtes, son corps, son encodage ;
# * extraire d'une page HTML ce qu'elle dit, avec BeautifulSoup ou son JSON-LD ;
# * parcourir une API JSON page après page, et en faire un tableau ;
# * garder une session ouverte, et remplir un formulaire de connexion ;
# * réessayer ce qui peut l'être, renoncer au reste, et ne gêner personne.

# %% [markdown]
# ## 1. Une question, une réponse
#
# HTTP tient en une phrase : le client envoie **une requête**, le serveur renvoie **une réponse**, et
# il oublie tout. Un navigateur, un spider et une API parlent tous ce langage ; le comprendre évite
# l'essentiel des heures perdues à scraper.
#
# ```mermaid
# sequenceDiagram
#     participant C as votre programme
#     participant S as le serveur
#     C->>S: GET /boutique/categorie/jardin/?page=2<br/>Host, User-Agent, Accept…
#     S->>C: 200 OK<br/>Content-Type, ETag…<br/><br/>(le corps : du HTML)
# ```
#
# Posons notre première question au web d'entraînement.

# %%
import requests

from lab import workspace

WEB = workspace.practice_url()

page = requests.get(f"{WEB}/boutique/categorie/jardin/", timeout=10)
print(page.status_code, page.reason)
for nom in ("content-type", "content-length", "etag", "cache-control"):
    print(f"{nom:15}", page.headers.get(nom))
print(page.text[:60], "…")

# %% [markdown]
# **Piège.** Sans `timeout`, un serveur muet vous fait attendre **pour toujours**, et votre programme
# de nuit n'a rien récolté au matin. Mettez-le à chaque appel.
#
# ### Les codes de statut
#
# | code | sens | que faire |
# |---|---|---|
# | 200 | voici | lire… en se méfiant : une page d'erreur est parfois servie avec 200 |
# | 301, 302, 307, 308 | c'est ailleurs | `requests` suit ; `page.history` le raconte |
# | 304 | rien de neuf depuis votre dernière visite | garder sa copie |
# | 401, 403 | il faut s'identifier ; c'est interdit | ne pas insister |
# | 404, 410 | introuvable ; retiré pour de bon | noter, et passer |
# | 429 | vous allez trop vite | attendre ce que dit `Retry-After` |
# | 500, 502, 503 | le serveur va mal | réessayer plus tard, peu de fois |
#
# Le web d'entraînement sait tomber en panne sur demande :

# %%
for panne in ("introuvable-404", "panne-500", "rebonds"):
    reponse_http = requests.get(f"{WEB}/pannes/{panne}/", timeout=10)
    rebonds = [etape.status_code for etape in reponse_http.history]
    print(f"{panne:16}", reponse_http.status_code, "après", rebonds if rebonds else "aucun rebond")

# %% [markdown]
# **Piège.** `requests.get` ne lève **aucune** exception sur un 404 ou un 500 : la page d'erreur
# serait analysée comme une vraie. `raise_for_status()` transforme 4xx et 5xx en exception.

# %%
try:
    requests.get(f"{WEB}/pannes/introuvable-404/", timeout=10).raise_for_status()
except requests.HTTPError as erreur:
    print(type(erreur).__name__, ":", erreur.response.status_code)

# %% [markdown]
# ### Les paramètres
#
# Ce qui suit `?` dans une adresse se donne à `params`, qui s'occupe des accents et des espaces.

# %%
essai = requests.Request("GET", "https://exemple.fr/recherche", params={"q": "café & thé", "page": 2})
print(essai.prepare().url)

# %% [markdown]
# ## 2. Du HTML à des valeurs
#
# HTML est un **arbre** de balises. BeautifulSoup le reconstruit, même mal écrit, et on y cherche
# avec des **sélecteurs CSS** : `article.produit` (balise et classe), `.prix` (classe), `#contenu`
# (identifiant), `nav a[rel=next]` (un lien dans `nav`, avec cet attribut).

# %%
from urllib.parse import urljoin

from bs4 import BeautifulSoup

soupe = BeautifulSoup(page.content, "lxml")
cartes = soupe.select("article.produit")
print(len(cartes), "cartes ; la première :")
print(cartes[0].prettify())

# %%
for carte in cartes[:4]:
    lien = carte.select_one("h2 a")
    print(carte.select_one(".prix").get_text(strip=True).rjust(12), lien.get_text(strip=True))

print(urljoin(page.url, lien["href"]) == WEB + lien["href"])  # un lien relatif, rendu complet

# %% [markdown]
# Trois règles pour que ce code vive plus d'une semaine :
#
# * visez **le sens** (`.prix`, `rel="next"`, `<time datetime>`), pas la position (`div > div:nth-child(3)`) ;
# * `select_one` rend `None` si rien ne correspond : une page sans prix ne doit pas tout arrêter ;
# * cherchez d'abord si la page ne donne pas ses données **déjà rangées**.
#
# Ce dernier point est souvent oublié. Pour les moteurs de recherche, beaucoup de sites joignent à
# leurs pages un résumé en **JSON-LD**, dans une balise `script` :

# %%
import json

fiche_html = requests.get(urljoin(page.url, cartes[0].select_one("h2 a")["href"]), timeout=10)
script = BeautifulSoup(fiche_html.content, "lxml").select_one("script[type='application/ld+json']")
produit = json.loads(script.string)
print(produit["@type"], ":", produit["name"])
print(produit["offers"]["price"], produit["offers"]["priceCurrency"], produit["brand"]["name"])

# %% [markdown]
# Un prix en `"88.95"`, une disponibilité normalisée : plus rien à nettoyer, et la mise en page peut
# changer sans rien casser.

# %% [markdown]
# ## 3. Une API : les données sans la mise en page
#
# Une API JSON rend directement des objets. Comme une liste peut être longue, elle vient **par
# pages** : la réponse dit où est la suivante.

# %%
premiere = requests.get(f"{WEB}/api/products", params={"per_page": 50}, timeout=10).json()
print({cle: valeur for cle, valeur in premiere.items() if cle in ("page", "pages", "total")})
print("suivante :", premiere["next"].removeprefix(WEB))
print(len(premiere["items"]), "produits ; champs du premier :")
print(*premiere["items"][0])

# %% [markdown]
# Compter les pages soi-même est fragile : leur nombre change, et certaines API n'ont pas de numéros.
# Suivre l'adresse que donne la réponse marche toujours. Un générateur le dit bien (vous en écrirez un dans les
# exercices) ; ici, en ligne :

# %%
import pandas as pd

produits, adresse = [], f"{WEB}/api/products?per_page=100"
while adresse:
    donnees = requests.get(adresse, timeout=10).json()
    produits += donnees["items"]
    adresse = donnees["next"]

tableau = pd.DataFrame(produits)[["id", "name", "category", "brand", "price", "availability"]]
print(len(tableau), "produits")
tableau.head(3)

# %% [markdown]
# Un coup d'œil avant tout calcul. Les prix vont de 3 € à plus de 3 000 € : l'échelle est donc
# logarithmique.

# %%
import matplotlib.pyplot as plt

ordre = tableau.groupby("category")["price"].median().sort_values().index
fig, ax = plt.subplots(figsize=(7, 3.8))
ax.boxplot(
    [tableau.loc[tableau["category"] == nom, "price"].dropna() for nom in ordre],
    orientation="horizontal", tick_labels=list(ordre), medianprops={"color": "#c0392b"},
)  # fmt: skip
ax.set_xscale("log")
ax.set_xlabel("prix, en euros (échelle logarithmique)")
ax.set_title("Les prix de la boutique, par catégorie", loc="left")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ### Ne pas redemander ce qui n'a pas changé
#
# L'en-tête `ETag` est l'empreinte d'une page. Rendue au serveur dans `If-None-Match`, elle lui permet
# de répondre « rien de neuf » : code 304, corps vide. Un spider qui repasse chaque nuit économise
# ainsi presque tout son trafic.

# %%
revue = requests.get(page.url, headers={"If-None-Match": page.headers["etag"]}, timeout=10)
print(revue.status_code, len(revue.content), "octets, au lieu de", len(page.content))

# %% [markdown]
# ## 4. Une session : la mémoire du client
#
# HTTP n'a pas de mémoire ; les **cookies** lui en font une. Le serveur donne un jeton
# (`Set-Cookie`), le client le renvoie à chaque requête. `requests.Session` s'en charge, garde la
# connexion ouverte (plus rapide) et envoie vos en-têtes à chaque fois.
#
# Exemple complet : le fonds ancien de la bibliothèque demande de se connecter. Son formulaire cache
# un **jeton CSRF**, qui prouve qu'on a bien chargé la page avant de l'envoyer.

# %%
with requests.Session() as session:
    session.headers["User-Agent"] = "lab-etudiant (exercice du cours)"
    formulaire = session.get(f"{WEB}/bibliotheque/connexion", timeout=10)
    jeton = BeautifulSoup(formulaire.content, "lxml").select_one("input[name=jeton]")["value"]

    sans_jeton = session.post(
        f"{WEB}/bibliotheque/connexion",
        data={"identifiant": "lectrice", "mot_de_passe": "phare-1926"},
        timeout=10,
    )
    print("sans le jeton :", sans_jeton.status_code)

    entree = session.post(
        f"{WEB}/bibliotheque/connexion",
        data={"jeton": jeton, "identifiant": "lectrice", "mot_de_passe": "phare-1926"},
        timeout=10,
    )
    print("avec le jeton :", [e.status_code for e in entree.history], "puis", entree.status_code)
    print("cookies :", sorted(session.cookies.keys()))
    print(BeautifulSoup(entree.content, "lxml").h1.get_text(strip=True))

# %% [markdown]
# Ce mot de passe-là est affiché sur la page, pour s'exercer. Un vrai viendrait de l'environnement,
# jamais du notebook.

# %% [markdown]
# ## 5. L'encodage : des octets aux lettres
#
# Le serveur envoie des **octets**. Lesquels font un « é » ? L'en-tête `Content-Type` le dit… ou ment.
# Cette page annonce de l'UTF-8 et n'en est pas :

# %%
menteuse = requests.get(f"{WEB}/pannes/encodage-latin/", timeout=10)
print(menteuse.headers["content-type"])
print(BeautifulSoup(menteuse.text, "lxml").h1.get_text())
print(BeautifulSoup(menteuse.content, "lxml", from_encoding="cp1252").h1.get_text())

# %% [markdown]
# Le losange `\ufffd` est la trace d'un mauvais décodage, `Ã©` celle de l'erreur inverse. Réflexes :
# donner à BeautifulSoup les octets (`page.content`) plutôt que le texte, et chercher `\ufffd` dans ce
# que l'on range. Un caractère perdu ne revient pas.

# %% [markdown]
# ## 6. Erreurs passagères : réessayer, mais bien
#
# Un 404 sera encore un 404 dans une seconde. Un 503 ou un 429, sans doute pas. Bien réessayer, c'est :
# seulement ce qui peut passer, **peu de fois**, en attendant **de plus en plus**, et en obéissant à
# `Retry-After`. La bibliothèque `urllib3`, sur laquelle repose `requests`, sait le faire :

# %%
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

regle = Retry(total=3, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503))
with requests.Session() as patiente:
    patiente.mount("http://", HTTPAdapter(max_retries=regle))
    patiente.mount("https://", HTTPAdapter(max_retries=regle))
    retour = patiente.get(f"{WEB}/pannes/indisponible-503/", timeout=10)
    print(retour.status_code, "après", len(retour.raw.retries.history), "échec")
    print([echec.status for echec in retour.raw.retries.history])

# %% [markdown]
# **Piège.** Ne réessayez pas à l'aveugle un `POST` : s'il crée une commande, et que seule la
# *réponse* s'est perdue, vous en créez deux. `Retry` s'en tient par défaut aux méthodes que
# l'on peut répéter sans dommage (`GET`, `PUT`, `DELETE`…, mais pas `POST`).

# %% [markdown]
# ## 7. Poli, et dans les règles
#
# Un site n'est pas à vous. Le fichier **robots.txt** dit ce que son propriétaire accepte des robots :

# %%
from urllib.robotparser import RobotFileParser

regles_du_site = requests.get(f"{WEB}/robots.txt", timeout=10).text
robots = RobotFileParser()
robots.parse(regles_du_site.splitlines())

for agent in ("lab-etudiant", "AspirateurFou"):
    for chemin in ("/boutique/", "/boutique/panier/"):
        print(f"{agent:14} {chemin:18}", robots.can_fetch(agent, chemin))

# %% [markdown]
# Ajoutez-y : une requête à la fois et une pause entre deux ; un `User-Agent` qui dit qui vous êtes ;
# l'API quand il y en a une ; pas de données personnelles sans raison ; et les conditions
# d'utilisation, qu'on lit **avant**. Les spiders du chapitre suivant ont ces réglages d'office.

# %% [markdown]
# ## À retenir
#
# * `timeout` et `raise_for_status()` à chaque requête.
# * Avant d'analyser du HTML, chercher une API, un JSON-LD, un flux.
# * Suivre `next` plutôt que compter les pages ; une session pour les cookies et la vitesse.
# * Les octets d'abord ; `\ufffd` est une alerte.
# * Réessayer 429 et 5xx, peu, en attendant ; jamais les autres 4xx.

# %% [markdown]
# ## 8. Exercices

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice intro-15** ★ La variable `soupe` contient la première page de la catégorie Jardin.
# Donnez la liste des noms de ses produits, dans l'ordre de la page, sans blancs autour.

# %% exercise="intro-15"
# >>> solution
reponse = [titre.get_text(strip=True) for titre in soupe.select("article.produit h2")]
# <<< solution
check("intro-15", reponse)

# %% wrong="intro-15"
reponse = soupe.select("article.produit h2")  # des balises, pas des textes

# %% wrong="intro-15"
reponse = [marque.get_text(strip=True) for marque in soupe.select(".marque-produit")]

# %% wrong="intro-15"
reponse = [titre.get_text(strip=True) for titre in soupe.select("h2")][1:]

# %% [markdown]
# **Exercice intro-16** ★★ Écrivez `tous(adresse)` : un générateur (ou une fonction qui rend une
# liste) de **tous** les éléments (`items`) d'une liste de l'API, à partir de la page donnée et en
# suivant `next`. `adresse` est complète, par exemple `f"{WEB}/api/products?per_page=100"`.


# %% exercise="intro-16"
# >>> solution
#: def tous(adresse): ...
def tous(adresse):
    while adresse:
        donnees = requests.get(adresse, timeout=10).json()
        yield from donnees["items"]
        adresse = donnees["next"]
# <<< solution


check("intro-16", tous)


# %% wrong="intro-16"
def tous(adresse):  # une seule page
    return requests.get(adresse, timeout=10).json()["items"]


# %% wrong="intro-16"
def tous(adresse):  # oublie la dernière page
    donnees = requests.get(adresse, timeout=10).json()
    while donnees["next"]:
        yield from donnees["items"]
        donnees = requests.get(donnees["next"], timeout=10).json()


# %% wrong="intro-16"
def tous(adresse):  # recommence toujours à la première page
    for numero in range(1, 4):
        yield from requests.get(adresse, params={"page": numero}, timeout=10).json()["items"]


# %% [markdown]
# **Exercice intro-17** ★★ Quel est le prix moyen, en euros, des produits **en stock**
# (`availability` vaut `"InStock"`) de la catégorie `"Sport"` ? (Au centime près ; `tableau` ou l'API,
# comme vous voulez.)

# %% exercise="intro-17"
# >>> solution
choisis = tableau[(tableau["category"] == "Sport") & (tableau["availability"] == "InStock")]
reponse = choisis["price"].mean()
# <<< solution
check("intro-17", reponse)

# %% wrong="intro-17"
reponse = tableau.loc[tableau["category"] == "Sport", "price"].mean()  # épuisés compris

# %% wrong="intro-17"
reponse = tableau.loc[tableau["availability"] == "InStock", "price"].mean()

# %% wrong="intro-17"
reponse = choisis["price"].median()

# %% [markdown]
# **Exercice intro-18** ★★ Écrivez `autorise(texte, agent, chemin)` : `True` si le robot nommé `agent`
# peut demander `chemin`, d'après le `texte` d'un fichier robots.txt.


# %% exercise="intro-18"
# >>> solution
#: def autorise(texte, agent, chemin): ...
def autorise(texte, agent, chemin):
    lecteur = RobotFileParser()
    lecteur.parse(texte.splitlines())
    return lecteur.can_fetch(agent, chemin)
# <<< solution


check("intro-18", autorise)


# %% wrong="intro-18"
def autorise(texte, agent, chemin):  # ne regarde pas à quel robot la règle s'adresse
    interdits = [l.partition(":")[2].strip() for l in texte.splitlines() if l.startswith("Dis")]
    return not any(chemin.startswith(interdit) for interdit in interdits)


# %% wrong="intro-18"
def autorise(texte, agent, chemin):  # parse attend des lignes, pas un texte
    lecteur = RobotFileParser()
    lecteur.parse(texte)
    return lecteur.can_fetch(agent, chemin)


# %% wrong="intro-18"
def autorise(texte, agent, chemin):  # les règles de tous, même pour le robot banni
    lecteur = RobotFileParser()
    lecteur.parse(texte.splitlines())
    return lecteur.can_fetch("*", chemin)


# %% [markdown]
# **Exercice intro-19** ★★★ Sans `Retry`, écrivez `obtenir(adresse, essais)` : elle rend le **texte**
# de la page. Sur un 429 ou un 5xx, elle attend le nombre de secondes de `Retry-After` (0,1 s s'il n'y
# en a pas), puis recommence, avec au plus `essais` demandes en tout. Si la dernière échoue encore, ou
# sur toute autre erreur, elle lève `requests.HTTPError` (c'est ce que fait `raise_for_status()`).


# %% exercise="intro-19"
# >>> solution
#: def obtenir(adresse, essais): ...
import time


def obtenir(adresse, essais):
    for essai in range(1, essais + 1):
        reponse_http = requests.get(adresse, timeout=10)
        passagere = reponse_http.status_code == 429 or reponse_http.status_code >= 500
        if not passagere or essai == essais:
            reponse_http.raise_for_status()
            return reponse_http.text
        time.sleep(float(reponse_http.headers.get("Retry-After", 0.1)))
# <<< solution


check("intro-19", obtenir)


# %% wrong="intro-19"
def obtenir(adresse, essais):  # insiste aussi sur un 404
    for _ in range(essais):
        reponse_http = requests.get(adresse, timeout=10)
        if reponse_http.ok:
            return reponse_http.text
    reponse_http.raise_for_status()


# %% wrong="intro-19"
def obtenir(adresse, essais):  # rend la page d'erreur
    for _ in range(essais):
        reponse_http = requests.get(adresse, timeout=10)
        if reponse_http.status_code < 429:
            break
    return reponse_http.text


# %% wrong="intro-19"
def obtenir(adresse, essais):  # un essai de trop
    for _ in range(essais + 1):
        reponse_http = requests.get(adresse, timeout=10)
        if reponse_http.status_code != 429 and reponse_http.status_code < 500:
            break
    reponse_http.raise_for_status()
    return reponse_http.text


# %% wrong="intro-19"
def obtenir(adresse, essais):  # ne réessaie pas
    reponse_http = requests.get(adresse, timeout=10)
    reponse_http.raise_for_status()
    return reponse_http.text
