"""Redirect loops: stopped at their first turn, and counted.

Scrapy follows up to ``REDIRECT_MAX_TIMES`` redirects, or silently forgets the page when the loop
leads back to an address it has seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from w3lib.url import safe_url_string

from lab.scraping.middlewares.base import Guard, count, ignore

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class RedirectLoops(Guard):
    """Gives up a page whose redirects lead back to where they passed.

    One return is allowed when a cookie was set on the way, if cookies are kept: this is how some
    sites welcome visitors. Stats: ``lab/traps/redirect_loop``, ``lab/traps/redirects`` (more than
    ``REDIRECT_MAX_TIMES``).
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """Let redirects through that go somewhere new."""
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location or request.meta.get("dont_redirect"):
            return response
        target = urldefrag(urljoin(request.url, safe_url_string(location))).url
        passed = [urldefrag(url).url for url in request.meta.get("redirect_urls", ())]
        passed.append(urldefrag(request.url).url)
        returns = passed.count(target)
        greeted = "Set-Cookie" in response.headers and self.crawler.settings.getbool(
            "COOKIES_ENABLED"
        )
        if returns > (1 if greeted else 0):
            count(self.crawler, "lab/traps/redirect_loop", "boucle", passed[0], f"→ {target}")
            ignore(f"boucle de redirections : {passed[0]} revient à {target}")
        if len(passed) > self.crawler.settings.getint("REDIRECT_MAX_TIMES"):
            count(self.crawler, "lab/traps/redirects", "redirections", passed[0], f"→ {target}")
        return response
