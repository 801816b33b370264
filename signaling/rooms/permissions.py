"""Who may do what: one table, role by action."""

from __future__ import annotations

from typing import Literal, get_args

from signaling.errors import Forbidden
from signaling.protocol.messages import Role, Source

Action = Literal[
    "chat",
    "raise-hand",
    "publish-mic",
    "publish-camera",
    "publish-screen",
    "lower-others-hand",
    "mute-others",
    "remove-others",
    "start-class",
    "end-class",
    "plan-class",
    "see-attendance",
    "enter-full-class",
]

_EVERYONE: frozenset[Action] = frozenset({"chat", "raise-hand", "publish-mic", "publish-camera"})

PERMISSIONS: dict[Role, frozenset[Action]] = {
    "tutor": frozenset(get_args(Action)),
    "student": _EVERYONE,
    "guest": _EVERYONE,
}

_PUBLISH: dict[Source, Action] = {
    "mic": "publish-mic",
    "camera": "publish-camera",
    "screen": "publish-screen",
}


def may(role: Role, action: Action) -> bool:
    return action in PERMISSIONS[role]


def require(role: Role, action: Action) -> None:
    """Raises `Forbidden` when the role may not do that."""
    if not may(role, action):
        raise Forbidden(f"a {role} may not do that ({action})")


def require_publish(role: Role, source: Source) -> None:
    require(role, _PUBLISH[source])


def may_publish(role: Role) -> list[Source]:
    """The sources of a role, in the order of the protocol."""
    return [source for source, action in _PUBLISH.items() if may(role, action)]
