"""The fields of an article, each from the best source that has it."""

from __future__ import annotations

import re

from lab.scraping.extraction import people, text
from lab.scraping.extraction.kind import path_of
from lab.scraping.extraction.moments import moments
from lab.scraping.extraction.page import BESIDE
from lab.scraping.extraction.places import canonical, crumbs, image, without_site
from lab.scraping.extraction.reader import Reader, named
from lab.scraping.extraction.values import address, decoded, first, keywords, plain
from lab.scraping.items import Article

BYLINES = ("byline", "signature", "author", "auteur", "createdby", "submitted", "posted-by", "meta")
CRUMBS = ("breadcrumb", "breadcrumbs", "ariane", "fil-ariane", "hierarchie")


class ArticleReader(Reader):
    """Fills an `Article`."""

    def article(self) -> Article:
        """Return the article without its text (`body`), which costs most."""
        title = self.title()
        published, modified = moments(self)
        return Article(
            url=self.page.url,
            canonical_url=canonical(self),
            title=title,
            description=self.description(),
            authors=self.authors() or [],
            section=self.section(title),
            tags=self.tags() or [],
            language=self.language,
            image=image(self),
            published=published,
            modified=modified,
        )

    def title(self) -> str | None:
        """The headline; <title> and og:title lose the site's name at their end."""
        page = self.page
        site = page.meta("og:site_name", "application-name")
        found: str | None = self.take(
            "title",
            [
                *self.nodes(lambda node: plain(node.get("headline")) or plain(node.get("name"))),
                ("opengraph", without_site(page.meta("og:title"), site)),
                ("html", page.heading),
                ("html", lambda: without_site(next(iter(page.texts("//title")), None), site)),
            ],
        )
        return found

    def description(self) -> str | None:
        """The summary the page declares."""
        page = self.page
        found: str | None = self.take(
            "description",
            [
                *self.nodes(
                    lambda node: (
                        plain(node.get("description"))
                        if first(node.get("description")) != first(node.get("articleBody"))
                        else None
                    )
                ),
                ("meta", decoded(page.meta("description") or "")),
                ("opengraph", decoded(page.meta("og:description") or "")),
                ("meta", decoded(page.meta("twitter:description", "dc.description") or "")),
            ],
        )
        return found

    def authors(self) -> list[str] | None:
        """Authors, never the publisher."""
        page, scope = self.page, self.page.scope
        beside = f"[not({BESIDE})]"
        signed = [m for m in page.metas.get("article:author", ()) if "://" not in m]
        labels = page.metas.get("twitter:label1", [""])[0].lower()
        written = labels.startswith(("written", "écrit", "par", "by"))
        found: list[str] | None = self.take(
            "authors",
            [
                *self.nodes(
                    lambda node: people.distinct(
                        people.authors(node.get("author") or node.get("creator"))
                        + people.authors(node.get("contributor"))
                    )
                ),
                ("opengraph", people.authors(signed)),
                ("html", lambda: people.authors(page.texts(f"{scope}//a[@rel='author']{beside}"))),
                ("html", lambda: people.authors(page.texts(f"{scope}//*[{named('fn')}]{beside}"))),
                ("meta", people.authors(page.metas.get("twitter:data1", []) if written else [])),
                ("html", lambda: self._bylines(scope)),
                ("meta", people.authors(page.metas.get("author", [])[:3])),
                ("meta", people.authors(page.metas.get("dc.creator", []))),
            ],
        )
        return found

    def _bylines(self, scope: str) -> list[str]:
        near = self.page.texts(f"{scope}//*[{named(*BYLINES)}][not({BESIDE})]")
        return next(
            (
                found
                for line in near
                if len(line) < 200
                and re.match(r"(?i)(?:écrit |publié |texte )?(?:par|by)\b", line)
                and (found := people.split(line.split(", lun ")[0]))
            ),
            [],
        )

    def section(self, title: str | None) -> str | None:
        """The section the page names, or the first step of its breadcrumb."""
        page, scope = self.page, self.page.scope
        found: str | None = self.take(
            "section",
            [
                *self.nodes(lambda node: plain(node.get("articleSection"))),
                ("opengraph", decoded(page.meta("article:section") or "")),
                (
                    "meta",
                    decoded(page.meta("section", "parsely-section", "dc.subject.section") or ""),
                ),
                ("json-ld", lambda: plain(next(iter(crumbs(page, title)), None))),
                (
                    "html",
                    lambda: next(iter(page.texts(f"{scope}//a[contains(@rel,'category')]")), None),
                ),
                (
                    "html",
                    lambda: next(iter(page.texts(f"{scope}//*[{named('category-name')}]/a")), None),
                ),
                ("html", lambda: self._crumb(title)),
            ],
        )
        return found

    def _crumb(self, title: str | None) -> str | None:
        links = self.page.root.xpath(f"//*[{named(*CRUMBS)} or @itemprop='breadcrumb']//a[@href]")
        for link in links:
            name = " ".join(link.text_content().split())
            place = address(link.get("href"), self.page.base)
            home = path_of(place) == "/" or "home" in (link.get("rel") or "")
            if name and not home and name != title and path_of(place) != path_of(self.page.url):
                return name
        return None

    def tags(self) -> list[str] | None:
        """Keywords: declared ones, else the links marked rel="tag"."""
        page = self.page
        is_tag = "contains(concat(' ',@rel,' '),' tag ') and not(contains(@rel,'category'))"
        marked = f"//a[{is_tag}][not({BESIDE})]"
        found: list[str] | None = self.take(
            "tags",
            [
                *self.nodes(lambda node: keywords(node.get("keywords"))),
                ("opengraph", keywords(page.metas.get("article:tag"))),
                ("meta", keywords(page.metas.get("news_keywords"))),
                ("html", lambda: people.distinct(page.texts(page.scope + marked))),
                ("html", lambda: people.distinct(page.texts(marked))[:20]),
                ("html", lambda: page.texts(f"{page.scope}//ul[{named('tags')}]//a")),
                ("meta", keywords(page.metas.get("keywords"))),
            ],
        )
        return found

    def body(self, item: Article) -> list[str]:
        """Return the paragraphs: articleBody when whole and cut in paragraphs, else the page's."""
        known = (item.title, item.description)
        for source, node in self.sources if text.is_free(self.node) else []:
            said = text.declared(node)
            if len(said) > 1 and source == "json-ld":
                self.provenance["body"] = source
                return text.tidy(said, known)
            if said and source == "json-ld":
                found = text.main_text(self.page.root, self.node, known)
                if not text.same_text(said, found):
                    self.provenance["body"] = source
                    return said
                self.provenance["body"] = "text"
                return found
        found = text.main_text(self.page.root, self.node, known)
        if found:
            self.provenance["body"] = "text"
        chapo = self.page.texts(f"{self.page.scope}//*[{named('chapo', 'chapeau', 'standfirst')}]")
        return text.with_standfirst(found, next(iter(chapo), None), known)
