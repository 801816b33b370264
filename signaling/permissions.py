"""Who may do what: one table, role by action, asked by REST and sockets alike.

In a course somebody is `tutor`, `student` or `guest`; outside of courses `user` (any account) or `admin`. An admin
acts as a tutor in every course.
"""

from __future__ import annotations

from typing import Literal, get_args

from signaling.errors import Forbidden
from signaling.protocol.base import Role, Source

Actor = Literal["admin", "user", "tutor", "student", "guest"]

CourseAction = Literal[
    "see-course",
    "edit-course",
    "manage-roster",
    "see-roster",
    "invite-guests",
    "plan-class",
    "start-class",
    "end-class",
    "see-attendance",
    "chat",
    "moderate-chat",
    "raise-hand",
    "react",
    "answer-poll",
    "publish-mic",
    "publish-camera",
    "publish-screen",
    "ask-poll",
    "lower-others-hand",
    "let-others-speak",
    "mute-others",
    "remove-others",
    "admit-others",
    "promote-others",
    "control-room",
    "suggest-reception",
    "write-captions",
    "see-health",
    "publish-stream",
    "play-stream",
    "enter-full-class",
    "enter-locked-room",
    "skip-waiting-room",
]

GlobalAction = Literal["create-course", "manage-users", "see-audit-log", "manage-webhooks", "see-server"]

Action = CourseAction | GlobalAction

_GUEST: frozenset[Action] = frozenset(
    {"see-course", "chat", "raise-hand", "react", "answer-poll", "publish-mic", "publish-camera"}
)

PERMISSIONS: dict[Actor, frozenset[Action]] = {
    "tutor": frozenset(get_args(CourseAction)),
    "student": _GUEST | {"see-roster", "play-stream"},
    "guest": _GUEST,
    "user": frozenset({"create-course"}),
    "admin": frozenset((*get_args(CourseAction), *get_args(GlobalAction))),
}

_PUBLISH: dict[Source, CourseAction] = {
    "mic": "publish-mic",
    "camera": "publish-camera",
    "screen": "publish-screen",
}


def may(actor: Actor, action: Action) -> bool:
    return action in PERMISSIONS[actor]


def require(actor: Actor, action: Action) -> None:
    """Raises `Forbidden` when the role may not do that."""
    if not may(actor, action):
        raise Forbidden(f"a {actor} may not do that ({action})")


def require_publish(role: Role, source: Source) -> None:
    require(role, _PUBLISH[source])


def may_publish(role: Role) -> list[Source]:
    """The sources of a role, in the order of the protocol."""
    return [source for source, action in _PUBLISH.items() if may(role, action)]
