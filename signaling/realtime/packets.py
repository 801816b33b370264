"""Socket.IO packets whose payload is left as JSON text until its type is known.

python-socketio would parse a payload into dictionaries first; here each event is decoded once, straight into its
struct, and its size is known before. Whatever is not a packet becomes an event with an empty name, so that it is
counted and refused like any other mistake of a client instead of raising inside the library.
"""

from __future__ import annotations

from typing import Any

import msgspec
from socketio import packet

RESERVED = frozenset({"connect", "disconnect", "connect_error"})
"""Names that python-socketio would take for its own."""

_array = msgspec.json.Decoder(list[msgspec.Raw])
_name = msgspec.json.Decoder(str)


class Json:
    """The JSON module that python-socketio is given. An array's items stay raw, but for the event's name."""

    @staticmethod
    def dumps(data: object, **_: object) -> str:
        return msgspec.json.encode(data).decode()

    @staticmethod
    def loads(text: str, **_: object) -> Any:
        if not text.startswith("["):
            return msgspec.json.decode(text)
        items: list[Any] = _array.decode(text)
        if items:
            items[0] = _name.decode(items[0])
        return items


class Packet(packet.Packet):  # type: ignore[misc]
    """One packet. Binary ones are refused: nothing in the protocol is binary."""

    uses_binary_events = False
    json = Json

    def __init__(self, *args: Any, encoded_packet: str | bytes | None = None, **kwargs: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **kwargs)
        if encoded_packet is not None and not encoded_packet:
            self._refuse()

    def decode(self, encoded_packet: str | bytes) -> int:
        self.packet_type: int = packet.EVENT
        self.data: Any = None
        try:
            if not isinstance(encoded_packet, str):
                raise ValueError("nothing in the protocol is binary")
            super().decode(encoded_packet)
            if self.packet_type not in (packet.CONNECT, packet.DISCONNECT):
                self._check_event()
        except (ValueError, TypeError, RecursionError, msgspec.MsgspecError):
            self._refuse()
        return 0

    def _check_event(self) -> None:
        data: Any = self.data
        if self.packet_type != packet.EVENT or not data or not isinstance(data, list):
            raise ValueError("not an event")
        if data[0] in RESERVED:
            self.data = [""]

    def _refuse(self) -> None:
        self.packet_type, self.namespace, self.id, self.data = packet.EVENT, None, None, [""]
