"""The report of a crawl: what its progress lines told, as JSON and as one HTML page.

`recorder` gathers the lines and says what happened (the JSON twin), `alerts` what is odd in it,
`charts` and `page` draw it, `shelf` keeps it: in a local folder and in the archive bucket, under
``reports/<spider>/``.
"""

from lab.scraping.summary.recorder import Recorder

__all__ = ["Recorder"]
