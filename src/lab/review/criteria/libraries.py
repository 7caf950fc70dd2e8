"""Which library does what: names of modules, and the calls that prove they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Store:
    """A database: its modules, the methods that write and read, its images and packages."""

    title: str
    modules: tuple[str, ...]
    writes: frozenset[str]
    reads: frozenset[str]
    images: tuple[str, ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SQL_WRITES = _words(
    "execute executemany to_sql add add_all commit create_all bulk_save_objects save "
    "bulk_create copy_expert merge"
)
_SQL_READS = _words(
    "fetchall fetchone read_sql read_sql_query read_sql_table query scalars select "
    "all filter scalar"
)

STORES: Mapping[str, Store] = {
    "mongo": Store(
        "MongoDB",
        ("pymongo", "motor", "mongoengine", "beanie", "odmantic", "flask_pymongo", "pymongoarrow"),
        _words(
            "insert_one insert_many insert update_one update_many replace_one bulk_write save "
            "find_one_and_update write create_index"
        ),
        _words("find find_one aggregate count_documents distinct objects "),
        ("mongo",),
    ),
    "redis": Store(
        "Redis",
        ("redis", "aioredis", "flask_redis", "rq"),
        _words(
            "set hset hmset lpush rpush sadd zadd xadd setex incr zincrby mset publish geoadd "
            "enqueue json"
        ),
        _words(
            "get hget hgetall lrange smembers zrange zrevrange xread lpop rpop mget keys "
            "scan_iter exists sismember"
        ),
        ("redis", "valkey"),
    ),
    "elasticsearch": Store(
        "Elasticsearch",
        (
            "elasticsearch",
            "elasticsearch_dsl",
            "opensearchpy",
            "meilisearch",
            "typesense",
            "whoosh",
        ),
        _words("index bulk streaming_bulk parallel_bulk async_bulk create save add_documents"),
        _words("search msearch count get scan execute"),
        ("elasticsearch", "opensearch", "meilisearch", "typesense"),
    ),
    "postgres": Store(
        "PostgreSQL ou une autre base SQL",
        (
            "psycopg2",
            "psycopg",
            "asyncpg",
            "sqlalchemy",
            "flask_sqlalchemy",
            "sqlmodel",
            "pymysql",
            "MySQLdb",
            "mysql",
            "mariadb",
            "peewee",
            "django.db",
            "duckdb",
            "pg8000",
        ),
        _SQL_WRITES,
        _SQL_READS,
        ("postgres", "postgis", "mysql", "mariadb", "timescale"),
    ),
    "sqlite": Store(
        "SQLite", ("sqlite3", "sqlite_utils", "aiosqlite"), _SQL_WRITES, _SQL_READS, ()
    ),
    "s3": Store(
        "S3",
        ("boto3", "s3fs", "minio", "aiobotocore"),
        _words("put_object upload_file upload_fileobj fput_object open put to_parquet"),
        _words(
            "get_object download_file download_fileobj list_objects_v2 list_objects open ls "
            "glob read_parquet fget_object"
        ),
        ("minio", "localstack", "seaweedfs", "garage"),
    ),
    "cassandra": Store(
        "Cassandra",
        ("cassandra",),
        _words("execute execute_async"),
        _words("execute"),
        ("cassandra", "scylla"),
    ),
    "neo4j": Store(
        "Neo4j",
        ("neo4j", "py2neo", "neomodel"),
        _words("run create merge execute_query save"),
        _words("run match execute_query"),
        ("neo4j",),
    ),
    "influx": Store(
        "InfluxDB",
        ("influxdb", "influxdb_client"),
        _words("write write_points"),
        _words("query"),
        ("influxdb",),
    ),
    "firestore": Store(
        "Firestore",
        ("firebase_admin", "google.cloud.firestore"),
        _words("set add update"),
        _words("get stream where"),
        (),
    ),
}

# Tools that fetch pages: (modules, title).
FETCHERS: Mapping[str, tuple[str, ...]] = {
    "Scrapy": ("scrapy",),
    "requests": ("requests", "requests_html", "cloudscraper", "requests_futures"),
    "httpx": ("httpx",),
    "aiohttp": ("aiohttp",),
    "urllib": ("urllib.request", "urllib2", "urllib3"),
    "Selenium": ("selenium", "undetected_chromedriver", "helium"),
    "Playwright": ("playwright", "scrapy_playwright"),
    "une API dédiée": (
        "tweepy",
        "praw",
        "spotipy",
        "yfinance",
        "googleapiclient",
        "newsapi",
        "wikipedia",
        "kaggle",
        "feedparser",
        "twint",
        "snscrape",
        "pytrends",
    ),
}
PARSERS = ("bs4", "lxml", "parsel", "pyquery", "selectolax", "extruct", "trafilatura", "html5lib")

FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "Flask": ("flask",),
    "Dash": ("dash",),
    "Streamlit": ("streamlit",),
    "FastAPI": ("fastapi",),
    "Django": ("django",),
    "Gradio": ("gradio",),
    "Panel": ("panel",),
    "Bokeh": ("bokeh.server", "bokeh.plotting"),
    "Shiny": ("shiny",),
    "NiceGUI": ("nicegui",),
    "Quart": ("quart",),
    "Bottle": ("bottle",),
    "Starlette": ("starlette",),
    "Tornado": ("tornado.web",),
    "Reflex": ("reflex",),
    "Taipy": ("taipy",),
    "Voilà": ("voila",),
}
CHARTS = (
    "plotly",
    "dash.dcc",
    "dash_core_components",
    "matplotlib",
    "seaborn",
    "bokeh",
    "altair",
    "folium",
    "pygal",
    "streamlit_folium",
    "dash_leaflet",
    "pydeck",
    "wordcloud",
    "echarts",
    "pyecharts",
    "hvplot",
)

# Modules whose package has another name on the index.
PACKAGES: Mapping[str, str] = {
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "yaml": "pyyaml",
    "dotenv": "python-dotenv",
    "dateutil": "python-dateutil",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "elasticsearch_dsl": "elasticsearch-dsl",
    "flask_pymongo": "flask-pymongo",
    "flask_sqlalchemy": "flask-sqlalchemy",
    "dash_bootstrap_components": "dash-bootstrap-components",
    "dash_core_components": "dash",
    "dash_html_components": "dash",
    "dash_table": "dash",
    "bson": "pymongo",
    "webdriver_manager": "webdriver-manager",
    "attr": "attrs",
    "jwt": "pyjwt",
    "fake_useragent": "fake-useragent",
    "flask_cors": "flask-cors",
    "flask_wtf": "flask-wtf",
    "streamlit_folium": "streamlit-folium",
    "itemadapter": "scrapy",
    "itemloaders": "scrapy",
    "w3lib": "scrapy",
    "twisted": "scrapy",
    "parsel": "scrapy",
    "numpy": "pandas",
    "werkzeug": "flask",
    "jinja2": "flask",
    "markupsafe": "flask",
    "google": "google-api-python-client",
    "starlette": "fastapi",
    "pydantic": "fastapi",
    "urllib3": "requests",
    "IPython": "jupyter",
    "ipywidgets": "jupyter",
    "mysql": "mysql-connector-python",
    "serial": "pyserial",
    "Crypto": "pycryptodome",
    "praw": "praw",
    "lxml": "lxml",
}
