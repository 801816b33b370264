"""All of the protocol in one place: the modules of its subjects, and their routes."""

from __future__ import annotations

from types import ModuleType

from signaling.protocol import (
    accounts,
    admin,
    attendance,
    base,
    calendars,
    captions,
    chat,
    chat_files,
    chat_history,
    chat_rooms,
    connection,
    courses,
    hands,
    health,
    invites,
    live_classes,
    moderation,
    network_test,
    notifications,
    people,
    polls,
    presence,
    push,
    reactions,
    reception,
    rest,
    room_policy,
    schedule,
    session,
    streams,
    waiting,
    webhooks,
)
from signaling.protocol.rest import Route

SUBJECTS: tuple[ModuleType, ...] = (
    base,
    connection,
    accounts,
    people,
    invites,
    presence,
    courses,
    live_classes,
    calendars,
    chat_files,
    chat,
    chat_rooms,
    chat_history,
    hands,
    room_policy,
    waiting,
    moderation,
    reactions,
    captions,
    polls,
    reception,
    session,
    streams,
    attendance,
    notifications,
    push,
    schedule,
    webhooks,
    admin,
    network_test,
    health,
    rest,
)
"""In the order in which they are described. Every public struct of these modules crosses the wire."""

ROUTES: tuple[Route, ...] = tuple(route for subject in SUBJECTS for route in getattr(subject, "ROUTES", ()))
