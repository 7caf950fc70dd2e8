"""Run one GraphQL query: parse, check, measure, execute.

Apart from the routes, and imported at the first query only: graphql-core takes a fifth of a
second to load, which a server that is never asked should not pay.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationType,
    execute_sync,
    get_operation_ast,
    parse,
    print_schema,
    validate,
)

from lab.practice.site.graph import SCHEMA, Root, refuse_costly
from lab.practice.world import World

MOST_TOKENS = 1_000  # words of a query


def run(
    world: World, base: str, query: str, variables: dict[str, Any], name: str | None
) -> tuple[dict[str, Any], int]:
    """Return the answer to a query and its HTTP status; `base` is ``scheme://host``."""
    try:
        document = _checked(query, variables)
    except GraphQLError as error:
        return {"errors": [error.formatted]}, 400
    operation = get_operation_ast(document, name)
    if operation is None:
        return {"errors": [{"message": "Quelle opération ? Voir operationName."}]}, 400
    if operation.operation is not OperationType.QUERY:
        return {"errors": [{"message": "Ici, on ne fait que lire."}]}, 405
    result = execute_sync(SCHEMA, document, Root(world, base), None, variables, name)
    return dict(result.formatted), 200


def _checked(query: str, variables: dict[str, Any]) -> DocumentNode:
    """Return the parsed query. Raises GraphQLError: syntax, unknown field, cost."""
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
        errors = validate(SCHEMA, document, max_errors=5)
        if errors:
            raise errors[0]
        refuse_costly(document, variables)
    except RecursionError:
        raise GraphQLError("Requête trop profonde.") from None
    return document


def printed_schema() -> str:
    """Return the schema in its own language."""
    return print_schema(SCHEMA)
