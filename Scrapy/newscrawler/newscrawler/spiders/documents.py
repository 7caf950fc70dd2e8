"""Télécharger des fichiers : des rapports PDF à lire, des photographies à garder.

scrapy crawl documents                                       dans le dossier de travail
scrapy crawl documents -s FILES_STORE=s3://lab/documents/ -s IMAGES_STORE=s3://lab/documents/
"""

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy.http import Request, TextResponse
from scrapy.settings import BaseSettings
from scrapy.utils.project import data_path

from lab.settings import load
from newscrawler.items import Photographie, Rapport
from newscrawler.structured import canonical


class DocumentsSpider(scrapy.Spider):
    """Le spider trouve les adresses ; les pipelines de `telechargements` prennent les fichiers.

    Un fichier n'est pas une page : il est gros, il se range à part, et ce qui compte est dedans.
    """

    name = "documents"
    custom_settings = {
        "ITEM_PIPELINES": {
            "newscrawler.telechargements.RapportsPipeline": 100,
            "newscrawler.telechargements.PhotographiesPipeline": 110,
        },
        # Un fichier déjà rangé ne serait pas repris avant 90 jours, donc pas relu non plus.
        "FILES_EXPIRES": 0,
        "IMAGES_EXPIRES": 0,
    }

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Ranger dans le dossier de travail du laboratoire, sauf si l'on demande autre chose."""
        super().update_settings(settings)
        travail = load().workspace_files_path
        dossier = f"{travail}/documents" if travail else data_path("documents")
        for nom in ("FILES_STORE", "IMAGES_STORE"):
            settings.setdefault(nom, dossier, priority="spider")

    async def start(self) -> AsyncIterator[Request]:
        """Deux listes, deux sortes de fichiers."""
        base = self.settings["PRACTICE_URL"].rstrip("/")
        yield Request(f"{base}/documents/", cb_kwargs={"lien": "a.rapport"})
        yield Request(f"{base}/documents/photographies/", cb_kwargs={"lien": "a.photographie"})

    def parse(self, response: TextResponse, lien: str) -> Iterator[Request]:
        """Les fiches d'une page, puis la page suivante."""
        lire = self.parse_rapport if lien == "a.rapport" else self.parse_photographie
        yield from response.follow_all(css=lien, callback=lire)
        yield from response.follow_all(css="a[rel~=next]", cb_kwargs={"lien": lien})

    def parse_rapport(self, response: TextResponse) -> Iterator[Rapport]:
        """La fiche ne dit que le titre et l'adresse du fichier."""
        yield Rapport(
            url=response.url,
            canonical_url=canonical(response),
            titre=response.css("h1::text").get(),
            adresse=response.urljoin(response.css("a[type='application/pdf']::attr(href)").get()),
        )

    def parse_photographie(self, response: TextResponse) -> Iterator[Photographie]:
        """La légende est dans la page, l'image à côté."""
        yield Photographie(
            url=response.url,
            canonical_url=canonical(response),
            titre=response.css("h1::text").get(),
            lieu=response.css(".lieu::text").get(),
            credit=response.css(".credit::text").get(),
            adresse=response.urljoin(response.css("figure img::attr(src)").get()),
        )
