"""Interroger un serveur GraphQL : on demande exactement les champs que l'on veut.

scrapy crawl graphql                      tous les articles
scrapy crawl graphql -a rubrique=sport    ceux d'une rubrique
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import JsonRequest, TextResponse

from lab.scraping.items import Article

ARTICLES = """
  articles(first: $combien, after: $apres) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      url canonicalUrl title description body language published modified image
      section { name } authors { name } tags { name }
    } }
  }"""
TOUT = f"query Tout($combien: Int!, $apres: String) {{ {ARTICLES} }}"
RUBRIQUE = (
    "query Rubrique($combien: Int!, $apres: String, $slug: String!)"
    f" {{ section(slug: $slug) {{ {ARTICLES} }} }}"
)


class GraphqlSpider(scrapy.Spider):
    """Une requête POST par page de cinquante articles, au lieu d'une par article.

    La requête est écrite une fois ; les valeurs changent dans `variables`, jamais collées dans
    le texte (un titre avec un guillemet ne casse rien).
    """

    name = "graphql"

    def __init__(self, rubrique: str | None = None, **kwargs):
        super().__init__(**kwargs)
        self.rubrique = rubrique

    async def start(self) -> AsyncIterator[JsonRequest]:
        """La première page : sans curseur."""
        self.adresse = self.settings["PRACTICE_URL"].rstrip("/") + "/graphql"
        yield self.demande(None)

    def demande(self, curseur: str | None) -> JsonRequest:
        """La page qui suit un curseur. Deux requêtes n'ont pas le même corps : pas de doublon."""
        variables = {"combien": 50, "apres": curseur}
        if self.rubrique:
            variables["slug"] = self.rubrique
        requete = RUBRIQUE if self.rubrique else TOUT
        return JsonRequest(self.adresse, data={"query": requete, "variables": variables})

    def parse(self, response: TextResponse) -> Iterator[Article | JsonRequest]:
        """Une page d'articles. GraphQL répond 200 même quand il refuse : lire « errors »."""
        reponse = response.json()
        for erreur in reponse.get("errors", []):
            self.logger.error("GraphQL : %s", erreur["message"])
        donnees = reponse.get("data") or {}
        porteur = donnees.get("section") if self.rubrique else donnees
        if not porteur:
            return
        for lien in porteur["articles"]["edges"]:
            yield self.article(lien["node"])
        page = porteur["articles"]["pageInfo"]
        if page["hasNextPage"]:
            yield self.demande(page["endCursor"])

    @staticmethod
    def article(noeud: dict) -> Article:
        """Du nom des champs de l'API à ceux du laboratoire."""
        return Article(
            url=noeud["url"],
            canonical_url=noeud["canonicalUrl"],
            title=noeud["title"],
            description=noeud["description"],
            authors=[auteur["name"] for auteur in noeud["authors"]],
            section=noeud["section"]["name"],
            tags=[etiquette["name"] for etiquette in noeud["tags"]],
            language=noeud["language"],
            published=noeud["published"],
            modified=noeud["modified"],
            body=noeud["body"],
            image=noeud["image"],
        )
