"""What belongs to a site, and what its addresses tell."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from urllib.parse import unquote, urlsplit

import tldextract

from lab.errors import UnknownName
from lab.scraping.cleaning import canonical_url

# The public suffix list that comes with the package: never fetched, the same for everyone.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|css|js|json|xml|rss|atom|pdf|zip|gz|mp[34]|m4a|webm|mov|avi"
    r"|docx?|xlsx?|pptx?|epub|txt|woff2?|exe|dmg)$",
    re.IGNORECASE,
)
# Pages that are never articles nor products, and would be asked for nothing.
SERVICES = re.compile(
    r"/(?:login|connexion|signin|register|inscription|abonnement|abonnements|subscribe|compte|account"
    r"|panier|cart|checkout|commande|newsletters?|contact|cgu|cgv|mentions-legales|privacy|cookies?"
    r"|search|recherche|wp-admin|wp-login\.php|print|share|partage|plan-du-site|rss)(?:/|$)",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+|localhost|[0-9a-f:]+", re.IGNORECASE)
_DATED = re.compile(r"/(?:19|20)\d\d[/-](?:[01]?\d|[a-z]{3})(?:[/-]|$)|(?:19|20)\d{6}")
_NUMBERED = re.compile(r"[-_/,]\d{4,}(?:[_,.-]\d+)*(?:\.\w+)?/?$")


@cache
def registrable(host: str) -> str:
    """Return the part of a host that someone registered (``www.a.co.uk``: ``a.co.uk``).

    An IP address or a name without public suffix (localhost) stands for itself.
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        found = _SUFFIXES(host)
        return found.top_domain_under_public_suffix or host


class Site:
    """The limits of a crawl: a registered domain with its subdomains, perhaps one folder.

    ``https://www.journal.example/sport/`` stays in /sport/ and in journal.example. For an IP
    address or localhost, the port counts: another port is another site.
    """

    def __init__(self, address: str | None, spider: str) -> None:
        """Raises UnknownName, with the command to type."""
        hint = f"./lab crawl {spider} -a site=https://www.exemple.fr"
        written = (address or "").strip()
        if not written:
            raise UnknownName(f"Le spider « {spider} » a besoin de l’adresse d’un site.", hint)
        if "://" not in written:
            written = f"https://{written}"
        try:
            self.url = canonical_url(written)
        except ValueError:
            self.url = ""
        parts = urlsplit(self.url)
        self.host = parts.hostname or ""
        if not self.url or "@" in written or not _HOST.fullmatch(self.host):
            raise UnknownName(f"« {address} » n’est pas l’adresse d’un site.", hint)
        self.domain = registrable(self.host)
        self.port = parts.port if self.domain == self.host and self._local() else None
        folder = parts.path if parts.path.endswith("/") else parts.path.rsplit("/", 1)[0] + "/"
        self.folder = folder if folder != "/" else ""
        self.root = f"{parts.scheme}://{parts.netloc}/"

    def _local(self) -> bool:
        return "." not in self.host or self.host.replace(".", "").isdigit() or ":" in self.host

    def has(self, url: str) -> bool:
        """Tell whether an address is on this site (its folder does not count)."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or registrable(host) != self.domain:
            return False
        return not self._local() or port == self.port

    def wants(self, url: str) -> bool:
        """Tell whether a page is worth asking for: on the site, in its folder, not a file."""
        if not self.has(url):
            return False
        path = unquote(urlsplit(url).path)
        if self.folder and not path.startswith(self.folder):
            return False
        return not FILES.search(path) and not SERVICES.search(path)


def seems_article(url: str) -> bool:
    """Tell whether an address has the shape of an article's: dated, numbered or a long slug."""
    path = urlsplit(url).path
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if _DATED.search(path) and len(last) > 8:
        return True
    if _NUMBERED.search(path) and re.search(r"[a-zA-Z]{4}", last):
        return True
    return last.count("-") >= 4 or (last.count("-") >= 2 and last.endswith((".html", ".htm")))


def seems_product(url: str) -> bool:
    """Tell whether an address has the shape of a product's (PrestaShop, Shopify, WooCommerce…)."""
    path = urlsplit(url).path
    if re.search(r"/(?:produits?|products?|p|item|dp|article|fiche)/[^/]{3,}", path, re.IGNORECASE):
        return True
    last = path.rstrip("/").rsplit("/", 1)[-1]
    return bool(re.match(r"\d+-[a-z]", last) or re.search(r"-\d{2,}\.html?$", last)) or (
        last.endswith(".html") and last.count("-") >= 1
    )


def seems_section(url: str) -> bool:
    """Tell whether an address has the shape of a list's: one to three short segments."""
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    if parts.query and not re.fullmatch(r"(?:page|p|pg)=\d{1,4}", parts.query):
        return False
    return 0 < len(segments) <= 4 and all(len(segment) <= 40 for segment in segments)


def segments(url: str) -> set[str]:
    """Return the lower-case parts of an address's path, subdomain included."""
    parts = urlsplit(url)
    found = {segment.lower() for segment in unquote(parts.path).split("/") if segment}
    return found | {(parts.hostname or "").split(".")[0]}


def slug(text: str | None) -> str:
    """Return a name as addresses write it: ``Économie & société`` is ``economie-societe``."""
    bare = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
