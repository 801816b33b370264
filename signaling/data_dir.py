"""The data directory: made, found writable, locked by its server; and the secret that is kept in it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signaling.config import Config
from signaling.errors import CannotStart

SECRET = "secret"
LOCK = "lock"


def prepare_data_dir(config: Config) -> Path:
    """The data directory, made if need be and found writable. Raises `CannotStart`."""
    path = config.data_path
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"the data directory {path} cannot be written: {error.strerror}") from None
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the data directory: two servers on one would each take the other's participants for lost. The lock
    ends with the process, however it ends. Raises `CannotStart`."""
    with (path / LOCK).open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"the data directory {path} is in use by another podium") from None
        yield


def load_secret(config: Config) -> str:
    """The secret of the settings, else that of data_dir/secret, made with mode 600 when there is none."""
    if config.auth.secret:
        return config.auth.secret
    path = prepare_data_dir(config) / SECRET
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror}") from None
    else:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
    try:
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} cannot be read: {error}") from None
    if len(secret) < 32:
        raise CannotStart(f"{path} holds no secret of at least 32 characters; remove it to have a new one made")
    return secret
