"""`MediaPlane`: the media plane as the control plane sees it: commands in, events out."""

from __future__ import annotations

from collections.abc import Callable

from sfu.config import MediaConfig
from sfu.messages import Command, Event, Reply


class MediaPlane:
    """Runs the media workers and speaks to them.

    A session lives on one worker, chosen by load at its first command. A worker that dies is started again, and
    `SessionLost` is emitted for each session it held.
    """

    def __init__(self, config: MediaConfig, on_event: Callable[[Event], None]) -> None:
        self._config = config
        self._on_event = on_event

    async def start(self) -> None:
        """Start every worker and wait until each is ready. Raises `CannotStart`."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop every worker, by its own process id, and wait for it."""
        raise NotImplementedError

    async def request(self, command: Command) -> Reply:
        """Send a command to the worker of its session. Raises the `SfuError` the worker answered with,
        or `WorkerUnavailable` when it does not answer."""
        raise NotImplementedError
