"""The only reader of the environment, of `.env`, and of what the running engine wrote.

Precedence, as in Compose: environment > `.env` > `.lab/run/contract.env` (written by the engine
that runs) > nothing, in which case asking for the value is an error that says what to type.
"""

from __future__ import annotations

import os
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote

from pydantic_settings import BaseSettings, SettingsConfigDict

from lab.errors import ConfigurationMissing

LOOPBACK = "127.0.0.1"
USER = "lab"
DATABASE = "lab"
BUCKET = "lab"
REGION = "us-east-1"
# MongoDB-compatible local server: without these two options an acknowledged write can be lost
# by a kill -9 (see CONTRIBUTING.rst, "Moteurs locaux"); a real mongod accepts them as well.
MONGO_OPTIONS = "authSource=admin&directConnection=true&retryWrites=false&journal=true"


@dataclass(frozen=True)
class Paths:
    """Where a lab keeps its things. `home` is `.lab/` in the checkout unless LAB_HOME says so."""

    root: Path
    home: Path

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None) -> Paths:
        """Paths of the checkout this code runs from, or of LAB_ROOT / LAB_HOME when set."""
        env = os.environ if environ is None else environ
        root = Path(env.get("LAB_ROOT") or Path(__file__).resolve().parents[2])
        # Absolute: the services work in other folders than the one where this was typed.
        home = Path(env.get("LAB_HOME") or root / ".lab").expanduser().absolute()
        return cls(root=root, home=home)

    @property
    def secrets(self) -> Path:
        return Path(os.environ.get("LAB_SECRETS_DIR") or self.home / "secrets")

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def workspace(self) -> Path:
        return self.home / "workspace"

    @property
    def tmp(self) -> Path:
        return self.home / "tmp"

    @property
    def dead_letters(self) -> Path:
        return self.home / "dead-letters"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def cache(self) -> Path:
        """What libraries keep to go faster: fonts, profiles."""
        return self.home / "cache"

    @property
    def contract(self) -> Path:
        return self.run / "contract.env"

    @property
    def scrapy_project(self) -> Path:
        return self.root / "Scrapy" / "newscrawler"

    def ensure(self) -> None:
        """Create the folders, private to the user (0700). Raises OSError when it cannot."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home.chmod(0o700)
        for folder in (self.run, self.logs, self.data, self.workspace, self.tmp):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True, repr=False)
class Secrets:
    """The lab's passwords, one 0600 file each; never shown by repr."""

    mongo_password: str
    redis_password: str
    elastic_password: str
    s3_access_key: str
    s3_secret_key: str
    notebook_token: str

    def __repr__(self) -> str:
        return "Secrets(…)"

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    @classmethod
    def ensure(cls, folder: Path) -> Secrets:
        """Make what is missing in `folder` (0700), keep what is there, return it all."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in cls.names():
            path = folder / name
            if path.exists() and path.read_text().strip():
                continue
            value = random.token_hex(10).upper() if name == "s3_access_key" else _password()
            write_private(path, value)
        return cls.read(folder)

    @classmethod
    def read(cls, folder: Path) -> Secrets:
        """Read the secrets. Raises ConfigurationMissing when one is absent."""
        try:
            return cls(**{name: (folder / name).read_text().strip() for name in cls.names()})
        except FileNotFoundError as error:
            raise ConfigurationMissing(
                "Les mots de passe du laboratoire n'existent pas encore.", hint="./lab up"
            ) from error


def _password() -> str:
    """32 hexadecimal digits (128 bits): safe in a URL, a shell and a configuration file."""
    return random.token_hex(16)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, readable by the user alone (0600)."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)


@dataclass(frozen=True)
class Endpoints:
    """`host:port` of each service, as seen by whoever will use the contract."""

    mongo: str = ""
    redis: str = ""
    elasticsearch: str = ""
    s3: str = ""
    s3_tls: str = ""
    practice: str = ""


def contract(
    endpoints: Endpoints,
    secrets: Secrets,
    *,
    files: Path,
    tmp: Path,
    ca_bundle: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The environment contract (ARCHITECTURE.md): what every consumer of the lab reads.

    A service whose endpoint is empty exports nothing. `no_proxy` is extended, never replaced,
    so that a school proxy does not swallow calls to our own services.
    """
    env = os.environ if environ is None else environ
    values: dict[str, str] = {}
    if endpoints.mongo:
        values["MONGO_URL"] = (
            f"mongodb://{USER}:{quote(secrets.mongo_password)}@{endpoints.mongo}"
            f"/{DATABASE}?{MONGO_OPTIONS}"
        )
    if endpoints.redis:
        values["REDIS_URL"] = f"redis://:{quote(secrets.redis_password)}@{endpoints.redis}/0"
    if endpoints.elasticsearch:
        password = quote(secrets.elastic_password)
        values["ELASTICSEARCH_URL"] = f"http://elastic:{password}@{endpoints.elasticsearch}"
    if endpoints.practice:
        values["PRACTICE_URL"] = f"http://{endpoints.practice}"
    if endpoints.s3:
        values |= {
            "AWS_ACCESS_KEY_ID": secrets.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": secrets.s3_secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://{endpoints.s3}",
            "LAB_BUCKET": BUCKET,
        }
        if endpoints.s3_tls:
            values["AWS_S3_ENDPOINT"] = endpoints.s3_tls
        if ca_bundle is not None:
            names = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
            values |= dict.fromkeys(names, str(ca_bundle))
    values |= {"WORKSPACE_FILES_PATH": str(files), "WORKSPACE_TMP_PATH": str(tmp)}
    return values | _no_proxy(endpoints, env)


