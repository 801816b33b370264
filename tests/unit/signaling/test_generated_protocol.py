"""The generated files are fresh, and the protocol's registries are whole."""

from __future__ import annotations

from signaling.errors import Refusal
from signaling.http.errors import STATUS
from signaling.protocol import codegen
from signaling.protocol.errors import ERROR_CODES
from signaling.protocol.events import SERVER_EVENTS
from signaling.protocol.registry import ROUTES


def refusals(cls: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [found for child in cls.__subclasses__() for found in (child, *refusals(child))]


def test_nothing_generated_is_stale() -> None:
    assert codegen.stale() == [], "run python -m signaling.protocol.codegen"


def test_every_refusal_has_a_known_code() -> None:
    refused = {cls.code for cls in refusals()}
    codes = refused | {"internal", "method_not_allowed"}  # these two are not refused by any rule of ours
    assert codes == set(ERROR_CODES)
    assert set(STATUS) <= codes
    assert {code for route in ROUTES for code in (*route.errors, *route.common_errors)} <= codes


def test_broadcasts_of_a_room_are_numbered() -> None:
    fields = {name: cls.__struct_fields__ for name, cls in SERVER_EVENTS.items()}
    numbered = {name for name, found in fields.items() if "seq" in found}
    of_chat = {name for name in numbered if "room_id" in fields[name]}
    assert of_chat == {"new-message", "message-updated", "message-deleted", "reaction-changed"}
    assert numbered - of_chat == {
        *("existing-users", "user-joined", "user-updated", "user-left", "participants-list", "hands-changed"),
        *("poll-opened", "poll-closed", "room-policy-changed", "session-ending-soon", "session-ending-cancelled"),
        "notification-deleted",
    }
