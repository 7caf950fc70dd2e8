"""The GraphQL schema of the newspaper: its resolvers, and what a query may cost."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    build_schema,
)

from lab.practice.articles import Headline, headline, paragraphs
from lab.practice.plan import Author, Cycle, Section
from lab.practice.world import World

MOST = 50  # articles of one page of a connection
MAX_DEPTH, MAX_COST = 8, 2000
PAGED = ("articles",)
SCHEMA = build_schema('''
"""Une date ISO 8601 avec son fuseau."""
scalar DateTime

type Query {
  """Les articles, du plus récent au plus ancien."""
  articles(first: Int! = 20, after: String): ArticleConnection!
  article(id: ID!): Article
  sections: [Section!]!
  section(slug: String!): Section
  authors: [Author!]!
  author(slug: String!): Author
}
"""Une page de liste. La suite se demande avec `after: pageInfo.endCursor`."""
type ArticleConnection { totalCount: Int!  edges: [ArticleEdge!]!  pageInfo: PageInfo! }
type ArticleEdge { cursor: String!  node: Article! }
type PageInfo { hasNextPage: Boolean!  endCursor: String }
type Article {
  id: ID!
  "L’adresse de la page sur ce serveur."
  url: String!
  "L’adresse officielle, la même partout."
  canonicalUrl: String!
  title: String!
  description: String!
  body: String!
  language: String!
  published: DateTime!
  modified: DateTime!
  image: String!
  section: Section!
  authors: [Author!]!
  tags: [Tag!]!
}
type Section {
  slug: String!
  name: String!
  articles(first: Int! = 20, after: String): ArticleConnection!
}
type Author {
  slug: String!
  name: String!
  section: Section!
  articles(first: Int! = 20, after: String): ArticleConnection!
}
type Tag { slug: String!  name: String! }
''')


@dataclass(frozen=True, slots=True)
class Root:
    """Resolves `Query` for one request; `base` is ``scheme://host``."""

    world: World
    base: str

    def articles(self, _info: Any, **asked: Any) -> dict[str, Any]:
        return connection(self, None, **asked)

    def article(self, _info: Any, id: str) -> dict[str, Any] | None:
        if not (id.isascii() and id.isdigit() and 1 <= int(id[:12]) <= self.world.article_count):
            return None
        return article(self, headline(self.world, int(id[:12]) - 1))

    def sections(self, _info: Any) -> list[dict[str, Any]]:
        return [listed(self, one) for one in self.world.plan.sections.values()]

    def section(self, _info: Any, slug: str) -> dict[str, Any] | None:
        found = self.world.plan.sections.get(slug)
        return listed(self, found) if found else None

    def authors(self, _info: Any) -> list[dict[str, Any]]:
        return [listed(self, one) for one in self.world.plan.authors.values()]

    def author(self, _info: Any, slug: str) -> dict[str, Any] | None:
        found = self.world.plan.authors.get(slug)
        return listed(self, found) if found else None


def listed(root: Root, thing: Section | Author) -> dict[str, Any]:
    """Return the resolvers of a section or an author."""
    fields: dict[str, Any] = {
        "slug": thing.slug,
        "name": thing.name,
        "articles": lambda _info, **asked: connection(root, root.world.plan.cycle(thing), **asked),
    }
    if isinstance(thing, Author):
        fields["section"] = lambda _info: listed(root, thing.section)
    return fields


def article(root: Root, head: Headline) -> dict[str, Any]:
    """Return the resolvers of an article; the body is written only when asked for."""
    return {
        "id": str(head.number),
        "url": root.base + head.path,
        "canonicalUrl": head.canonical_url,
        "title": head.title,
        "description": head.description,
        "body": lambda _info: "\n\n".join(paragraphs(root.world, head.index)),
        "language": "fr",
        "published": head.published.isoformat(),
        "modified": head.modified.isoformat(),
        "image": root.base + head.image_path,
        "section": lambda _info: listed(root, head.entry.section),
        "authors": lambda _info: [listed(root, one) for one in head.entry.authors],
        "tags": [{"slug": tag.slug, "name": tag.name} for tag in head.entry.tags],
    }


