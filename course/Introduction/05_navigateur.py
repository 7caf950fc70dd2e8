# %% [markdown]
# # Les pages qui demandent un navigateur
#
# **Durée** : 40 minutes. **Prérequis** : le notebook *HTTP, HTML et API*.
#
# À la fin de ce notebook, vous saurez :
#
# * reconnaître une page qui se dessine dans le navigateur ;
# * trouver ses données dans un script ou une API, ce qui suffit presque toujours ;
# * piloter un Chromium sans fenêtre avec Selenium : attendre, lire, cliquer, fermer ;
# * dire ce que cela coûte, et quand s'en passer.

# %% [markdown]
# ## 1. La page est vide !
#
# Ouvrez l'*Atelier* de la bibliothèque dans votre navigateur : dix citations. Demandons-le avec
# `requests` :

# %%
import requests
from bs4 import BeautifulSoup

from lab import workspace

WEB = workspace.practice_url()
ATELIER = f"{WEB}/bibliotheque/rendu/immediat/"

page = requests.get(ATELIER, timeout=10)
soupe = BeautifulSoup(page.content, "lxml")
print(page.status_code, len(page.content), "octets")
print("citations dans le HTML :", len(soupe.select("article.citation")))
print(soupe.select_one("noscript").get_text(strip=True))

# %% [markdown]
# Rien d'anormal : le serveur envoie un cadre vide et un programme **JavaScript**, que le navigateur
# exécute pour dessiner le reste. `requests` n'exécute rien. C'est le cas d'une bonne part du web
# d'aujourd'hui.
#
# Avant de sortir un navigateur, on remonte **à la source des données** : il faut bien qu'elles
# viennent de quelque part.
#
# ```mermaid
# flowchart TD
#     A[la donnée n'est pas dans le HTML] --> B{dans un script<br/>de la page ?}
#     B -->|oui| C[expression régulière<br/>et json.loads]
#     B -->|non| D{dans une requête<br/>de l'onglet Réseau ?}
#     D -->|oui, en clair| E[la demander<br/>avec requests]
#     D -->|non, ou illisible| F[un navigateur<br/>piloté]
# ```

# %% [markdown]
# ## 2. Première piste : un script de la page
#
# Affichez le code source (`Ctrl + U`) et cherchez un mot que vous voyez à l'écran. Ici :

# %%
import json
import re

brut = next(s.string for s in soupe.select("script") if s.string and "var citations" in s.string)
print(brut.strip()[:150], "…")

# %% [markdown]
# Une variable, et du JSON : ce que le programme va dessiner. Une expression régulière isole la
# valeur, `json.loads` la lit, et nous avons mieux que la page : les données, sans mise en page.

# %%
trouve = re.search(r"var citations = (\[.*?\]);\s*$", page.text, re.MULTILINE | re.DOTALL)
citations = json.loads(trouve.group(1))
print(len(citations), "citations ; champs :", *citations[0])
for citation in citations[:3]:
    print(f"  {citation['auteur']['nom']} : {citation['texte']}")

# %% [markdown]
# ## 3. Deuxième piste : une API
#
# La *Galerie* charge ses citations à mesure que l'on descend. Ouvrez les outils du navigateur
# (`F12`), onglet **Réseau** (*Network*), filtre *Fetch/XHR*, puis descendez : une requête part vers
# `/bibliotheque/api/citations?page=2`. Demandons-la nous-mêmes.

# %%
donnees = requests.get(f"{WEB}/bibliotheque/api/citations", params={"page": 2}, timeout=10).json()
print({cle: donnees[cle] for cle in ("page", "pages", "total")})
print(donnees["citations"][0]["numero"], donnees["citations"][0]["texte"])

# %% [markdown]
# Trente requêtes donnent tout, en une seconde. Un navigateur aurait fait défiler la page trente fois.
#
# ## 4. Troisième piste : le navigateur
#
# L'*Horloge* attend un instant, demande des données **brouillées**, les démêle, et dessine :

# %%
HORLOGE = f"{WEB}/bibliotheque/rendu/differe/"

cadre = BeautifulSoup(requests.get(HORLOGE, timeout=10).content, "lxml")
print(cadre.select_one("#etat").get_text(strip=True))
source = cadre.select_one("#citations")["data-source"]
print(requests.get(WEB + source, timeout=10).text[:60], "…")

# %% [markdown]
# On pourrait récrire en Python le démêlage du script. Mais il changera, et tout sera à refaire.
# Laissons un vrai navigateur travailler. **Selenium** le pilote par l'intermédiaire d'un
# programme, le **pilote** (`chromedriver`), de la même version que lui :
#
# ```mermaid
# flowchart LR
#     P[votre Python<br/>selenium] -->|WebDriver| D[chromedriver] --> C[Chromium<br/>sans fenêtre] -->|HTTP| S[le site]
# ```
#
# Les deux viennent du **système** : `apt-get install chromium chromium-driver` sous Debian ou Ubuntu,
# et l'image Docker du laboratoire les contient si elle est construite avec `LAB_BROWSER=1`. Un pilote
# n'est jamais dans git : il ne vaudrait que pour un système, et une version.

