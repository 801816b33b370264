"""Network namespaces: made, entered, removed."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp

CLONE_NEWNET = 0x40000000
PREFIX = "podium-test"
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


class NoNamespaces(Exception):
    """This machine or user cannot make network namespaces."""


def ip(*arguments: str) -> str:
    """Run ``ip``; its output. Raises `NoNamespaces` with its complaint."""
    try:
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True, env=_environment(), check=False)
    except FileNotFoundError as error:
        raise NoNamespaces("the command ip is missing: install iproute2") from error
    if done.returncode:
        raise NoNamespaces(f"ip {' '.join(arguments)}: {done.stderr.strip()} (root is needed)")
    return done.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


class Namespace:
    """A network namespace of ours; only its loopback device is up when it is new."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(cls, label: str) -> Namespace:
        """A new one. ``label`` is a short word for people who look at ``ip netns``."""
        _remove_orphans()
        namespace = cls(f"{PREFIX}-{os.getpid()}-{next(_numbers)}-{label}")
        ip("netns", "add", namespace.name)
        namespace.ip("link", "set", "lo", "up")
        return namespace

    def delete(self) -> None:
        ip("netns", "delete", self.name)

    def ip(self, *arguments: str) -> str:
        """Run ``ip`` on this namespace."""
        return ip("-n", self.name, *arguments)

    def command(self, *argv: str) -> list[str]:
        """The command line that runs ``argv`` in here."""
        return ["ip", "netns", "exec", self.name, *argv]

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread is in the namespace meanwhile; don't await in it."""
        with Path("/proc/thread-self/ns/net").open() as ours, Path("/run/netns", self.name).open() as theirs:
            _set_namespace(theirs.fileno())
            try:
                yield
            finally:
                _set_namespace(ours.fileno())

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket that lives in the namespace, usable from anywhere."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def connector(self) -> aiohttp.TCPConnector:
        """For an aiohttp session that talks from inside the namespace."""

        def in_here(info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
            made = self.socket(info[0], info[1], info[2])
            made.setblocking(False)
            return made

        return aiohttp.TCPConnector(socket_factory=in_here)


def _set_namespace(fd: int) -> None:
    if _libc.setns(fd, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _remove_orphans() -> None:
    """Namespaces of test processes that were killed."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        parts = name.removeprefix(PREFIX + "-").split("-")
        if name.startswith(PREFIX + "-") and parts[0].isdigit() and not Path("/proc", parts[0]).exists():
            with contextlib.suppress(NoNamespaces):
                ip("netns", "delete", name)