def _no_proxy(endpoints: Endpoints, env: Mapping[str, str]) -> dict[str, str]:
    ours = [LOOPBACK, "localhost"]
    ours += [getattr(endpoints, f.name).partition(":")[0] for f in fields(endpoints)]
    theirs = (env.get("no_proxy") or env.get("NO_PROXY") or "").split(",")
    hosts = ",".join(dict.fromkeys(h.strip() for h in [*theirs, *ours] if h.strip()))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def dotenv(values: Mapping[str, str]) -> str:
    """`values` as the text of a `.env` file (single-quoted, as python-dotenv reads them)."""
    quoted = ((k, v.replace("\\", "\\\\").replace("'", "\\'")) for k, v in values.items())
    return "".join(f"{key}='{value}'\n" for key, value in quoted)


class Settings(BaseSettings):
    """The environment contract as read by Python code. An absent value is the empty string;
    :meth:`need` asks for one and says what to type when it is absent."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file_encoding="utf-8")

    mongo_url: str = ""
    redis_url: str = ""
    elasticsearch_url: str = ""
    practice_url: str = ""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = ""
    aws_session_token: str = ""
    aws_default_region: str = REGION
    aws_endpoint_url: str = ""
    aws_s3_endpoint: str = ""
    aws_ca_bundle: str = ""
    lab_bucket: str = BUCKET
    workspace_files_path: str = ""
    workspace_tmp_path: str = ""
    # Where `lab sync` takes updates from: the remote that the README has students declare.
    lab_upstream: str = "basestream"
    lab_upstream_branch: str = "master"

    def __repr__(self) -> str:  # pydantic's own would print passwords
        return "Settings(…)"

    __str__ = __repr__

    def need(self, name: str) -> str:
        """The value of `name`. Raises ConfigurationMissing when it is absent."""
        value = str(getattr(self, name))
        if not value:
            raise ConfigurationMissing(
                f"La variable {name.upper()} n'est pas définie : le service n'est pas lancé.",
                hint="./lab up",
            )
        return value


def load(paths: Paths | None = None) -> Settings:
    """Settings of this process: environment > `.env` > what the running engine wrote."""
    where = Paths.find() if paths is None else paths
    # pydantic-settings: the environment beats env files, a later file beats an earlier one.
    return Settings(_env_file=(where.contract, where.root / ".env"))  # type: ignore[call-arg]
