"""Writes the protocol as a page for people: ``docs/protocol.md``."""

from __future__ import annotations

import msgspec

from signaling.protocol import events
from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.errors import ERROR_CODES
from signaling.protocol.registry import ROUTES
from signaling.protocol.rest import Route
from signaling.protocol.schema import Shape, shape_of, structs

_INTRO = """# The protocol

Generated from `signaling/protocol` by `python -m signaling.protocol.codegen`. Do not edit.

A client speaks to Podium in two ways: REST under `/api/v1` for what is planned, and Socket.IO for what
happens in a class. Everything is JSON with camelCase fields; moments are ISO 8601 in UTC. Protocol version
{version}.

Who somebody is (user, name, role, course) is read from the token alone, never from a payload. A token is a
JWT (HS256) with the claims `sub`, `name`, `role` (`tutor`, `student` or `guest`), `course`, `iat`, `exp` and
`iss: "podium"`. REST takes it as `Authorization: Bearer <token>`, Socket.IO as `auth: {{token}}`. A
connection with a token that is missing, wrong or expired is refused; `connect_error` then carries `data:
{{code, message}}`.

## Joining a class

1. Connect with the token. The socket now belongs to the course: it hears `live-class-started` and
   `live-class-ended`.
2. Send `join-session` with the id of the live class and a random `seatKey` that the tab keeps. `not_live`
   means: wait for `live-class-started`, then send it again. A tutor starts the class by REST.
3. Where a tutor lets people in one by one, the ack of the others says `admission: waiting`, and holds nothing
   of the room. Stay connected; after `admitted` send `join-session` again.
4. The ack is `Joined`, with a snapshot of the room. The newcomer also gets `existing-users`; the others get
   `user-joined` and `participants-list`.
5. Send `connect-media` with one offer: a sending line for each source, also for what may not be sent yet, and
   `limits.audioSlots` + `limits.videoSlots` receiving lines. The ack holds the answer and what each slot
   shows; `slots-changed` tells later changes. There is no further negotiation. After `media-reset`, make a
   new connection the same way. Events of one connection are handled in their order: who knows the number of
   lines before (`media` of the REST answer on how to join) need not wait for the ack of `join-session`.
6. Send `update-media-state` whenever a device really goes on or off. What is off is not forwarded, nor is
   what the room's policy locks: `source_locked` says so, and `room-policy-changed` tells when that changes.

A connection that is lost keeps its seat (participant id, role, hand) for a while, 120 s by default: others
see `isReconnecting`, and media flags off. Reconnect, then send `join-session` with the same `seatKey`; a page
that kept `lastSeq` and `sessionId` sends them too and gets what it missed instead of a snapshot. If another
connection takes the seat, the older one gets `removed` with reason `replaced`.

## Numbering

Every broadcast to a room carries `seq`, one higher than the one before. A client that sees a gap sends
`resync` with the last `seq` it has, and gets what was missed, or a snapshot when that is too long ago. It
ignores a `seq` it already has. Numbers go on rising over a restart of the server, but not one by one.
`participants-list` is sent at once in a quiet room, and at most every so often in a large one; `user-joined`
and `user-left` always come.

## Acknowledgements and errors

Every client event is acknowledged with `{{ok: true, …}}` and the fields of its ack, or with `{{ok: false,
error: {{code, message}}}}`. REST errors are `application/problem+json` with the same `code`.

| code | meaning |
|---|---|
{codes}
"""


def reference() -> str:
    """The whole of ``docs/protocol.md``."""
    codes = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in ERROR_CODES.items())
    parts = [_INTRO.format(version=PROTOCOL_VERSION, codes=codes), "## Client events\n"]
    for name, (payload, ack) in events.CLIENT_EVENTS.items():
        parts += [f"### `{name}`\n", _body(shape_of(payload)), f"Ack: {_link(ack)}\n"]
    parts.append("## Acks\n")
    acks = dict.fromkeys(ack for _, ack in events.CLIENT_EVENTS.values())
    parts += [_section(ack) for ack in acks]
    parts.append("## Server events\n")
    for name, cls in events.SERVER_EVENTS.items():
        parts += [f"### `{name}`\n", _body(shape_of(cls))]
    parts.append("## REST\n\n| route | who | what | answer | errors |\n|---|---|---|---|---|")
    parts.append("\n".join(map(_route, ROUTES)) + "\n")
    parts.append("## Shapes\n")
    shown = {*acks, *events.SERVER_EVENTS.values(), *(payload for payload, _ in events.CLIENT_EVENTS.values())}
    parts += [_section(cls) for cls in structs() if cls not in shown]
    return "\n".join(parts).rstrip() + "\n"


def _section(cls: type[msgspec.Struct]) -> str:
    return f"### {cls.__name__}\n\n{_body(shape_of(cls))}"


def _body(shape: Shape) -> str:
    parts = [shape.doc + "\n"] if shape.doc else []
    if shape.fields:
        rows = "\n".join(
            f"| `{f.name}` | `{f.type.replace('|', '∣')}` | {'optional' if f.optional else 'yes'} | {f.limits} |"
            for f in shape.fields
        )
        parts.append(f"| field | type | required | limits |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _route(route: Route) -> str:
    body = f" Body: {_link(route.body)}." if route.body else ""
    if route.query:
        body += f" Query: {_link(route.query)}."
    errors = ", ".join(f"`{code}`" for code in route.errors)
    cells = (
        f"`{route.method} {route.path}`",
        route.who,
        route.doc + body,
        f"{route.status} {_link(route.answer) if route.answer else ''}",
        errors,
    )
    return f"| {' | '.join(cells)} |"


def _link(cls: type[msgspec.Struct]) -> str:
    return f"[{cls.__name__}](#{cls.__name__.lower()})"
