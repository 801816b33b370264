"""Writes the protocol as TypeScript: interfaces, event maps for socket.io-client, error codes."""

from __future__ import annotations

from signaling.protocol import events, session
from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.errors import ERROR_CODES
from signaling.protocol.schema import ALIASES, Field, Shape, shape_of, structs

HEADER = "// Generated from signaling/protocol by `python -m signaling.protocol.codegen`. Do not edit."

_MISSED = """/** {doc} */
export type MissedEvent = {{
  [E in keyof ServerEventData]: {{ event: E; data: ServerEventData[E] }};
}}[keyof ServerEventData];"""

_TAIL = """export interface ProtocolError {
  code: ErrorCode;
  message: string;
  /** With `elsewhere`: the server to connect to. */
  url?: string;
  /** With `rate_limited`: when it may work. */
  retryAfterMs?: number;
}

/** What a client event is acknowledged with. */
export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ProtocolError };

export type ClientToServerEvents = {
  [E in keyof ClientEventData]: (data: ClientEventData[E], ack: (reply: Ack<ClientEventAck[E]>) => void) => void;
};

export type ServerToClientEvents = {
  [E in keyof ServerEventData]: (data: ServerEventData[E]) => void;
};"""


def typescript() -> str:
    """The whole of ``protocol.gen.ts``."""
    parts = [HEADER, f"export const PROTOCOL_VERSION = {PROTOCOL_VERSION};"]
    parts.append("/** A moment, ISO 8601 in UTC. */\nexport type Timestamp = string;")
    parts += [f"export type {name} = {_union(options)};" for name, options in ALIASES.items()]
    acks = {ack for _, ack in events.CLIENT_EVENTS.values()}
    for cls in structs():
        shape = shape_of(cls)
        if cls is session.MissedEvent:
            parts.append(_MISSED.format(doc=shape.doc))
        elif not shape.fields:
            parts.append(
                f"{_doc(shape)}export type {shape.name} = {'object' if cls in acks else 'Record<string, never>'};"
            )
        else:
            parts.append(_interface(shape))
    asked = events.CLIENT_EVENTS
    parts.append(
        _map("ClientEventData", "What each client event carries.", {n: c.__name__ for n, (c, _) in asked.items()})
    )
    parts.append(
        _map("ClientEventAck", "What each is answered with.", {n: a.__name__ for n, (_, a) in asked.items()})
    )
    names = {name: cls.__name__ for name, cls in events.SERVER_EVENTS.items()}
    parts.append(_map("ServerEventData", "What each server event carries.", names))
    codes = "".join(f"\n  /** {meaning} */\n  | {_quote(code)}" for code, meaning in ERROR_CODES.items())
    parts.append(f"export type ErrorCode ={codes};")
    parts.append(_TAIL)
    return "\n\n".join(parts) + "\n"


def _interface(shape: Shape) -> str:
    lines = "\n".join(map(_member, shape.fields))
    return f"{_doc(shape)}export interface {shape.name} {{\n{lines}\n}}"


def _member(field: Field) -> str:
    line = f"  {field.name}{'?' if field.optional else ''}: {field.type};"
    return f"  /** {field.limits} */\n{line}" if field.limits else line


def _doc(shape: Shape) -> str:
    return f"/** {shape.doc} */\n" if shape.doc else ""


def _map(name: str, doc: str, entries: dict[str, str]) -> str:
    lines = "\n".join(f"  {_quote(event)}: {struct};" for event, struct in entries.items())
    return f"/** {doc} */\nexport interface {name} {{\n{lines}\n}}"


def _union(options: tuple[str, ...]) -> str:
    return " | ".join(map(_quote, options))


def _quote(text: str) -> str:
    return f'"{text}"'
