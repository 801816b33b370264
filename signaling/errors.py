"""The errors of the control plane.

::

    PodiumError
    ├── CannotStart              the server cannot run; the message is for the operator
    │   └── ConfigError          a wrong key or value in config.toml or the environment
    ├── Duplicate                the database has a row with this key already; for services, never shown
    └── Refusal                  somebody asked for what may not be; ``code`` is in `protocol.messages.ERROR_CODES`
        ├── BadRequest           bad_request
        ├── UnknownEvent         unknown_event
        ├── TooLarge             too_large
        ├── UnsupportedType      unsupported_type
        ├── RateLimited          rate_limited           carries ``retry_after``, seconds
        ├── Unauthorized         unauthorized
        ├── Forbidden            forbidden
        ├── NotFound             not_found
        ├── NotLive              not_live
        ├── AlreadyLive          already_live           carries ``session_id``
        ├── WrongStatus          wrong_status
        ├── AlreadyExists        already_exists
        ├── NotJoined            not_joined
        ├── Elsewhere            elsewhere              carries ``url``: the server that hosts the session
        ├── Muted                muted
        ├── QuotaExceeded        quota_exceeded
        ├── StorageFull          storage_full
        ├── ClassFull            class_full
        ├── RoomLocked           room_locked
        ├── SourceLocked         source_locked
        ├── PollClosed           poll_closed
        ├── AlreadyVoted         already_voted
        ├── PreconditionFailed   precondition_failed
        ├── PreconditionRequired precondition_required
        ├── InviteExpired        invite_expired
        ├── InviteUsedUp         invite_used_up
        ├── InviteRevoked        invite_revoked
        ├── BadOffer             bad_sdp
        ├── MediaUnavailable     media_unavailable
        ├── Overloaded           overloaded
        └── Unavailable          unavailable            the database is busy, full or gone

The message of a `Refusal` is shown to the person who asked; it never holds a secret or a traceback.
"""

from __future__ import annotations

from typing import ClassVar


class PodiumError(Exception):
    """Root of the tree."""


class CannotStart(PodiumError):
    """The command stops with ``exit_code`` and the message on stderr."""

    exit_code: ClassVar[int] = 1


class ConfigError(CannotStart):
    exit_code = 2


class Duplicate(PodiumError):
    """A unique key is taken, or what a row refers to is not there."""


class Refusal(PodiumError):
    code: ClassVar[str]

    @property
    def message(self) -> str:
        return str(self)


class BadRequest(Refusal):
    code = "bad_request"


class UnknownEvent(Refusal):
    code = "unknown_event"


class TooLarge(Refusal):
    code = "too_large"


class UnsupportedType(Refusal):
    """A body of another media type."""

    code = "unsupported_type"


class RateLimited(Refusal):
    code = "rate_limited"

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        """``retry_after``: in so many seconds it may work."""
        super().__init__(message)
        self.retry_after = retry_after


class Unauthorized(Refusal):
    code = "unauthorized"


class Forbidden(Refusal):
    code = "forbidden"


class NotFound(Refusal):
    code = "not_found"


class NotLive(Refusal):
    code = "not_live"


class AlreadyLive(Refusal):
    code = "already_live"

    def __init__(self, message: str, session_id: str) -> None:
        super().__init__(message)
        self.session_id = session_id


class WrongStatus(Refusal):
    code = "wrong_status"


class AlreadyExists(Refusal):
    code = "already_exists"


class NotJoined(Refusal):
    code = "not_joined"


class Elsewhere(Refusal):
    code = "elsewhere"

    def __init__(self, message: str, url: str) -> None:
        super().__init__(message)
        self.url = url


class Muted(Refusal):
    code = "muted"


class QuotaExceeded(Refusal):
    code = "quota_exceeded"


class StorageFull(Refusal):
    code = "storage_full"


class ClassFull(Refusal):
    code = "class_full"


class RoomLocked(Refusal):
    code = "room_locked"


class SourceLocked(Refusal):
    code = "source_locked"


class PollClosed(Refusal):
    code = "poll_closed"


class AlreadyVoted(Refusal):
    code = "already_voted"


class PreconditionFailed(Refusal):
    """Meant for another state than there is."""

    code = "precondition_failed"


class PreconditionRequired(Refusal):
    """It must be said for which state it is meant."""

    code = "precondition_required"


class InviteExpired(Refusal):
    code = "invite_expired"


class InviteUsedUp(Refusal):
    code = "invite_used_up"


class InviteRevoked(Refusal):
    code = "invite_revoked"


class BadOffer(Refusal):
    code = "bad_sdp"


class MediaUnavailable(Refusal):
    code = "media_unavailable"


class Overloaded(Refusal):
    code = "overloaded"


class Unavailable(Refusal):
    code = "unavailable"
