"""Find the pages of any site: robots.txt → sitemaps → feeds → section pages.

`SiteSpider` is the base of the spiders `presse` and `magasin`; a project's own spider gets the
same by inheriting from it and writing `read`.
"""

from lab.scraping.discovery.site import Site
from lab.scraping.discovery.spider import SiteSpider

__all__ = ["Site", "SiteSpider"]
