"""Télécharger et lire des fichiers : des pipelines bâtis sur ceux de Scrapy.

Scrapy télécharge, avec la même politesse que pour les pages, et range dans un dossier ou dans S3
(`FILES_STORE = "s3://lab/documents/"`, barre finale comprise). Nous disons seulement quelles
adresses prendre, sous quel nom ranger, et ce qu'il faut lire dedans.
"""

import io
import re
from typing import Any

from pypdf import PdfReader
from scrapy.exceptions import DropItem
from scrapy.http import Request, Response
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.images import ImagesPipeline

from newscrawler.items import Photographie, Rapport

# Une ligne de tableau : un libellé, puis un nombre (« Achats de livres 1 234 »).
LIGNE = re.compile(r"^([^\d\n]+?) (\d{1,3}(?: \d{3})*)$", re.MULTILINE)
RESUME = re.compile(r"Résumé : (.+)", re.DOTALL)


def lire_rapport(contenu: bytes, rapport: Rapport) -> None:
    """Remplit un rapport avec ce que dit son PDF : métadonnées, résumé, tableaux."""
    pdf = PdfReader(io.BytesIO(contenu))
    pages = [page.extract_text() for page in pdf.pages]
    rapport.pages = len(pages)
    if pdf.metadata:
        rapport.titre = pdf.metadata.title or rapport.titre
        rapport.organisme = pdf.metadata.author
    rapport.annee = next(iter(re.findall(r"en (\d{4})$", rapport.titre or "")), None)
    resume = RESUME.search(pages[0])
    # Les fins de ligne du PDF sont celles de la page imprimée, pas celles du texte.
    rapport.resume = " ".join(resume[1].split()) if resume else None
    lignes = [(libelle, int(nombre.replace(" ", ""))) for page in pages
              for libelle, nombre in LIGNE.findall(page) if page.startswith("Tableau")]  # fmt: skip
    rapport.tableau = [{"poste": libelle, "montant": montant} for libelle, montant in lignes
                       if libelle != "Total"]  # fmt: skip
    rapport.total = sum(montant for libelle, montant in lignes if libelle == "Total")


def completer(resultats: list[tuple[bool, Any]], item: Any) -> Any:
    """Note où le fichier est rangé ; sans fichier, l'objet n'a pas d'intérêt."""
    pris = [resultat for reussi, resultat in resultats if reussi]
    if not pris:
        raise DropItem(f"fichier impossible à télécharger : {item.adresse}")
    item.fichier, item.empreinte = pris[0]["path"], pris[0]["checksum"]
    return item


class RapportsPipeline(FilesPipeline):
    """Télécharge le PDF d'un `Rapport` et le lit au passage."""

    def get_media_requests(self, item: Any, info: Any) -> list[Request]:
        """Un fichier par rapport ; rien pour les autres objets."""
        return [Request(item.adresse)] if isinstance(item, Rapport) else []

    def file_path(self, request: Request, response: Any = None, info: Any = None, *,
                  item: Any = None) -> str:  # fmt: skip
        """Un nom que l'on reconnaît, plutôt que l'empreinte de l'adresse."""
        return "rapports/" + request.url.rsplit("/", 1)[-1]

    def file_downloaded(self, response: Response, request: Request, info: Any, *,
                        item: Any = None) -> Any:  # fmt: skip
        """Le contenu est là, avant d'être rangé : c'est le moment de le lire."""
        lire_rapport(response.body, item)
        return super().file_downloaded(response, request, info, item=item)

    def item_completed(self, results: list, item: Any, info: Any) -> Any:
        """Chaque pipeline ne s'occupe que de ses objets."""
        return completer(results, item) if isinstance(item, Rapport) else item


class PhotographiesPipeline(ImagesPipeline):
    """Télécharge une `Photographie` (rangée en JPEG) et la mesure."""

    def get_media_requests(self, item: Any, info: Any) -> list[Request]:
        """Une image par photographie."""
        return [Request(item.adresse)] if isinstance(item, Photographie) else []

    def file_path(self, request: Request, response: Any = None, info: Any = None, *,
                  item: Any = None) -> str:  # fmt: skip
        """Le même nom, avec l'extension de ce qui est vraiment rangé."""
        return "photographies/" + request.url.rsplit("/", 1)[-1].rsplit(".", 1)[0] + ".jpg"

    def get_images(self, response: Response, request: Request, info: Any, *, item: Any = None):
        """L'image ouverte par Scrapy donne ses vraies dimensions."""
        for chemin, image, contenu in super().get_images(response, request, info, item=item):
            item.largeur, item.hauteur = image.size
            yield chemin, image, contenu

    def item_completed(self, results: list, item: Any, info: Any) -> Any:
        """Chaque pipeline ne s'occupe que de ses objets."""
        return completer(results, item) if isinstance(item, Photographie) else item
