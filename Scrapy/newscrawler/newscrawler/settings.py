"""Réglages du projet : https://docs.scrapy.org/en/latest/topics/settings.html

Les adresses et mots de passe des dépôts ne sont pas écrits ici : l'extension LabStorage les
lit dans l'environnement du laboratoire (`./lab env`).
"""

from lab.settings import load

BOT_NAME = "newscrawler"
SPIDER_MODULES = ["newscrawler.spiders"]
NEWSPIDER_MODULE = "newscrawler.spiders"

# L'adresse du web d'entraînement, d'où partent les spiders.
PRACTICE_URL = load().practice_url or "http://127.0.0.1:8000"

# --- Être poli -------------------------------------------------------------------------
# Dire qui l'on est et où se plaindre : un site doit pouvoir nous reconnaître.
USER_AGENT = "newscrawler/1.0 (laboratoire de cours ; contact : robots@lab.example)"
# Lire robots.txt avant toute page, et ne jamais visiter ce qu'il interdit.
ROBOTSTXT_OBEY = True
# Un site inconnu reçoit une seule requête à la fois…
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# … et une pause d'une seconde (plus ou moins la moitié, au hasard) entre deux requêtes.
DOWNLOAD_DELAY = 1
# Le web d'entraînement est chez nous : on peut y aller vite. Ajouter un site ici, c'est
# décider de le charger davantage ; ne le faire que s'il est à vous.
_CHEZ_NOUS = {"concurrency": 16, "delay": 0}
DOWNLOAD_SLOTS = dict.fromkeys(("127.0.0.1", "localhost", "practice"), _CHEZ_NOUS)
# Garder les connexions ouvertes d'une page à l'autre, aussi pour ces sites-là.
DOWNLOAD_HANDLERS = dict.fromkeys(("http", "https"), "lab.scraping.downloading.KeepAliveHandler")
# Réessayer deux fois une page qui échoue (coupure, 500, 503, 429…), puis passer.
RETRY_TIMES = 2
# Ne pas attendre plus de 30 secondes une réponse.
DOWNLOAD_TIMEOUT = 30
# Refuser une page de plus de 10 Mo : ce n'est pas un article.
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
# Vérifier le certificat des sites en https.
DOWNLOAD_VERIFY_CERTIFICATES = True
# Demander les pages en français.
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "fr",
}

# --- Ranger ce qui est trouvé -----------------------------------------------------------
# Une ligne suffit : nettoyage, MongoDB, Elasticsearch, Redis et S3.
ADDONS = {
    "lab.scraping.addon.LabStorage": 100,
    # Tenir bon devant ce que le Web réserve aux robots : pauses demandées, pages de blocage,
    # encodages menteurs, boucles, bombes, calendriers sans fin.
    "lab.scraping.middlewares.LabGuards": 200,
}
# Combien de pages d'une même forme (/agenda/2026/09/…) lire sans y trouver rien de neuf.
LAB_TRAP_PAGES = 500
# Au-delà de dix redirections, renoncer.
REDIRECT_MAX_TIMES = 10
# Les dépôts à remplir ; en retirer un pour s'en passer.
LAB_STORES = ["mongo", "elasticsearch", "redis", "s3"]
# Avertir quand un champ est trop rarement rempli : ici, moins de 9 articles sur 10 avec un
# auteur. Sans cette ligne, le laboratoire compare avec la récolte précédente du même spider.
# LAB_COVERAGE = {"articles/authors": 0.9}
# Combien de secondes attendre un dépôt en panne avant d'arrêter la collecte.
LAB_STORE_DEADLINE = 120

# --- Rester sobre -----------------------------------------------------------------------
# Un spider donne peu d'objets par page : inutile d'en traiter cent à la fois.
CONCURRENT_ITEMS = 4
# Le web d'entraînement n'a pas de session à garder.
COOKIES_ENABLED = False
# Pas de porte d'entrée dans le processus pendant la collecte.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# Dire l'essentiel ; « DEBUG » montre chaque page et chaque objet.
LOG_LEVEL = "INFO"
# Écrire les accents tels quels dans les exports.
FEED_EXPORT_ENCODING = "utf-8"
