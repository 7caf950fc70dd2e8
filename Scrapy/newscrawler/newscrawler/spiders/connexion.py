"""Se connecter : remplir un formulaire, renvoyer son jeton, garder la session.

scrapy crawl connexion
scrapy crawl connexion -a identifiant=… -a mot_de_passe=…
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from form2request import form2request
from scrapy.http import Request, TextResponse

from lab.errors import LabError
from newscrawler.bibliotheque import citations
from newscrawler.items import Citation

COMMANDE = "./lab crawl connexion -a identifiant=… -a mot_de_passe=…"


class ConnexionSpider(scrapy.Spider):
    """Trois choses à faire comme un navigateur : lire le formulaire, l'envoyer, être reconnu.

    Le formulaire contient un jeton caché, tiré au sort à chaque visite et lié à un témoin
    (« cookie ») : `form2request` le renvoie avec les autres champs, et Scrapy
    garde les témoins à condition de le lui demander.
    """

    name = "connexion"
    custom_settings = {"COOKIES_ENABLED": True}

    # Ceux que la page donne. Un vrai mot de passe ne s'écrit pas ici : il se passe par « -a »
    # ou, mieux, par l'environnement.
    def __init__(self, identifiant: str = "lectrice", mot_de_passe: str = "phare-1926", **kwargs):
        super().__init__(**kwargs)
        self.identifiants = {"identifiant": identifiant, "mot_de_passe": mot_de_passe}

    async def start(self) -> AsyncIterator[Request]:
        """La page que l'on veut : sans session, le site renvoie vers le formulaire."""
        yield Request(self.settings["PRACTICE_URL"].rstrip("/") + "/bibliotheque/fonds-ancien/")

    def parse(self, response: TextResponse) -> Iterator[Citation | Request]:
        """Le formulaire (au début, ou quand la session a expiré), ou une page du fonds ancien."""
        if response.css('input[name="jeton"]'):
            yield self.remplir(response)
        else:
            yield from citations(response)
            yield from response.follow_all(css='a[rel~="next"]')

    def remplir(self, response: TextResponse) -> Request:
        """Renvoyer le formulaire rempli : le site ramène ensuite à la page demandée."""
        # Beaucoup de sites répondent 200 à un mauvais mot de passe : il faut lire la page.
        erreur = response.css('[role="alert"]::text').get()
        if erreur:
            raise LabError(f"Connexion refusée. {erreur}", COMMANDE)
        # Les champs cachés sont repris tels quels. La page demandée a déjà été vue, par son
        # renvoi : sans `dont_filter`, Scrapy refuserait d'y retourner.
        envoi = form2request(response.css("form.formulaire"), self.identifiants)
        return envoi.to_scrapy(callback=self.parse, dont_filter=True)
