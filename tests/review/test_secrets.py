"""Real secrets are found, in files, notebooks and the history; samples are not secrets."""

from __future__ import annotations

import pytest
from repositories import commit, git, notebook, under, verdict

from lab.review import secrets

# Made up, and cut in two so that no scanner of this repository takes them for real.
AWS = "AKIA" + "3QWERTYUIOPLKJHG"
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
HEX = "823dceddc2cf40e0" + "9e781d56725c7b58"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", f"headers = {{'X-Auth-Token': '{HEX}'}}"),
        ("a.py", "conn = psycopg2.connect(host='db', password='Tr0ub4dor&3')"),
        ("a.py", "client = MongoClient('mongodb+srv://lea:Xk29sjPq@cluster0.abcd.mongodb.net')"),
        ("a.py", f"key = '{AWS}'"),
        ("a.py", "es = Elasticsearch(basic_auth=('elastic', 'kJ8sd9fA'))"),
        ("a.ipynb", f"token = '{GITHUB}'"),
        (".env", "DB_PASSWORD=Azerty-2024-cinema"),
        (".env", "export SECRET_KEY=9f8d7s6a5d4f3g2h1"),
        ("docker-compose.yml", "      - POSTGRES_PASSWORD=S3cur3Pass!"),
        ("docker-compose.yml", "      POSTGRES_PASSWORD: S3cur3Pass!"),
        ("conf.json", '  "client_secret": "b7c1d9e0f2a34c58",'),
        ("cle.txt", "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_real_secrets(path: str, line: str) -> None:
    found = list(secrets.scan(path, [line]))
    assert [one.demo for one in found[:1]] == [False], found
    assert found[0].value not in found[0].shown or found[0].kind == "Private Key"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".env", "DB_PASSWORD="),
        (".env", "DB_PASSWORD=${PASSWORD}"),
        (".env.example", "DB_PASSWORD=<votre mot de passe>"),
        (".env", "API_KEY=your_api_key_here"),
        ("docker-compose.yml", "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-}"),
        ("docker-compose.yml", "      POSTGRES_PASSWORD_FILE: /run/secrets/password"),
        ("docker-compose.yml", "      MONGO_INITDB_ROOT_PASSWORD: example"),
        ("a.py", "password = os.environ['PASSWORD']"),
        ("a.py", "password = os.getenv('DB_PASSWORD')"),
        ("a.py", "client = MongoClient(f'mongodb://{user}:{password}@{host}')"),
        ("a.py", "AWS_SECRET_ACCESS_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'"),
        ("a.py", "token = response.json()['token']"),
        ("a.py", "password_field = driver.find_element(By.ID, 'password')"),
        ("README.md", "Le mot de passe (password: motdepasse) est à changer."),
        ("settings.py", "SECRET_KEY = config('SECRET_KEY')"),
        ("login.html", '<input type="password" name="password" placeholder="password">'),
    ],
)
def test_samples_and_empty_values_are_not(path: str, line: str) -> None:
    assert not [one for one in secrets.scan(path, [line]) if not one.demo]


@pytest.mark.parametrize(
    "line",
    [
        "      MONGO_INITDB_ROOT_PASSWORD: root",
        "      POSTGRES_PASSWORD: postgres",
        "      PASSWORD: admin123",
    ],
)
def test_a_documentation_s_password_is_a_demonstration(line: str) -> None:
    assert [one.demo for one in secrets.scan("docker-compose.yml", [line])] == [True]


def test_the_report_never_holds_the_secret(fork, read) -> None:
    files = {
        "a.py": f"headers = {{'X-Auth-Token': '{HEX}'}}\n",
        "b.ipynb": notebook(f"t = '{GITHUB}'"),
    }
    found = read(fork(under("Evaluation/Projet", files)))
    got = verdict(found, "secrets")
    assert got.level == 0
    assert [(one.path.rpartition("/")[2], one.place) for one in got.evidence] == [
        ("a.py", "1"),
        ("b.ipynb", "cellule 1"),
    ]
    assert HEX not in str(found.as_dict())
    assert GITHUB not in str(found.as_dict())


def test_a_secret_that_left_the_files_is_in_the_history(fork, read) -> None:
    folder = fork(under("Evaluation/Projet", {"a.py": f"token = '{GITHUB}'\n"}))
    commit(folder, under("Evaluation/Projet", {"a.py": "import os\ntoken = os.environ['TOKEN']\n"}))
    found = read(folder)
    got = verdict(found, "secrets")
    assert got.level == 1
    assert "publié par" in got.evidence[0].text
    assert GITHUB not in str(found.as_dict())


def test_a_secret_at_the_root_of_the_fork_counts_too(fork, read) -> None:
    folder = fork({**under("Evaluation/Projet", {"a.py": "x = 1\n"}), ".env": f"TOKEN={GITHUB}\n"})
    assert verdict(read(folder), "secrets").level == 0
    git(folder, "rm", "--quiet", ".env")
    commit(folder, {}, "Retire le jeton")
    assert verdict(read(folder), "secrets").level == 1
