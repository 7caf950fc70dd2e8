"""A student's project: the add-on, and nothing else of the lab."""

import os

PRACTICE_URL = os.environ.get("PRACTICE_URL")
SPIDER_MODULES = ["atelier.spiders"]
ADDONS = {"lab.scraping.addon.LabStorage": 100}
CONCURRENT_REQUESTS_PER_DOMAIN = 16
DOWNLOAD_DELAY = 0
RETRY_TIMES = 5
TELNETCONSOLE_ENABLED = False
