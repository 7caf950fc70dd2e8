"""Keep the reports: in a local folder, and in the archive bucket under ``reports/<spider>/``.

``<timestamp>.html`` and ``<timestamp>.json`` for each crawl, and ``reference.json``: the field
coverage that the next crawl of this spider is compared with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.scraping.config import StorageConfig
from lab.scraping.stores import s3
from lab.settings import write_private

PREFIX = "reports"
REFERENCE = "reference.json"
PATIENCE = 5.0  # seconds: a report must not make anyone wait for a store that is down
HTML, JSON = "text/html; charset=utf-8", "application/json"
Reference = dict[str, dict[str, float]]


class Shelf:
    """The reports of one spider. Nothing here raises for a store or a disk that fails."""

    def __init__(self, folder: Path, spider: str, environment: Mapping[str, Any]) -> None:
        safe = re.sub(r"[^\w.-]", "_", spider)
        self._folder, self._prefix = folder / safe, f"{PREFIX}/{safe}"
        config = StorageConfig.from_mapping(dict(environment))
        self._config = replace(config, timeout=PATIENCE)
        self.has_s3 = bool(config.aws_endpoint_url or config.aws_access_key_id)

    def reference(self) -> Reference:
        """Return the shares of the last crawl: the bucket's, or the folder's without S3."""
        text = self._download(REFERENCE) if self.has_s3 else None
        if text is None and not self.has_s3:
            with suppress(OSError):
                text = (self._folder / REFERENCE).read_bytes()
        with suppress(ValueError, AttributeError):
            found = json.loads(text or b"{}")
            return {name: dict(fields) for name, fields in found.items()}
        return {}

    def keep(
        self, started: datetime, page: str, summary: Any, reference: Reference
    ) -> tuple[Path | None, str]:
        """Write the page, its JSON twin and the reference; return the page's path and address."""
        stamp = started.strftime("%Y-%m-%dT%H-%M-%SZ")
        twin = json.dumps(summary, ensure_ascii=False, separators=(",", ":"))
        files = {f"{stamp}.json": twin, f"{stamp}.html": page, REFERENCE: json.dumps(reference)}
        path = None
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, text in files.items():
                write_private(self._folder / name, text)
            path = self._folder / f"{stamp}.html"
        url = self._upload(files) if self.has_s3 else ""
        return path, f"{url}/{stamp}.html" if url else ""

    def _upload(self, files: Mapping[str, str]) -> str:
        """Put the files into the bucket; return the address of their folder, "" when S3 fails."""
        bucket = self._config.lab_bucket
        try:
            with closing(s3.client(self._config)) as client:
                s3.ensure_bucket(client, bucket)
                for name, text in files.items():
                    client.put_object(
                        Bucket=bucket,
                        Key=f"{self._prefix}/{name}",
                        Body=text.encode(),
                        ContentType=HTML if name.endswith(".html") else JSON,
                    )
        except (BotoCoreError, ClientError, OSError):
            return ""
        return f"s3://{bucket}/{self._prefix}"

    def _download(self, name: str) -> bytes | None:
        try:
            with closing(s3.client(self._config)) as client:
                found = client.get_object(
                    Bucket=self._config.lab_bucket, Key=f"{self._prefix}/{name}"
                )
                return found["Body"].read()
        except (BotoCoreError, ClientError, OSError):
            return None
