"""The forms in which one microphone is sent: derived once from what came in, and shared by all who want them.

A form is a layer of its own, with slots, numbers and a cache like any other; while nobody wants it, it costs
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sfu.allocation.audio import AudioForm
from sfu.forwarding.incoming.layer import Layer
from sfu.forwarding.media_packet import MediaPacket
from sfu.rtp.opus_merger import Merged, OpusMerger
from sfu.rtp.red import pack_red
from sfu.rtp.serial import ts_delta

OPUS_KEY: Final = "opus"
RED_KEY: Final = "red"
REDUNDANCY: Final = {AudioForm.REDUNDANT: 2, AudioForm.MERGED_REDUNDANT: 1}
"""How many earlier packets each carries: two of 20 ms outlive the loss of two in a row, one of 60 ms of three."""
_MAX_AGE: Final = 48_000 // 8
"""What is further back than 125 ms was heard, or missed, before."""
TYPICAL_VOICE_BPS: Final = 30_000
_FRAMES_PER_S: Final = 50
_PAUSE_BYTES: Final = 10
_WEIGHT: Final = 0.01


class AudioForms:
    """The derived layers of one microphone's ``plain`` layer. ``voice_bps``: of its Opus while it speaks."""

    __slots__ = ("_merged", "_merger", "_plain", "_redundant", "_voice_bytes")

    def __init__(self, plain: Layer) -> None:
        self._plain = plain
        self._merger = OpusMerger()
        self._merged: Layer | None = None
        self._redundant: dict[tuple[AudioForm, int], Layer] = {}
        self._voice_bytes = TYPICAL_VOICE_BPS / 8 / _FRAMES_PER_S

    @property
    def voice_bps(self) -> int:
        return round(self._voice_bytes * 8 * _FRAMES_PER_S / 1000) * 1000

    def layer(self, form: AudioForm, opus_payload_type: int | None) -> Layer:
        """The layer of a form. ``opus_payload_type``: the subscriber's number for Opus if it takes redundant audio
        (it stands inside of such packets); without it the form comes without redundancy."""
        if form is AudioForm.PLAIN or (form is AudioForm.REDUNDANT and opus_payload_type is None):
            return self._plain
        if form is AudioForm.MERGED or opus_payload_type is None:
            return self._merging()
        key = form, opus_payload_type
        if key not in self._redundant:
            self._redundant[key] = self._derive(RED_KEY)
        return self._redundant[key]

    def feed(self, packet: MediaPacket, now: float) -> Iterator[tuple[Layer, MediaPacket]]:
        """What follows from a packet of the plain layer, in every form that somebody wants."""
        if packet.padding_only:
            return
        if (size := len(packet.payload)) > _PAUSE_BYTES:
            self._voice_bytes += (size - self._voice_bytes) * _WEIGHT
        yield from self._with_redundancy(AudioForm.REDUNDANT, self._plain, packet)
        if self._wants_merged():
            layer = self._merging()
            if layer.ssrc not in (None, self._plain.ssrc):
                self._merger.flush()
                self._renew(layer)
            newest = layer.newest
            if newest is None or ts_delta(packet.timestamp, newest.timestamp) > 0:
                yield from self._number(self._merger.push(packet.payload, packet.timestamp, now), now)

    def due(self, now: float) -> Iterator[tuple[Layer, MediaPacket]]:
        """What waited long enough to be merged with more; call it at every tick."""
        yield from self._number(self._merger.due(now), now)

    def stop(self) -> None:
        """Let go of every slot."""
        for layer in [*self._redundant.values(), *([self._merged] if self._merged else [])]:
            layer.stop()
        self._merger.flush()

    @property
    def wanted(self) -> bool:
        """Whether any slot takes, or waits for, a form other than the plain one."""
        derived = [*self._redundant.values(), *([self._merged] if self._merged else [])]
        return any(layer.slots or layer.selective or layer.waiting for layer in derived)

    def _merging(self) -> Layer:
        if self._merged is None:
            self._merged = self._derive(OPUS_KEY)
        return self._merged

    def _wants_merged(self) -> bool:
        merged = self._merged
        return (merged is not None and bool(merged.slots or merged.selective or merged.waiting)) or any(
            layer.slots or layer.selective or layer.waiting
            for (form, _), layer in self._redundant.items()
            if form is AudioForm.MERGED_REDUNDANT
        )

    def _derive(self, codec_key: str) -> Layer:
        layer = Layer(self._plain.track, self._plain.rid)
        layer.codec_key = codec_key
        return layer

    def _number(self, merged: list[Merged], now: float) -> Iterator[tuple[Layer, MediaPacket]]:
        for timestamp, payload in merged:
            layer = self._merging()
            sequence = layer.newest.sequence + 1 if layer.newest is not None else 1
            packet = MediaPacket(sequence, timestamp, False, payload, now)
            yield layer, self._keep(layer, packet)
            yield from self._with_redundancy(AudioForm.MERGED_REDUNDANT, layer, packet)

    def _with_redundancy(
        self, form: AudioForm, source: Layer, packet: MediaPacket
    ) -> Iterator[tuple[Layer, MediaPacket]]:
        for (of_form, payload_type), layer in self._redundant.items():
            if of_form is not form or not (layer.slots or layer.selective or layer.waiting):
                continue
            earlier: list[tuple[int, bytes]] = []
            for back in range(REDUNDANCY[form], 0, -1):
                before = source.cache.get(packet.sequence - back)
                if before is not None and 0 < (age := ts_delta(packet.timestamp, before.timestamp)) <= _MAX_AGE:
                    earlier.append((age, before.payload))
            payload = pack_red(payload_type, packet.payload, earlier)
            derived = MediaPacket(packet.sequence, packet.timestamp, packet.marker, payload, packet.arrival)
            yield layer, self._keep(layer, derived)

    def _renew(self, layer: Layer) -> None:
        """The microphone's own numbers start anew."""
        for slot in list(layer.slots):
            slot.restart()
        layer.newest = None
        layer.cache.clear()
        if layer.departed is not None:
            layer.departed.clear()
        layer.ssrc = None

    def _keep(self, layer: Layer, packet: MediaPacket) -> MediaPacket:
        if layer.ssrc != self._plain.ssrc:
            self._renew(layer)
        layer.ssrc, layer.stream = self._plain.ssrc, self._plain.stream
        layer.cache.store(packet.sequence, packet, packet.arrival)
        return packet