# %%
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as attendu
from selenium.webdriver.support.wait import WebDriverWait

NOMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def ouvrir():
    """Un navigateur sans fenêtre, ou None si cette machine n'en a pas."""
    chromium = next(filter(None, map(shutil.which, NOMS)), None)
    pilote = shutil.which("chromedriver")
    if chromium is None or pilote is None:
        manque = "Chromium" if chromium is None else "chromedriver"
        print(f"{manque} n'est pas installé : la suite se lit, mais le navigateur reste fermé.")
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.add_argument("--headless=new")  # sans fenêtre
    options.add_argument("--no-sandbox")  # un conteneur n'a pas les droits qu'il demande
    options.add_argument("--disable-dev-shm-usage")  # /dev/shm est petit dans un conteneur
    options.add_argument("--window-size=1000,900")
    return webdriver.Chrome(options=options, service=Service(executable_path=pilote))


navigateur = ouvrir()

# %% [markdown]
# L'option `--no-sandbox` retire une protection. Elle est acceptable ici, dans un laboratoire qui ne
# visite que son propre web ; elle ne l'est pas pour visiter n'importe quoi.
#
# ### Attendre, sans dormir
#
# `get` rend la main quand la page est chargée… pas quand son programme a fini. Comparez :

# %%
if navigateur:
    navigateur.get(HORLOGE)
    print("tout de suite :", len(navigateur.find_elements(By.CSS_SELECTOR, ".citation")))

    attente = WebDriverWait(navigateur, timeout=10)
    attente.until(attendu.presence_of_element_located((By.CSS_SELECTOR, ".citation")))
    textes = [p.text for p in navigateur.find_elements(By.CSS_SELECTOR, ".citation blockquote p")]
    print("après attente :", len(textes))
    print(textes[0])

# %% [markdown]
# **Piège.** `time.sleep(3)` est trop long quand le site est rapide, trop court quand il est lent :
# le programme est lent *et* fragile. Une **attente explicite** regarde plusieurs fois par seconde et
# repart dès que la condition est vraie ; sinon, elle lève `TimeoutException`, qui dit ce qui manquait.
#
# Ce que voit le navigateur se photographie, ce qui résout bien des mystères : un bandeau de cookies
# par-dessus le bouton, une page de blocage…

# %%
if navigateur:
    from IPython.display import Image, display

    display(Image(navigateur.get_screenshot_as_png(), width=500))

# %% [markdown]
# ### Cliquer, et recommencer
#
# Le *Cabinet de curiosités* montre dix citations, puis dix de plus à chaque clic sur « Voir la
# suite ». Après un clic, on attend **l'effet** du clic : plus de citations qu'avant.

# %%
CABINET = f"{WEB}/bibliotheque/rendu/clic/"


def combien(pilote):
    """Le nombre de citations affichées."""
    return len(pilote.find_elements(By.CSS_SELECTOR, ".citation"))


if navigateur:
    navigateur.get(CABINET)
    attente.until(lambda pilote: combien(pilote) > 0)
    bouton = navigateur.find_element(By.ID, "suite")
    for clic in (1, 2):
        avant = combien(navigateur)
        attente.until(attendu.element_to_be_clickable(bouton)).click()
        attente.until(lambda pilote, avant=avant: combien(pilote) > avant)
        print("clic", clic, ":", combien(navigateur), "citations")

# %% [markdown]
# Une fois la page dessinée, rien n'oblige à lire chaque élément par Selenium, à un aller-retour
# chacun : `navigateur.page_source` donne le HTML **dessiné**, que BeautifulSoup lit d'un trait.

# %%
if navigateur:
    dessinee = BeautifulSoup(navigateur.page_source, "lxml")
    auteurs = [lien.get_text() for lien in dessinee.select(".citation [rel=author]")]
    print(len(auteurs), "signatures, dont", auteurs[:3])

# %% [markdown]
# **Piège.** Le `.text` de Selenium est ce que l'on **voit** : les espaces insécables y deviennent des
# espaces ordinaires, et un élément caché rend un texte vide. `page_source` garde tout. Pour comparer
# les deux, on ramène les blancs à un seul : `" ".join(texte.split())`.

# %% [markdown]
# ## 5. Ce que cela coûte
#
# | | `requests` | navigateur piloté |
# |---|---|---|
# | mémoire | quelques Mo | 200 à 500 Mo |
# | une page | quelques millisecondes | de 0,5 à 5 secondes |
# | requêtes au site | une | la page, ses scripts, images, polices : des dizaines |
# | ce qui casse | le HTML change | le HTML, la version du pilote, les délais, les bandeaux |
#
# On réserve donc le navigateur aux pages qui l'exigent : il ouvre la porte (un clic, une connexion),
# puis `requests` ou Scrapy font le reste.

