"""A class in virtual time: publishers make RTP, subscribers keep what they get; no socket and no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from sfu.description import Codec, MediaLine, SlotStreams
from sfu.forwarding.drops import Drops
from sfu.forwarding.outgoing.departures import Departures
from sfu.forwarding.outgoing.line import Outbound
from sfu.forwarding.participant import Participant
from sfu.forwarding.session import TICK_S, Session
from sfu.messages import Event, Kind, Reception, SlotsChanged, SlotState, Source, View, Wish
from sfu.rtp.packet import ExtensionIds, RtpPacket, build_rtp, is_rtcp, parse_rtp
from sfu.rtp.rtcp import RtcpPacket, parse_rtcp

OPUS, VP8, RTX = 111, 96, 97
IDS = ExtensionIds(mid=4, rid=5, audio_level=1, abs_send_time=2, transport_sequence_number=3)
WALL_OFFSET_S = 1_700_000_000.0
WIDE_BPS = 20_000_000
"""Lines are wide until somebody says otherwise."""


def codec(
    kind: Kind, *, payload_type: int | None = None, rtx: int | None = RTX, audio_nack: bool = False
) -> Codec:
    """Opus or VP8 as a browser negotiates it."""
    audio = kind == "audio"
    return Codec(
        name="opus" if audio else "VP8",
        payload_type=payload_type or (OPUS if audio else VP8),
        rtx_payload_type=None if audio else rtx,
        clock_rate=48_000 if audio else 90_000,
        channels=2 if audio else 1,
        key="opus" if audio else "VP8",
        nack=not audio or audio_nack,
        pli=not audio,
        fir=not audio,
        transport_cc=True,
        remb=not audio,
        fmtp=None,
    )


def line(
    mid: str,
    kind: Kind,
    *,
    sends: bool,
    payload_type: int | None = None,
    index: int = 0,
    rids: tuple[str, ...] = (),
    red: int | None = None,
    audio_nack: bool = False,
) -> MediaLine:
    return MediaLine(
        index=index,
        mid=mid,
        kind=kind,
        sends=sends,
        rejected=False,
        codecs=(codec(kind, payload_type=payload_type, audio_nack=audio_nack),),
        extensions=IDS,
        ssrc=None,
        rtx_ssrc=None,
        rids=rids,
        red_payload_type=red if kind == "audio" else None,
    )


def vp8_payload(picture_id: int, *, keyframe: bool, start: bool = True, tl0: int = 0, size: int = 100) -> bytes:
    """A VP8 payload with 15-bit picture id, TL0PICIDX, TID and KEYIDX (RFC 7741 section 4.2)."""
    descriptor = bytes(
        [0x80 | (0x10 if start else 0), 0xF0, 0x80 | picture_id >> 8, picture_id & 0xFF, tl0 & 0xFF, 0x20]
    )
    header = bytes([0x00 if keyframe else 0x01, 0, 0]) + (b"\x9d\x01\x2a\x80\x02\x68\x01" if keyframe else b"")
    return descriptor + (header + bytes(size))[:size]


@dataclass
class Sender:
    """One source of one participant: numbers its packets as a browser does."""

    mid: str
    kind: Kind
    ssrc: int
    sequence: int
    timestamp: int
    picture_id: int = 0
    tl0: int = 0
    transport_sequence: int = 0
    rid: str = ""
    sent: list[bytes] = field(default_factory=list)

    def packet(self, payload: bytes, *, marker: bool = False, level: int | None = None) -> bytes:
        extensions = {IDS.mid: self.mid.encode(), 3: (self.transport_sequence & 0xFFFF).to_bytes(2, "big")}
        if self.rid:
            extensions[IDS.rid] = self.rid.encode()
        if level is not None:
            extensions[IDS.audio_level] = bytes([0x80 | level])
        data = build_rtp(
            payload_type=OPUS if self.kind == "audio" else VP8,
            sequence_number=self.sequence & 0xFFFF,
            timestamp=self.timestamp & 0xFFFFFFFF,
            ssrc=self.ssrc,
            payload=payload,
            marker=marker,
            extensions=extensions,
        )
        self.sequence += 1
        self.transport_sequence += 1
        self.sent.append(data)
        return data

    def frame(self, *, keyframe: bool = False, packets: int = 2) -> list[bytes]:
        """One video frame, 1/30 s after the last."""
        self.timestamp += 3000
        self.picture_id = (self.picture_id + 1) & 0x7FFF
        self.tl0 += 1
        return [
            self.packet(
                vp8_payload(self.picture_id, keyframe=keyframe, start=i == 0, tl0=self.tl0),
                marker=i == packets - 1,
            )
            for i in range(packets)
        ]

    def speech(self, level: int = 20) -> bytes:
        """20 ms of Opus."""
        self.timestamp += 960
        return self.packet(bytes([0x78]) + self.sequence.to_bytes(4, "big"), level=level)


@dataclass
class Person:
    """A participant with its sources and everything that was sent to it."""

    participant: Participant
    senders: dict[Source, Sender]
    received: list[bytes] = field(default_factory=list)
    rtcp: list[RtcpPacket] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)

    @property
    def id(self) -> str:
        return self.participant.id

    def rtp(self, ssrc: int | None = None) -> list[RtpPacket]:
        """Media that arrived, on one SSRC or all, in order of arrival."""
        packets = [parse_rtp(data, IDS) for data in self.received if not is_rtcp(data)]
        return [packet for packet in packets if ssrc is None or packet.ssrc == ssrc]

    def slot(self, index: int) -> int:
        """The SSRC of the slot at ``index`` in the order of the offer."""
        return self.participant.egress.slots[index].ssrc


class VirtualClass:
    """A session driven by hand. ``now`` only moves by `run`."""

    def __init__(
        self, seed: int = 1, *, start_bps: int = WIDE_BPS, on_gather: Callable[[], None] | None = None
    ) -> None:
        """``on_gather``: as in `Departures`; without it each packet leaves with its batch."""
        self.random = Random(seed)
        self.now = 1000.0
        self._next_tick = self.now
        self.events: list[Event] = []
        self.drops = Drops()
        self.departures = Departures(self.drops, on_gather=on_gather)
        self.people: dict[str, Person] = {}
        self.session = Session(
            "s",
            random=self.random,
            emit=self.events.append,
            departures=self.departures,
            wall_offset_s=WALL_OFFSET_S,
            start_bps=start_bps,
        )

    def join(
        self,
        name: str,
        *,
        lead: bool = False,
        publishing: frozenset[Source] = frozenset(),
        audio: int = 2,
        video: int = 4,
        reception: Reception = Reception.FULL,
        payload_type: int | None = None,
        connect: bool = True,
        rids: tuple[str, ...] = (),
        wishes: list[Wish] | None = None,
        view: View = View.CLASS,
        red: int | None = None,
        audio_nack: bool = False,
    ) -> Person:
        """``rids``: of its camera, whose layers the test sends itself; ``red``: the type of redundant audio;
        ``audio_nack``: it asks for lost sound."""
        sources = {"0": Source.MIC, "1": Source.CAMERA, "2": Source.SCREEN}
        lines = [
            line(mid, source.kind, sends=True, red=red, rids=rids if source is Source.CAMERA else ())
            for mid, source in sources.items()
        ]
        lines += [line(f"a{i}", "audio", sends=False, red=red, audio_nack=audio_nack) for i in range(audio)]
        lines += [line(f"v{i}", "video", sends=False, payload_type=payload_type) for i in range(video)]
        participant = Participant(
            name,
            lead=lead,
            reception=reception,
            lines=lines,
            sources=sources,
            streams={
                entry.mid: SlotStreams(self.random.getrandbits(32), self.random.getrandbits(32), "c", "m")
                for entry in lines
                if not entry.sends
            },
            random=self.random,
        )
        senders = {
            source: Sender(
                mid,
                source.kind,
                self.random.getrandbits(32),
                self.random.randrange(65536),
                self.random.getrandbits(32),
                self.random.randrange(1 << 15),
            )
            for mid, source in sources.items()
        }
        person = self.people[name] = Person(participant, senders)
        self.session.add(participant, publishing, self.now, wishes=wishes, view=view)
        if connect:
            self.connect(person)
        return person

    def connect(self, person: Person) -> None:
        def sendto(data: bytes, _: object) -> int:
            if not is_rtcp(data) and int.from_bytes(data[2:4], "big") in person.lost:
                return len(data)
            person.received.append(data)
            return len(data)

        def encrypt(nonce: bytes, plaintext: bytes, header: bytes) -> bytes:
            return plaintext

        outbound = Outbound(encrypt, 0, sendto, ("198.51.100.1", 5000))
        self.session.connected(person.id, outbound, lambda data: person.rtcp.extend(parse_rtcp(data)), self.now)

    def send(self, person: Person, *packets: bytes) -> None:
        """Each packet in a batch of its own."""
        for data in packets:
            self.send_batch(person, data)

    def send_batch(self, person: Person, *packets: bytes) -> None:
        """All of them in one batch of the socket."""
        for data in packets:
            self.session.handle_rtp(person.participant, data, self.now)
        self.departures.flush(self.now)

    def feed_back(self, person: Person, *packets: RtcpPacket) -> None:
        """RTCP from a participant to the server."""
        self.session.handle_rtcp(person.participant, b"".join(packet.pack() for packet in packets), self.now)

    def run(self, seconds: float) -> None:
        """Let time pass, ticking as a worker does."""
        end = self.now + seconds
        while self._next_tick <= end:
            self.now = self._next_tick
            self._next_tick += TICK_S
            self.session.tick(self.now)
            self.departures.flush(self.now)
        self.now = end

    def play(self, person: Person, source: Source, frames: int, *, keyframe: bool = False) -> None:
        """Send ``frames`` video frames at 30 a second, the first a keyframe when asked for."""
        for i in range(frames):
            self.send(person, *person.senders[source].frame(keyframe=keyframe and i == 0))
            self.run(1 / 30)

    def slots_of(self, person: Person) -> list[SlotState]:
        """What the last event said of the person's slots."""
        changes = [e for e in self.events if isinstance(e, SlotsChanged) and e.participant_id == person.id]
        return changes[-1].slots if changes else []
