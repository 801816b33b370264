"""``python -m bench.estimator``: what the congestion control of one line costs for each packet it is told of."""

from __future__ import annotations

from math import inf
from time import perf_counter

from bench.support.figures import Table
from sfu.congestion.downlink import CAP_BPS, Downlink
from sfu.congestion.feedback import read_transport_feedback
from sfu.rtp.transport_cc import TransportFeedbackBuilder, parse_transport_feedback

_RTCP_HEADER = 4
_SECONDS = 30
_REPEATS = 5
_FRAMES_PER_S = 30
_DELAY_S = 0.02


def _traffic(
    video_packets: int, feedback_s: float, lost_every: int
) -> tuple[list[tuple[int, float]], list[bytes]]:
    """What is sent (sound every 20 ms, a frame of so many packets 30 times a second), and the feedback to it."""
    times = [(i * 0.02, 100) for i in range(int(_SECONDS / 0.02))]
    times += [(i / _FRAMES_PER_S, 1100) for i in range(_SECONDS * _FRAMES_PER_S) for _ in range(video_packets)]
    times.sort()
    builder = TransportFeedbackBuilder()
    bodies: list[bytes] = []
    build_at = feedback_s
    arrival = 0.0
    for number, (at, size) in enumerate(times, 1):
        arrival = max(arrival, at + _DELAY_S) + size * 8 / 10e6
        while arrival > build_at:
            bodies += [packet[_RTCP_HEADER:] for packet in builder.build(1, 2)]
            build_at += feedback_s
        if not lost_every or number % lost_every:
            builder.received(number & 0xFFFF, arrival)
    return [(size, at) for at, size in times], bodies


def _estimator(
    sent: list[tuple[int, float]], bodies: list[bytes], feedback_s: float, wanted_bps: int
) -> tuple[float, int]:
    """Seconds it took, and how many packets were told of."""
    downlink = Downlink(0.0, transport_cc=True, remb=False)
    history = downlink.history
    spent = 0.0
    told = unsent = 0
    for index, body in enumerate(bodies):
        now = (index + 1) * feedback_s
        while unsent < len(sent) and sent[unsent][1] < now:
            history.append(sent[unsent])
            unsent += 1
        downlink.tick(now, 0, wanted_bps)
        begin = perf_counter()
        downlink.on_transport_feedback(body, now + 2 * _DELAY_S)
        spent += perf_counter() - begin
        told += int.from_bytes(body[10:12], "big")
    assert downlink.refused == 0
    return spent, told


def run() -> list[Table]:
    rows: list[list[str]] = []
    for video_packets, feedback_s, lost_every in (
        (2, 0.1, 0),
        (5, 0.1, 0),
        (10, 0.1, 0),
        (5, 0.05, 0),
        (5, 0.1, 50),
    ):
        sent, bodies = _traffic(video_packets, feedback_s, lost_every)
        costs = {0: inf, CAP_BPS: inf}
        for wanted_bps in list(costs) * _REPEATS:
            spent, told = _estimator(sent, bodies, feedback_s, wanted_bps)
            costs[wanted_bps] = min(costs[wanted_bps], 1e6 * spent / told)
        reading = []
        for read in (read_transport_feedback, parse_transport_feedback):
            begin = perf_counter()
            for body in bodies:
                read(body)
            reading.append(1e6 * (perf_counter() - begin) / told)
        rate = (video_packets * 1100 * _FRAMES_PER_S + 100 * 50) * 8 / 1e6
        rows.append(
            [
                f"{rate:.1f} Mbit/s, feedback every {1000 * feedback_s:.0f} ms"
                + (f", 1 of {lost_every} lost" if lost_every else ""),
                f"{told / len(bodies):.0f}",
                f"{costs[0]:.2f}",
                f"{costs[CAP_BPS]:.2f}",
                f"{reading[0]:.2f}",
                f"{reading[1]:.2f}",
            ]
        )
    columns = [
        "line",
        "packets per feedback",
        "calm, µs per packet",
        "more is wanted, µs per packet",
        "of that reading, µs",
        "reading with objects, µs",
    ]
    note = f"The best of {_REPEATS} runs over {_SECONDS} s of a healthy line."
    return [Table("Congestion control of one line", columns, rows, note)]


if __name__ == "__main__":
    for table in run():
        print(table.markdown())
