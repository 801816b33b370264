"""``python -m bench.simulations``: the congestion control on simulated lines; the same on every machine.

Prints Markdown, or writes it into a page.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.support.figures import Table, median, percentile
from bench.support.report import SIMULATIONS, Page
from sfu.messages import Reception
from tests.support.class_simulation import ClassSimulation, Student, mixed_lines, only
from tests.support.line_scenarios import SCENARIOS, Outcome, reaction
from tests.support.virtual_link import LinkProfile

SEEDS = range(101, 111)
"""Others than those that constants were chosen with: these figures are to tell what was not looked at before."""
STUDENTS = 40
CLASS_S, CLASS_SETTLED_S = 60.0, 20.0


def _share(values: Sequence[float], *, least: bool = True) -> str:
    """The median and the worst."""
    return f"{median(values):.0%} ({min(values) if least else max(values):.0%})"


def _ms(values: Sequence[float]) -> str:
    return f"{1000 * median(values):.0f} ({1000 * max(values):.0f})"


def lines() -> Table:
    rows: list[list[str]] = []
    for scenario in SCENARIOS:
        found: list[Outcome] = [scenario.run(seed) for seed in SEEDS]
        rows.append(
            [
                scenario.name,
                _share([outcome.estimate for outcome in found]),
                _share([outcome.sent for outcome in found]),
                _ms([outcome.queue_p50_s for outcome in found]),
                _ms([outcome.queue_p95_s for outcome in found]),
                f"{max(outcome.dropped for outcome in found):.1%}",
                f"{max(outcome.padding for outcome in found):.1%}",
            ]
        )
    columns = ["line", "estimate", "sent", "queue p50, ms", "queue p95, ms", "dropped", "padding"]
    note = (
        f"The median of {len(SEEDS)} seeds, in brackets the worst. Estimate and sent: shares of what the line "
        "carries, or what others and pauses leave of it, after the first seconds, IP and UDP headers counted. "
        "Dropped: what found the queue full, the first seconds included; padding: its share of what was sent. "
        "There is always more to send than the line carries."
    )
    return Table("One line", columns, rows, note)


def reactions() -> Table:
    found = [reaction(seed) for seed in SEEDS]
    names = (
        "to 80 % of 3 Mbit/s after the start",
        "to no more than 300 kbit/s after a drop to it",
        "to 80 % of 3 Mbit/s after the drop",
    )
    rows = [
        [name, f"{median([times[i] for times in found]):.1f}", f"{max(times[i] for times in found):.1f}"]
        for i, name in enumerate(names)
    ]
    return Table("How soon", ["what", "median, s", "worst, s"], rows)


def _group(name: str, students: list[Student]) -> list[str]:
    capacity = students[0].profile.rate_at(0.0)
    settled = [[sample for sample in student.samples if sample.at > CLASS_SETTLED_S] for student in students]
    waits = [wait for student in students for at, wait in student.waits if at > CLASS_SETTLED_S]
    shown = [f"{samples[-1].layer or 'none'}, {samples[-1].reception.value}" for samples in settled]
    estimates = [sum(sample.estimate_bps for sample in samples) / len(samples) for samples in settled]
    sent = [sum(sample.sent_bps for sample in samples) / len(samples) for samples in settled]
    changes = max(len(student.changes(CLASS_SETTLED_S)) for student in students)
    return [
        f"{name}, {capacity / 1000:.0f} kbit/s",
        f"{len(students)}",
        "; ".join(f"{shown.count(kind)} {kind}" for kind in sorted(set(shown))),
        f"{median(estimates) / 1000:.0f}",
        f"{median(sent) / 1000:.0f}",
        f"{1000 * percentile(waits, 0.95):.0f}",
        f"{changes / (CLASS_S - CLASS_SETTLED_S) * 10:.2f}",
    ]


def a_class() -> Table:
    profiles = mixed_lines(STUDENTS)
    mixed = ClassSimulation(profiles, SEEDS[0])
    mixed.run(CLASS_S)
    alone = ClassSimulation(only(profiles, "strong"), SEEDS[0])
    alone.run(CLASS_S)
    kinds: dict[str, list[Student]] = {}
    for name, student in mixed.students.items():
        kinds.setdefault(name.split()[0], []).append(student)
    rows = [_group(kind, students) for kind, students in kinds.items()]
    same = sum(
        [sample.layer for sample in mixed.students[name].samples] == [sample.layer for sample in student.samples]
        for name, student in alone.students.items()
    )
    packets = max(
        abs(mixed.students[name].received / student.received - 1) for name, student in alone.students.items()
    )
    columns = [
        "line",
        "students",
        "layer and step at the end",
        "estimate, kbit/s",
        "sent, kbit/s",
        "queue p95, ms",
        "changes of layer per 10 s",
    ]
    note = (
        "A tutor's sound and camera in three layers of 130, 440 and 1120 kbit/s. Medians from "
        f"{CLASS_SETTLED_S:.0f} s on, the queue of all, the changes of the student who had most. Without the "
        f"students on other lines {same} of {len(alone.students)} strong ones see the same layers at the same "
        f"times, and the number of packets they get differs by at most {packets:.2%}."
    )
    return Table(f"A class of {STUDENTS} on mixed lines", columns, rows, note)


def a_drop() -> Table:
    """What a student sees whose line drops to a tenth, and comes back."""
    profile = LinkProfile(((0.0, 3e6), (20.0, 3e5), (40.0, 3e6)))
    simulation = ClassSimulation({"student": profile}, SEEDS[0])
    simulation.run(140.0)
    student = simulation.students["student"]
    rows: list[list[str]] = []
    before: tuple[str | None, int | None, Reception] | None = None
    for sample in student.samples:
        shown = (sample.layer, sample.temporal, sample.reception)
        if shown != before:
            rows.append(
                [
                    f"{sample.at:.1f}",
                    f"{profile.rate_at(sample.at) / 1000:.0f}",
                    f"{sample.estimate_bps / 1000:.0f}",
                    sample.layer or "none",
                    "all" if sample.temporal is None else f"{sample.temporal}",
                    sample.reception.value,
                ]
            )
        before = shown
    columns = ["at, s", "line, kbit/s", "estimate, kbit/s", "layer", "temporal", "step"]
    return Table("A student whose line drops from 3 Mbit/s to 300 kbit/s and comes back", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.simulations", description="Simulate lines in virtual time.")
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the figures between the markers of this page"
    )
    page = Page(parser.parse_args().write, SIMULATIONS)
    page.publish("\n\n".join(table.markdown() for table in (lines(), reactions(), a_class(), a_drop())))


if __name__ == "__main__":
    main()