# %% [markdown]
# ## À retenir
#
# * Page vide avec `requests` ? Un script de la page, puis l'onglet Réseau, et le navigateur en dernier.
# * Chromium et son pilote viennent du système, à la même version, jamais de git.
# * Attendre une **condition**, jamais une durée.
# * Après un clic, attendre l'effet du clic ; lire le résultat avec BeautifulSoup.
# * Toujours fermer (`quit`) : un Chromium oublié garde sa mémoire.

# %% [markdown]
# ## 6. Exercices
#
# Le premier se fait sans navigateur. Pour les deux autres, écrivez votre code sous `if navigateur:`,
# comme plus haut. Si votre machine n'a pas de navigateur, répondez `None` : `check` dira « non
# vérifié », et cela ne compte pas contre vous.

# %%
from lab.exercises import check

# %% [markdown]
# **Exercice intro-20** ★★ Avec `requests` seul : la liste des **noms d'auteurs** des dix citations de
# la page 2 de l'Atelier (`?page=2`), dans l'ordre.

# %% exercise="intro-20"
# >>> solution
texte = requests.get(ATELIER, params={"page": 2}, timeout=10).text
valeur = re.search(r"var citations = (\[.*?\]);\s*$", texte, re.MULTILINE | re.DOTALL).group(1)
reponse = [citation["auteur"]["nom"] for citation in json.loads(valeur)]
# <<< solution
check("intro-20", reponse)

# %% wrong="intro-20"
reponse = [citation["auteur"]["nom"] for citation in citations]  # la page 1

# %% wrong="intro-20"
reponse = [citation["auteur"] for citation in json.loads(valeur)]  # des dictionnaires

# %% wrong="intro-20"
reponse = [lien.get_text() for lien in BeautifulSoup(texte, "lxml").select("[rel=author]")]

# %% [markdown]
# **Exercice intro-21** ★★ La liste des **textes** des citations de la page 3 de l'Horloge
# (`HORLOGE + "?page=3"`), dans l'ordre, lus avec le navigateur.

# %% exercise="intro-21"
# >>> solution
reponse = None
if navigateur:
    navigateur.get(HORLOGE + "?page=3")
    attente.until(attendu.presence_of_element_located((By.CSS_SELECTOR, ".citation")))
    trouves = navigateur.find_elements(By.CSS_SELECTOR, ".citation blockquote p")
    reponse = [paragraphe.text for paragraphe in trouves]
# <<< solution
check("intro-21", reponse)

# %% wrong="intro-21"
reponse = None
if navigateur:  # la carte entière, signature et étiquettes comprises
    navigateur.get(HORLOGE + "?page=3")
    attente.until(attendu.presence_of_element_located((By.CSS_SELECTOR, ".citation")))
    reponse = [carte.text for carte in navigateur.find_elements(By.CSS_SELECTOR, ".citation")]

# %% wrong="intro-21"
reponse = None
if navigateur:  # la page 1
    navigateur.get(HORLOGE)
    attente.until(attendu.presence_of_element_located((By.CSS_SELECTOR, ".citation")))
    trouves = navigateur.find_elements(By.CSS_SELECTOR, ".citation blockquote p")
    reponse = [paragraphe.text for paragraphe in trouves]

# %% [markdown]
# **Exercice intro-22** ★★★ Déroulez le Cabinet de curiosités **jusqu'au bout**, c'est-à-dire jusqu'à
# ce que le bouton ne soit plus affiché (`bouton.is_displayed()`). Combien d'auteurs **différents**
# ont signé ces citations ?

# %% exercise="intro-22"
# >>> solution
reponse = None
if navigateur:
    navigateur.get(CABINET)
    attente.until(lambda pilote: combien(pilote) > 0)
    bouton = navigateur.find_element(By.ID, "suite")
    while bouton.is_displayed():
        avant = combien(navigateur)
        attente.until(attendu.element_to_be_clickable(bouton)).click()
        attente.until(lambda pilote, avant=avant: combien(pilote) > avant)
    toutes = BeautifulSoup(navigateur.page_source, "lxml")
    reponse = len({lien.get_text() for lien in toutes.select(".citation [rel=author]")})
# <<< solution
check("intro-22", reponse)

# %% wrong="intro-22"
reponse = None
if navigateur:  # les citations, et non leurs auteurs
    reponse = combien(navigateur)

# %% wrong="intro-22"
reponse = None
if navigateur:  # les dix premières
    navigateur.get(CABINET)
    attente.until(lambda pilote: combien(pilote) > 0)
    toutes = BeautifulSoup(navigateur.page_source, "lxml")
    reponse = len({lien.get_text() for lien in toutes.select(".citation [rel=author]")})

# %% [markdown]
# Pour finir, on ferme le navigateur, même si une cellule a échoué plus haut.

# %%
if navigateur:
    navigateur.quit()