def connection(
    root: Root, cycle: Cycle | None, first: int, after: str | None = None
) -> dict[str, Any]:
    """Return a page of articles older than the cursor `after`. Raises GraphQLError."""
    if not 1 <= first <= MOST:
        raise GraphQLError(f"first va de 1 à {MOST}.")
    world = root.world
    total = world.article_count if cycle is None else cycle.count(world.article_count)
    start = 0
    if after is not None:
        # A cursor names an article, not a rank: new articles do not shift the pages.
        older = read_cursor(after)
        start = total - (older if cycle is None else cycle.count(older))
    chosen = world.newest(cycle, start, min(total, start + first))
    return {
        "totalCount": total,
        "edges": lambda _info: [
            {"cursor": cursor(index), "node": article(root, headline(world, index))}
            for index in chosen
        ],
        "pageInfo": {
            "hasNextPage": start + len(chosen) < total,
            "endCursor": cursor(chosen[-1]) if chosen else None,
        },
    }


def cursor(index: int) -> str:
    """Return the cursor of an article."""
    return base64.urlsafe_b64encode(f"article:{index}".encode()).decode()


def read_cursor(text: str) -> int:
    """Return the index of an article's cursor. Raises GraphQLError."""
    try:
        word, _, index = base64.urlsafe_b64decode(text).partition(b":")
        if word != b"article" or len(index) > 12 or not index.isdigit():
            raise ValueError(text)
    except (binascii.Error, ValueError) as error:
        raise GraphQLError("after : ce curseur ne vient pas d’ici.") from error
    return int(index)


def refuse_costly(document: DocumentNode, variables: dict[str, Any]) -> None:
    """Raise GraphQLError for a valid query that goes too deep or asks for too much.

    A field costs one, and what stands under a paged list counts once per element asked for;
    fields of introspection are free (their size is that of the schema).
    """
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    known: dict[str, tuple[int, int]] = {}

    def of_fragment(name: str) -> tuple[int, int]:
        # Each fragment is measured once: a tower of fragments must not take for ever.
        if name not in known:
            known[name] = measure(fragments[name].selection_set)
        return known[name]

    def measure(selection: SelectionSetNode | None) -> tuple[int, int]:
        if selection is None:
            return 0, 0
        return _total([_measure_one(n, variables, measure, of_fragment) for n in _nodes(selection)])

    operations = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    depth, cost = _total([measure(operation.selection_set) for operation in operations])
    if depth > MAX_DEPTH:
        raise GraphQLError(f"Requête trop profonde : {depth} niveaux, {MAX_DEPTH} au plus.")
    if cost > MAX_COST:
        raise GraphQLError(f"Requête trop coûteuse : {cost} points, {MAX_COST} au plus.")


def _nodes(selection: SelectionSetNode) -> Sequence[Any]:
    return selection.selections


def _total(parts: list[tuple[int, int]]) -> tuple[int, int]:
    return max((d for d, _ in parts), default=0), sum(c for _, c in parts)


def _measure_one(
    node: Any,
    variables: dict[str, Any],
    measure: Callable[[SelectionSetNode | None], tuple[int, int]],
    of_fragment: Callable[[str], tuple[int, int]],
) -> tuple[int, int]:
    if isinstance(node, FragmentSpreadNode):
        return of_fragment(node.name.value)
    depth, cost = measure(node.selection_set)
    if not isinstance(node, FieldNode):
        return depth, cost
    if node.name.value.startswith("__"):
        return 0, 0
    return depth + 1, 1 + cost * (_first(node, variables) if node.name.value in PAGED else 1)


def _first(node: FieldNode, variables: dict[str, Any]) -> int:
    for argument in node.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return max(1, int(argument.value.value))
            if isinstance(argument.value, VariableNode):
                given = variables.get(argument.value.name.value)
                return max(1, given) if isinstance(given, int) else MOST
    return 20
