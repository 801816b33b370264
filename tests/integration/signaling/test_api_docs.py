"""The OpenAPI document and the page that shows it."""

from __future__ import annotations

import re

import pytest

from signaling.http.openapi import openapi
from signaling.protocol.errors import ERROR_CODES
from signaling.protocol.registry import ROUTES
from tests.integration.signaling.harness import Harness

pytestmark = pytest.mark.integration


def test_every_route_is_an_operation_and_every_reference_leads_somewhere() -> None:
    document = openapi("1.2.3")
    operations = {
        (method.upper(), path, operation["operationId"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {(route.method, route.path, route.operation) for route in ROUTES}
    for reference in re.findall(r"'\$ref': '#/components/(\w+)/([^']+)'", str(document)):
        assert reference[1] in document["components"][reference[0]], reference


def test_every_code_that_a_route_names_is_known() -> None:
    for route in ROUTES:
        assert set(route.errors) <= set(ERROR_CODES), route.operation


async def test_the_document_and_its_page_are_served_without_a_token(planned: Harness) -> None:
    url = f"{planned.url}/api/v1/openapi.json"
    async with planned.http.get(url) as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert (await answer.json())["openapi"] == "3.1.0"
        tag = answer.headers["ETag"]
    async with planned.http.get(url, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    async with planned.http.get(f"{planned.url}/api/docs/", allow_redirects=True) as answer:
        assert (answer.status, answer.content_type, answer.url.path) == (200, "text/html", "/api/docs")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        page = await answer.text()
    assert not re.search(r"https?://|<script>|style=| on\w+=", page)
    for path in re.findall(r'(?:src|href)="(/api/docs/[^"]+)"', page):
        async with planned.http.get(planned.url + path) as answer:
            assert answer.status == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with planned.http.get(f"{planned.url}/api/docs/..%2f..%2fapi.py") as answer:
        assert answer.status == 404
