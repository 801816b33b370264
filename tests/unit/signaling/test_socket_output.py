"""What is sent on a connection stays in order, and never grows without end."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import pytest
from engineio import packet as eio  # type: ignore[import-untyped]

from signaling.realtime.fanout import Fanout, packet
from signaling.realtime.output import Message, Output, close_frame, text_frame


class Wire(asyncio.Transport):
    """A transport that keeps what is written until it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_over = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.written))

    def is_closing(self) -> bool:
        return self.is_over

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True


def message(text: str) -> Any:
    return eio.Packet(eio.MESSAGE, text)


def output(limit: int = 1000) -> tuple[Output, list[Output]]:
    overflown: list[Output] = []
    return Output(limit, overflown.append), overflown


@pytest.mark.parametrize(("size", "head"), [(0, "8100"), (125, "817d"), (126, "817e007e"), (65535, "817effff")])
def test_frames_have_the_shortest_length(size: int, head: str) -> None:
    assert text_frame(b"x" * size) == bytes.fromhex(head) + b"x" * size


def test_large_frames() -> None:
    assert text_frame(b"x" * 65536)[:10] == bytes.fromhex("817f0000000000010000")
    assert close_frame(1013, b"why") == bytes.fromhex("880503f5") + b"why"


def unpacked(frame: bytes) -> bytes:
    """The payload of a compressed frame of less than 64 KiB, as a client that saw no other reads it."""
    assert frame[0] == 0xC1
    payload = frame[2:] if frame[1] < 126 else frame[4:]
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + b"\0\0\xff\xff")


async def test_what_is_long_is_compressed_for_those_who_take_that() -> None:
    (packing, _), (plain, _) = output(100_000), output(100_000)
    wires = Wire(), Wire()
    long = b"a description that says the same again and again " * 100
    for out, wire, packs in zip((packing, plain), wires, (True, False), strict=True):
        out.opened(wire, lambda: True, packs=packs)
        await out.put(message("kept " + long.decode()))
        await out.put(eio.Packet(eio.PING))
        await out.get()
        await out.put(message(long.decode()))
    shared = Message(long)
    for out in (packing, plain, packing):
        out.send(shared)
        out.send(Message(b"short"))
    kept, answer, first, short, second, _ = wires[0].written
    assert [unpacked(frame) for frame in (kept, answer, first)] == [b"4kept " + long, b"4" + long, b"4" + long]
    assert len(first) < len(long) / 10
    assert second == first
    assert short == text_frame(b"4short")
    assert wires[1].written == [text_frame(b"4" + text) for text in (b"kept " + long, long, long, b"short")]


async def test_polling_is_a_queue() -> None:
    out, _ = output()
    await out.put(message("1"))
    out.send(Message(b"2"))
    await out.put(message("3"))
    assert [(await out.get()).encode(b64=True) for _ in range(3)] == ["41", "42", "43"]
    assert not out.is_direct


async def test_a_websocket_gets_what_was_queued_before_and_then_everything_at_once() -> None:
    out, _ = output()
    wire, is_upgraded = Wire(), False
    out.opened(wire, lambda: is_upgraded)
    await out.put(message("1"))
    assert (await out.get()).encode() == "41"  # still polling
    out.send(Message(b"2"))
    await out.put(eio.Packet(eio.PING))
    await out.put(message("3"))
    is_upgraded = True
    await out.put(message("4"))  # the library has upgraded, its writer has not begun
    assert wire.written == []
    assert (await out.get()).packet_type == eio.PING
    out.send(Message(b"5"))
    await out.put(message("6"))
    assert wire.written == [text_frame(b"4%d" % n) for n in (2, 3, 4, 5, 6)]
    assert out.is_direct
    assert out.empty()


async def test_what_an_event_causes_comes_after_its_answer() -> None:
    out, overflown = output(200)
    wire = Wire()
    out.opened(wire, lambda: True)
    out.put_nowait(eio.Packet(eio.PING))
    await out.get()
    out.hold()
    out.send(Message(b"effect"))
    await out.put(message("answer"))
    out.release()
    out.send(Message(b"later"))
    assert wire.written == [text_frame(b"4" + text) for text in (b"answer", b"effect", b"later")]
    out.hold()
    for _ in range(10):
        out.send(Message(b"x" * 40))
    assert overflown == [out]
    out.release()
    assert len(wire.written) == 3


async def test_pings_wake_the_writer_of_the_library() -> None:
    out, _ = output()
    wire = Wire()
    out.opened(wire, lambda: True)
    waiting = asyncio.create_task(out.get())
    await asyncio.sleep(0)
    out.send(Message(b"hello"))
    await asyncio.sleep(0)
    assert not waiting.done()
    await out.put(eio.Packet(eio.PING))
    assert (await waiting).packet_type == eio.PING


async def test_nothing_is_written_after_the_end() -> None:
    out, _ = output()
    wire = Wire()
    out.opened(wire, lambda: True)
    await out.put(None)
    assert await out.get() is None
    out.send(Message(b"late"))
    await out.put(message("late"))
    assert wire.written == []
    assert out.empty()


async def test_a_slow_websocket_is_told_and_cut_off_once() -> None:
    out, overflown = output(100)
    wire = Wire()
    out.opened(wire, lambda: True)
    out.put_nowait(eio.Packet(eio.PING))
    await out.get()
    for _ in range(50):
        out.send(Message(b"x" * 40))
    assert overflown == [out]
    assert len(wire.written) == 4
    assert wire.written[-1].startswith(b"\x88")
    assert b"too slow" in wire.written[-1]


async def test_who_does_not_poll_is_cut_off_once_and_keeps_nothing() -> None:
    out, overflown = output(100)
    for _ in range(50):
        out.send(Message(b"x" * 40))
        await out.put(message("y" * 40))
    assert overflown == [out]
    assert out.empty()


async def test_what_was_polled_counts_no_more() -> None:
    out, overflown = output(100)
    for _ in range(50):
        await out.put(message("y" * 40))
        await out.get()
    assert overflown == []


async def test_topics() -> None:
    fanout = Fanout()
    wires = {name: Wire() for name in "abc"}
    for name, wire in wires.items():
        out, _ = output()
        out.opened(wire, lambda: True)
        out.put_nowait(eio.Packet(eio.PING))
        await out.get()
        fanout.add(name, out, ["course:1", f"user:{name}"])

    async def told(topic: str) -> str:
        before = {name: len(wire.written) for name, wire in wires.items()}
        await fanout.publish(topic, "x", {"a": 1})  # type: ignore[arg-type]
        return "".join(name for name, wire in wires.items() if len(wire.written) > before[name])

    assert await told("course:1") == "abc"
    assert await told("user:b") == "b"
    assert await told("course:2") == ""
    fanout.follow("a", "course:1:s")
    fanout.unfollow_course("a", "course:1".removeprefix("course:"))
    assert await told("course:1") == "bc"
    assert await told("course:1:s") == ""
    fanout.remove("b")
    fanout.follow("b", "course:1")
    assert await told("course:1") == "c"
    fanout.close_topic("course:1")
    assert await told("course:1") == ""
    assert fanout.followed("c") == {"user:c"}
    assert wires["b"].written[0] == text_frame(b"4" + packet("x", {"a": 1}))  # type: ignore[arg-type]
    assert packet("x", {"a": 1}) == b'2["x",{"a":1}]'  # type: ignore[arg-type]
