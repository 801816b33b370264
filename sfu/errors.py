"""The errors of the media plane.

::

    SfuError                 code
    ├── BadSdp               bad_sdp               the offer cannot be used, and why
    ├── UnknownParticipant   unknown_participant   a command names nobody here
    ├── BadCommand           bad_command           a command that does not fit its type
    ├── Overloaded           overloaded            every worker is at its limit: no one more can join
    ├── WorkerUnavailable    media_unavailable     no worker answers now; try again
    └── CannotStart          cannot_start          a worker could not start, and why
        └── PortInUse        cannot_start          … its port is in use

Malformed packets raise nothing out of the media plane: they are dropped and counted by reason.
"""

from __future__ import annotations

from typing import ClassVar


class SfuError(Exception):
    """Root of the tree. ``code`` is stable and crosses the Unix socket."""

    code: ClassVar[str] = "sfu_error"


class BadSdp(SfuError):
    code = "bad_sdp"


class UnknownParticipant(SfuError):
    code = "unknown_participant"


class BadCommand(SfuError):
    code = "bad_command"


class WorkerUnavailable(SfuError):
    code = "media_unavailable"


class Overloaded(SfuError):
    code = "overloaded"


class CannotStart(SfuError):
    code = "cannot_start"


class PortInUse(CannotStart):
    """By another program, or by one that is about to end."""


ERRORS_BY_CODE: dict[str, type[SfuError]] = {
    error.code: error
    for error in (BadSdp, UnknownParticipant, BadCommand, Overloaded, WorkerUnavailable, CannotStart)
}
