"""What the layers of a track offer to those who share out a line: measured where they flow, else a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sfu.allocation.allocator import LayerOffer

if TYPE_CHECKING:
    from sfu.forwarding.incoming.layer import Layer
    from sfu.forwarding.incoming.track import Track

FLOW_S: Final = 1.0
"""A layer that brought nothing for this long while others of its track did does not flow any more."""
PATIENCE_S: Final = 4.0
"""A layer that was wanted for this long and did not come is not there: the camera is small, or the uplink weak."""
ABSENCE_S: Final = 30.0
"""So long it is not offered then."""

NOMINAL_BPS: Final = (
    (400_000,),
    (150_000, 1_200_000),
    (120_000, 400_000, 1_200_000),
)
"""What clients send, by the number of layers; a guess for those not seen yet. A single one begins low."""
NOMINAL_HEIGHT: Final = 720
TEMPORAL_SHARES: Final = (0.5, 0.7, 1.0)
"""Of three temporal layers, cumulative; a guess likewise."""


def offers(track: Track, now: float) -> tuple[LayerOffer, ...]:
    """The layers that may be aimed at, the lowest first."""
    return tuple(_offer(track, at, layer) for at, layer in enumerate(track.layers) if now >= layer.absent_until)


def _offer(track: Track, at: int, layer: Layer) -> LayerOffer:
    return LayerOffer(layer.rid, _height(track, at), layer.last_bps or _guess(track, at), layer.flowing)


def _height(track: Track, at: int) -> int:
    """As measured, else from the nearest known layer: each has twice the lines of the one below."""
    layers = track.layers
    if layers[at].height:
        return layers[at].height
    for distance in range(1, len(layers)):
        for other in (at + distance, at - distance):
            if 0 <= other < len(layers) and layers[other].height:
                height = layers[other].height
                return height >> distance if other > at else height << distance
    return NOMINAL_HEIGHT >> (len(layers) - 1 - at) if len(layers) > 1 else 0


def _guess(track: Track, at: int) -> tuple[int, ...]:
    count = len(track.layers)
    nominal = NOMINAL_BPS[count - 1] if count <= len(NOMINAL_BPS) else NOMINAL_BPS[-1]
    full = nominal[min(at, len(nominal) - 1)]
    if any(layer.last_bps and len(layer.last_bps) == 1 for layer in track.layers):
        return (full,)
    return tuple(round(full * share) for share in TEMPORAL_SHARES)


def watch(track: Track, now: float) -> list[Layer]:
    """Measure the layers; call it a few times a second. Returns those that began or ceased to flow."""
    newest = max((layer.arrival for layer in track.layers), default=0.0)
    changed: list[Layer] = []
    for layer in track.layers:
        flowing = layer.arrival > newest - FLOW_S and layer.ssrc is not None
        if flowing:
            layer.rates.sample(now)
            layer.last_bps = layer.rates.bps() or layer.last_bps
        layer.flowing = flowing
        if flowing != layer.was_flowing:
            layer.was_flowing = flowing
            layer.rates.restart()
            changed.append(layer)
        if flowing or not is_aimed_at(layer):
            layer.wanted_since = now
        elif now - layer.wanted_since > PATIENCE_S and any(other.flowing for other in track.layers):
            layer.absent_until = now + ABSENCE_S
            layer.wanted_since = now
    return changed


def is_aimed_at(layer: Layer) -> bool:
    """Whether some slot takes it, or waits to."""
    return bool(
        layer.slots
        or layer.selective
        or layer.crossings
        or any(slot.waiting_for is layer for slot in layer.waiting)
    )
