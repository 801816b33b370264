"""What a participant receives: its slots, their sender reports, and the answers to its RTCP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING

from sfu.description import codecs_by_key
from sfu.forwarding.incoming.audio_forms import RED_KEY
from sfu.forwarding.incoming.sender_clock import SenderClock
from sfu.forwarding.outgoing.repetition import Repetition
from sfu.forwarding.outgoing.retransmission import Retransmission
from sfu.forwarding.outgoing.slot import PayloadTypes, Slot
from sfu.rtp.ntp import to_ntp
from sfu.rtp.rtcp import Goodbye, SenderReport

if TYPE_CHECKING:
    from random import Random

    from sfu.description import MediaLine, SlotStreams
    from sfu.forwarding.outgoing.line import Line

REPORT_INTERVAL_S = {"audio": 5.0, "video": 1.0}

_switched = attrgetter("switched")


class Egress:
    """The slots of one participant, in the order of its offer."""

    __slots__ = (
        "_next_report",
        "_repair",
        "_repetitions",
        "_reports_at",
        "audio",
        "repeats_audio",
        "slots",
        "video",
    )

    def __init__(self, lines: Iterable[tuple[MediaLine, SlotStreams]], random: Random) -> None:
        """``lines``: those the participant receives on."""
        self.slots: list[Slot] = []
        self._repair: dict[int, Retransmission] = {}
        self._repetitions: dict[int, Repetition] = {}
        """Of sound that is asked for again (NACK) and has no stream for repairs."""
        self._next_report: dict[int, float] = {}
        self._reports_at = 0.0
        """When the first of them is due."""
        self.repeats_audio = False
        """Whether lost sound has a stream for repairs. Without one, redundancy follows the loss that is left."""
        for line, streams in lines:
            nacks = line.kind == "audio" and any(codec.nack for codec in line.codecs)
            has_stream = any(codec.nack and codec.rtx_payload_type is not None for codec in line.codecs)
            self.repeats_audio |= nacks and has_stream
            payload_types = {
                key: PayloadTypes(codec.payload_type, codec.rtx_payload_type)
                for key, codec in codecs_by_key(line.codecs).items()
            }
            if line.red_payload_type is not None:
                payload_types[RED_KEY] = PayloadTypes(line.red_payload_type, None)
            slot = Slot(
                line.mid,
                line.kind,
                streams.ssrc,
                line.codecs[0].clock_rate,
                payload_types,
                first_sequence=random.randrange(1, 1 << 15),
                descriptor_extension=line.extensions.dependency_descriptor,
            )
            self.slots.append(slot)
            if nacks and not has_stream:
                self._repetitions[slot.ssrc] = Repetition(slot)
            self._repair[slot.ssrc] = Retransmission(slot, streams.rtx_ssrc, random.randrange(1, 1 << 15))
        self.audio = [slot for slot in self.slots if slot.kind == "audio"]
        self.video = [slot for slot in self.slots if slot.kind == "video"]

    def bind(self, line: Line, mid_extension: int) -> None:
        """The participant is connected. ``mid_extension``: id of the MID header extension, 0 for none."""
        for slot in self.slots:
            slot.bind(line, mid_extension)

    def clear(self) -> None:
        for slot in self.slots:
            slot.clear()

    def by_ssrc(self, ssrc: int) -> Slot | None:
        repair = self._repair.get(ssrc)
        return repair.slot if repair else None

    def answer_nack(self, ssrc: int, sequence_numbers: Iterable[int], rtt_s: float, now: float) -> None:
        """Send 16-bit numbers of the slot with this SSRC again, where they are still there."""
        repetition = self._repetitions.get(ssrc)
        if repetition is not None:
            for sequence_number in sequence_numbers:
                repetition.answer(sequence_number, rtt_s, now)
            return
        repair = self._repair.get(ssrc)
        if repair is not None:
            repair.answer(sequence_numbers, rtt_s, now)

    def pad(self, size: int, now: float) -> None:
        """Send about ``size`` bytes of padding at once, on the first repair stream there is."""
        for slot in self.video:
            if self._repair[slot.ssrc].pad(size, now):
                return

    def reports_due(self, now: float) -> bool:
        """Whether `sender_reports` may return any."""
        return now >= self._reports_at or any(map(_switched, self.slots))

    def sender_reports(self, clocks: Mapping[str, SenderClock], now: float, wall_s: float) -> list[SenderReport]:
        """Those due now: every second for video, every five for audio, at once after a switch.

        ``clocks``: of the publishers, by participant.
        """
        reports: list[SenderReport] = []
        for slot in self.slots:
            layer = slot.layer
            if layer is None or layer.newest is None:
                self._next_report.pop(slot.ssrc, None)
                continue
            key = slot.ssrc
            if now < self._next_report.get(key, 0.0) and not slot.switched:
                continue
            slot.switched = False
            self._next_report[key] = now + REPORT_INTERVAL_S[slot.kind]
            last = layer.stream.last_sr if layer.stream else None
            if last is not None:
                timestamp = clocks[layer.track.participant_id].rtp_at(
                    last.ntp, last.rtp_timestamp, slot.clock_rate, wall_s
                )
            else:
                since = round((now - layer.newest.arrival) * slot.clock_rate)
                timestamp = layer.newest.timestamp + since
            packets, octets = slot.sent()
            reports.append(
                SenderReport(
                    slot.ssrc,
                    to_ntp(wall_s),
                    (timestamp + slot.timestamp_offset) & 0xFFFFFFFF,
                    packets & 0xFFFFFFFF,
                    octets & 0xFFFFFFFF,
                    (),
                )
            )
        self._reports_at = min(self._next_report.values(), default=inf)
        return reports

    def goodbye(self) -> bytes:
        """BYE for every slot (RFC 3550 section 6.6); at most 31 fit one packet."""
        ssrcs = [slot.ssrc for slot in self.slots]
        return b"".join(Goodbye(tuple(ssrcs[i : i + 31])).pack() for i in range(0, len(ssrcs), 31))

    def sent(self) -> tuple[int, int, int]:
        """Packets, video packets (both with retransmissions) and payload octets that left."""
        packets = video = octets = 0
        for slot in self.slots:
            repair = self._repair[slot.ssrc]
            slot_packets, slot_octets = slot.sent()
            packets += slot_packets + repair.packets
            octets += slot_octets + repair.octets
            if slot.kind == "video":
                video += slot_packets + repair.packets
        for repetition in self._repetitions.values():
            packets += repetition.packets
            octets += repetition.octets
        return packets, video, octets
