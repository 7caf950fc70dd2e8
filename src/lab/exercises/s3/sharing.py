"""Judges of notebook 03: parts, versions, signed links, temporary keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from lab import workspace
from lab.exercises import expect
from lab.exercises.registry import Unverified, Wrong, exercise
from lab.exercises.s3.scratch import called, client, folder, put

MIB = 2**20
ALLOWED, REFUSED = "permis", "refusé"


@exercise("s3-11", stars=2)
def parts(answer: Any) -> None:
    hint = "range(0, taille, partie) donne les débuts ; la dernière finit à taille."
    five = 5 * MIB
    expect.function(
        answer,
        [
            ((12 * MIB, five), [(1, 0, five), (2, five, 2 * five), (3, 2 * five, 12 * MIB)]),
            ((2 * five, five), [(1, 0, five), (2, five, 2 * five)]),
            ((100, five), [(1, 0, 100)]),
            ((100, 1000), [(1, 0, 100)]),
            ((0, five), [(1, 0, 0)]),
            ((10_000 * five, five), [(n + 1, n * five, (n + 1) * five) for n in range(10_000)]),
        ],
        hint,
    )
    for size, part in ((12 * MIB, five - 1), (10_000 * five + 1, five)):
        try:
            answer(size, part)
        except ValueError:
            continue
        except Exception as error:
            raise Wrong(f"On attend ValueError, elle lève {type(error).__name__}.", hint) from None
        raise Wrong(f"decouper({size}, {part}) devrait lever ValueError.", hint)


@contextmanager
def _versioned() -> Iterator[str]:
    """Give a new versioned bucket; removed at the end with all it holds."""
    s3, name = client(), f"s300-juge-{uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    try:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        yield name
    finally:
        history = s3.list_object_versions(Bucket=name)
        for one in history.get("Versions", []) + history.get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=name)


@exercise("s3-12", stars=2)
def restore(answer: Any) -> None:
    hint = "list_object_versions va du récent à l'ancien ; copy_object prend un VersionId."
    expect.callable_(answer, hint)
    s3 = client()
    with _versioned() as bucket:

        def write(key: str, *bodies: str) -> None:
            for body in bodies:
                s3.put_object(Bucket=bucket, Key=key, Body=body.encode())

        def restored(key: str, right: str, least: int) -> None:
            expect.truth(called(answer, s3, bucket, key, hint=hint), True, hint)
            try:
                body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            except s3.exceptions.NoSuchKey:
                raise Wrong("L'objet supprimé n'est pas réapparu.", hint) from None
            if body != right:
                raise Wrong(f"On lit ensuite « {body} » : ce n'est pas la bonne version.", hint)
            versions = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
            if sum(one["Key"] == key for one in versions) < least:
                raise Wrong("Une version a été détruite : l'histoire doit rester.", hint)

        write("a", "brouillon", "relu", "publié")
        write("a.bak", "autre")  # same prefix, another object
        restored("a", "relu", 3)
        write("b", "brouillon", "publié")
        s3.delete_object(Bucket=bucket, Key="b")
        restored("b", "publié", 2)
        write("c", "seule")
        expect.truth(called(answer, s3, bucket, "c", hint=hint), False, hint)


@exercise("s3-13")
def lend(answer: Any) -> None:
    import requests

    hint = "generate_presigned_url('get_object', …, ExpiresIn=…), en secondes."
    expect.callable_(answer, hint)
    with folder() as root:
        put(f"{root}figure é.txt", b"trois ondes")
        link = called(answer, client(), workspace.bucket(), f"{root}figure é.txt", 25, hint=hint)
        if not isinstance(link, str) or not link.startswith("http"):
            raise Wrong(f"On attend un lien, elle rend {expect.kind(link)}.", hint)
        seconds = parse_qs(urlsplit(link).query).get("X-Amz-Expires", [""])[0]
        if seconds != str(25 * 60):
            raise Wrong(f"Pour 25 minutes, le lien vaut {seconds or '?'} secondes.", hint)
        response = requests.get(link, timeout=10)
        if response.status_code != 200 or response.content != b"trois ondes":
            raise Wrong(f"Le lien ne donne pas l'objet : {response.status_code}.", hint)


def _borrowed(answer: Any) -> Any:
    """Return the client if it holds temporary keys. Raises Wrong, Unverified."""
    server = client().list_buckets()["ResponseMetadata"]["HTTPHeaders"].get("server", "")
    if answer is None and "SeaweedFS" not in server:
        raise Unverified("Ce stockage n'a pas donné de clés temporaires.")
    for name in ("get_object", "put_object", "meta"):
        if not hasattr(answer, name):
            raise Wrong(f"On attend un client S3, vous donnez {expect.kind(answer)}.")
    if not answer.meta.endpoint_url == client().meta.endpoint_url:
        raise Wrong("Ce client n'est pas dirigé vers le stockage du laboratoire.")
    return answer


def _told(action: Callable[[], Any]) -> str:
    """Return whether the store lets an action be done."""
    from botocore.exceptions import ClientError

    try:
        action()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("InvalidAccessKeyId", "ExpiredToken"):
            raise Wrong(
                "Le stockage ne reconnaît pas ces clés.",
                "Il faut les trois morceaux ; et au bout de 15 minutes, il en faut de nouvelles.",
            ) from None
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return REFUSED
        raise
    return ALLOWED


def _hold(cases: list[tuple[str, str, Callable[[], Any]]], hint: str) -> None:
    """Try each action, and raise Wrong on the first that is not as it should."""
    for what, right, action in cases:
        if (mine := _told(action)) != right:
            raise Wrong(f"{what} : c'est {mine}, et cela devrait être {right}.", hint)


@exercise("s3-14", stars=2)
def team_folder(answer: Any) -> None:
    hint = (
        "Ajoutez une action à la déclaration sur les objets ; ni « s3:* », ni préfixe plus court."
    )
    his, bucket = _borrowed(answer), workspace.bucket()
    room, other = "s303/equipe/juge.txt", "s303/autre-juge.txt"
    put(room)
    put(other)
    try:
        _hold(
            [
                ("Lire dans le dossier", ALLOWED, lambda: his.get_object(Bucket=bucket, Key=room)),
                ("Écrire dans le dossier", ALLOWED,
                 lambda: his.put_object(Bucket=bucket, Key=room, Body=b"y")),
                ("Lister le dossier", ALLOWED,
                 lambda: his.list_objects_v2(Bucket=bucket, Prefix="s303/equipe/")),
                ("Lire ailleurs", REFUSED, lambda: his.get_object(Bucket=bucket, Key=other)),
                ("Écrire ailleurs", REFUSED,
                 lambda: his.put_object(Bucket=bucket, Key=other, Body=b"y")),
                ("Lister tout le bucket", REFUSED, lambda: his.list_objects_v2(Bucket=bucket)),
                ("Supprimer dans le dossier", REFUSED,
                 lambda: his.delete_object(Bucket=bucket, Key=room)),
            ],
            hint,
        )  # fmt: skip
    finally:
        for name in (room, other):
            client().delete_object(Bucket=bucket, Key=name)


@exercise("s3-15", stars=3)
def letter_box(answer: Any) -> None:
    hint = "Trois déclarations : déposer partout, lire un objet, et un Deny pour cet objet."
    his, bucket = _borrowed(answer), workspace.bucket()
    letter, notice = "s303/depot/juge.txt", "s303/depot/LISEZ-MOI.txt"
    put(notice, "Déposez ici vos lettres.".encode())
    put("s303/depot/autre-juge.txt")

    def write(key: str) -> Callable[[], Any]:
        return lambda: his.put_object(Bucket=bucket, Key=key, Body=b"bonjour")

    try:
        _hold(
            [
                ("Déposer une lettre", ALLOWED, write(letter)),
                ("Lire LISEZ-MOI.txt", ALLOWED,
                 lambda: his.get_object(Bucket=bucket, Key=notice)),
                ("Lire une autre lettre", REFUSED,
                 lambda: his.get_object(Bucket=bucket, Key="s303/depot/autre-juge.txt")),
                ("Remplacer LISEZ-MOI.txt", REFUSED, write(notice)),
                ("Lister la boîte", REFUSED,
                 lambda: his.list_objects_v2(Bucket=bucket, Prefix="s303/depot/")),
                ("Supprimer une lettre", REFUSED,
                 lambda: his.delete_object(Bucket=bucket, Key=letter)),
                ("Déposer ailleurs", REFUSED, write("s303/juge.txt")),
            ],
            hint,
        )  # fmt: skip
    finally:
        for name in (letter, notice, "s303/depot/autre-juge.txt", "s303/juge.txt"):
            client().delete_object(Bucket=bucket, Key=name)
