"""Every operation of the OpenAPI document with generated input, as a tutor, a student and an admin.

No answer may be a failure of the server, and each must be what the document says. ``SCHEMATHESIS_EXAMPLES`` makes
it longer: so many requests per operation and person.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from signaling.config import LimitsConfig
from signaling.http.openapi import openapi
from signaling.protocol.registry import ROUTES
from tests.integration.signaling.courses_support import Person, School
from tests.integration.signaling.harness import CLASS, COURSE, Harness, config, serving
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.integration

Operation = APIOperation[Any, Any, Any, Any]
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDINGS = ("archive", "end", "cancel", "delete", "block", "revoke", "remove", "drop", "sign-out", "mute")
"""What spoils the ground for others comes last."""
FULL = {507}
"""A disk that is full is said so; no failure of the server's own."""


@pytest.mark.long
@pytest.mark.timeout(600)  # hundreds of operations by four people: minutes on a busy machine
async def test_no_request_makes_the_server_fail_or_answer_what_is_not_documented(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    many = 1e4
    limits = LimitsConfig(user_per_second=many, user_burst=10_000, address_per_second=many, address_burst=10_000)
    plain = config(tmp_path, database_url)
    settled = type(plain)(
        data_dir=plain.data_dir, http=plain.http, database=plain.database, auth=plain.auth, limits=limits
    )
    async with serving(settled) as harness:
        ids, tokens = await a_school(harness)
        found, done = await asyncio.to_thread(run, harness.url, ids, tokens)
    broken = [
        record.getMessage() for record in caplog.records if record.exc_info and record.levelno >= logging.ERROR
    ]
    assert not found, "\n\n".join(found)
    assert not broken
    assert len(done) > 0.4 * len(ROUTES), f"most requests are refused; done: {sorted(done)}"


async def a_school(harness: Harness) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Something of each kind to ask about: ids by the part of the path before them."""
    school = School(harness)
    admin = await school.person("root", is_admin=True)
    ada, bob = await school.person("ada"), await school.person("bob")
    await harness.plan()
    await harness.plan("geometry")
    await harness.start()
    links = {role: harness.token(role, user_id=f"the-{role}") for role in ("tutor", "student")}
    tutor = Person(school, "the-tutor", "Tutor", links["tutor"])
    student = Person(school, "the-student", "Student", links["student"])
    await student.must("GET", "/api/v1/live-classes")
    section = await tutor.must("POST", f"/api/v1/courses/{COURSE}/sections", {"name": "A"})
    room = await tutor.must("POST", "/api/v1/chat-rooms", {"kind": "course", "courseId": COURSE})
    message = await tutor.must("POST", f"/api/v1/chat-rooms/{room['id']}/messages", {"id": "m1", "text": "hello"})
    webhook = {"url": "https://example.invalid/hook", "events": ["live-class.started"]}
    _, hook = await admin("POST", "/api/v1/webhooks", webhook)
    ids = {
        "courses": [COURSE],
        "sections": [section["id"]],
        "live-classes": [CLASS, "geometry"],
        "chat-rooms": [room["id"]],
        "messages": [message.get("id", "m1")],
        "users": [ada.id, bob.id],
        "roster": ["the-student", ada.id],
        "participants": [bob.id],
        "chat-mutes": [bob.id],
        "webhooks": [hook.get("id", "none")],
        "notifications": ["1"],
    }
    return ids, {**links, "admin": admin.token, "user": ada.token}


def run(url: str, ids: Mapping[str, list[str]], tokens: Mapping[str, str]) -> tuple[list[str], set[str]]:
    """What was found to be wrong, one text for each operation and person; and the operations that were done."""
    schema = schemathesis.openapi.from_dict(openapi("test"))
    results = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    operations: list[Operation] = [operation for operation in results if operation is not None]
    assert len(operations) == len(ROUTES)
    found: list[str] = []
    done: set[str] = set()
    with requests.Session() as session:
        for operation in sorted(operations, key=_spoils):
            for who, token in tokens.items():
                if (problem := _try(operation, url, ids, token, session, done)) is not None:
                    found.append(f"{operation.method.upper()} {operation.path} as {who}: {problem}")
    return found, done


def _try(
    operation: Operation,
    url: str,
    ids: Mapping[str, list[str]],
    token: str,
    session: requests.Session,
    done: set[str],
) -> str | None:
    modes = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def attempt(data: st.DataObject) -> None:
        try:
            case = data.draw(operation.as_strategy(generation_mode=data.draw(modes)))
        except schemathesis.errors.SchemathesisError:
            case = data.draw(operation.as_strategy())  # nothing can be wrong about this one
        parts = operation.path.split("/")
        for before, part in pairwise(parts):
            known = ids.get(before)
            if part.startswith("{") and known and data.draw(st.integers(0, 3)):
                case.path_parameters[part.strip("{}").partition("}")[0]] = data.draw(st.sampled_from(known))
        if isinstance(case.body, dict) and "courseId" in case.body and data.draw(st.booleans()):
            case.body["courseId"] = COURSE
        first_page: bool = data.draw(st.booleans())
        if case.query and first_page:
            case.query.pop("cursor", None)  # hardly ever one of ours
        answer = case.call(
            base_url=url,
            session=session,
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
            allow_redirects=False,
        )
        if answer.status_code < 300:
            done.add(operation.definition.raw["operationId"])
        if answer.status_code not in FULL:
            case.validate_response(answer, checks=CHECKS)

    try:
        attempt()
    except FailureGroup as group:
        return str(group)[:2000]
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:2000]
    return None


def _spoils(operation: Operation) -> tuple[bool, str, str]:
    name = operation.definition.raw["operationId"]
    return name.startswith(ENDINGS), operation.path, operation.method
