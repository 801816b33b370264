"""The OpenAPI 3.1 document, made from the routes of the protocol."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from types import ModuleType
from typing import Any

import msgspec

from signaling.http.errors import STATUS
from signaling.protocol.base import Id
from signaling.protocol.errors import ERROR_CODES
from signaling.protocol.registry import SUBJECTS
from signaling.protocol.rest import Problem, Route
from signaling.protocol.schema import doc_of

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_RESPONSE = "#/components/responses/{name}"
_EVERYWHERE = ("unavailable", "internal")
"""What any answer may be, whatever was asked."""

_ABOUT = """Bodies are JSON with camelCase fields; moments are ISO 8601 in UTC. What happens inside of a class goes
over Socket.IO and is described with the protocol. Errors are problem documents (RFC 9457) with a stable `code`.
Lists are given in pages: `nextCursor` of one page is the `cursor` of the next; null means that it was the last."""


def openapi(version: str, subjects: Iterable[ModuleType] = SUBJECTS) -> Json:
    """The whole document. Every call makes a new one."""
    grouped = [(subject, getattr(subject, "ROUTES", ())) for subject in subjects]
    grouped = [(subject, routes) for subject, routes in grouped if routes]
    every = [route for _, routes in grouped for route in routes]
    schemas = _components(every)
    paths: dict[str, Json] = defaultdict(dict)
    for subject, routes in grouped:
        for route in routes:
            paths[route.path][route.method.lower()] = _operation(route, _tag(subject), schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Podium", "version": version, "description": " ".join(_ABOUT.split())},
        "servers": [{"url": "../.."}],
        "tags": [{"name": _tag(subject), "description": _about(subject)} for subject, _ in grouped],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if not name.endswith("?")},
            "responses": {name: failure for route in every for _, name, failure in _failures(route)},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of a sign-in, or the token of a link.",
                }
            },
        },
    }


def _tag(subject: ModuleType) -> str:
    return subject.__name__.rpartition(".")[2].replace("_", " ").capitalize()


def _about(subject: ModuleType) -> str:
    return (subject.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ").replace("``", "`")


def _components(routes: list[Route]) -> dict[str, Json]:
    types: set[type[msgspec.Struct]] = {Problem}
    for route in routes:
        types |= {t for t in (route.body, route.answer, route.query) if t is not None}
    ordered = sorted(types, key=lambda t: t.__name__)
    _, found = msgspec.json.schema_components(ordered, ref_template=_REF)
    queries = {route.query.__name__ for route in routes if route.query is not None}
    # a query is no schema of its own: its fields become parameters
    return {name + "?" if name in queries else name: _tidy(schema) for name, schema in sorted(found.items())}


def _tidy(schema: Any) -> Any:
    """Docstrings as one paragraph, and patterns as JavaScript has them."""
    if isinstance(schema, list):
        return [_tidy(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _tidy(value) for key, value in schema.items()}
    if isinstance(description := tidied.get("description"), str):
        tidied["description"] = " ".join(description.split()).replace("``", "`")
    if isinstance(pattern := tidied.get("pattern"), str):
        tidied["pattern"] = pattern.replace(r"\Z", "$")
    return tidied


def _operation(route: Route, tag: str, schemas: dict[str, Json]) -> Json:
    operation: Json = {
        "operationId": route.operation,
        "tags": [tag],
        "summary": route.operation.replace("-", " ").capitalize(),
        "description": f"{route.doc}\n\nWho may: {route.who}.",
    }
    if parameters := [*_path_parameters(route), *_query_parameters(route, schemas)]:
        operation["parameters"] = parameters
    if route.body is not None:
        schema = _link(route.body)
        required = bool(schemas[route.body.__name__].get("required"))
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    elif route.body_media_type != "application/json":
        operation["requestBody"] = {"required": True, "content": {route.body_media_type: {"schema": {}}}}
    if route.public:
        operation["security"] = []
    failures = {str(status): {"$ref": _RESPONSE.format(name=name)} for status, name, _ in _failures(route)}
    operation["responses"] = {**_success(route), **failures}
    return operation


def _path_parameters(route: Route) -> Iterator[Json]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        schema = _tidy(msgspec.json.schema(Id))
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route, schemas: dict[str, Json]) -> Iterator[Json]:
    if route.query is None:
        return
    struct = schemas[route.query.__name__ + "?"]
    for name, schema in struct.get("properties", {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in struct.get("required", ()),
            "schema": _without_null(schema),
        }


def _without_null(schema: Json) -> Json:
    """A parameter that is not given is not there; null cannot be sent."""
    options = schema.get("anyOf")
    if options is None:
        return schema
    kept = [option for option in options if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if schema.get("default") is not None:
        rest["default"] = schema["default"]
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _success(route: Route) -> Json:
    if route.answer is not None:
        content: Json = {"application/json": {"schema": _link(route.answer)}}
        content |= {media_type: {"schema": {}} for media_type in route.other_media_types}
        found: Json = {"description": doc_of(route.answer) or HTTPStatus(route.status).phrase, "content": content}
        return {str(route.status): found, **_degraded(route, content)}
    if route.media_type != "application/json":
        return {str(route.status): {"description": "The content.", "content": {route.media_type: {"schema": {}}}}}
    return {"204": {"description": "Done."}}


def _degraded(route: Route, content: Json) -> Json:
    """The health check answers in its own words also when it is not well."""
    return (
        {"503": {"description": "Not able to serve.", "content": content}} if route.operation == "health" else {}
    )


def _failures(route: Route) -> Iterator[tuple[int, str, Json]]:
    """Status, name and content of each way to be refused; routes that are refused alike share it."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in sorted({*route.errors, *route.common_errors, *_EVERYWHERE}):
        by_status[STATUS.get(code, HTTPStatus.INTERNAL_SERVER_ERROR).value].append(code)
    if route.operation == "health":
        by_status.pop(HTTPStatus.SERVICE_UNAVAILABLE.value)
    for status, codes in sorted(by_status.items()):
        schema = {"allOf": [_link(Problem), {"properties": {"code": {"enum": codes}}}]}
        failure = {
            "description": "; ".join(f"`{code}`: {ERROR_CODES[code]}" for code in codes),
            "content": {"application/problem+json": {"schema": schema}},
        }
        yield status, "-".join(codes), failure


def _link(cls: type[msgspec.Struct]) -> Json:
    return {"$ref": _REF.format(name=cls.__name__)}
