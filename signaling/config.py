"""The settings: what there is, the defaults, what is allowed. ``config.toml`` says the same to the operator."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from sfu.config import MediaConfig
from signaling.issuer_config import IssuerConfig

ATTACHMENT_TYPES = (
    *("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "text/csv"),
    *("application/json", "audio/mpeg", "audio/ogg", "audio/wav", "audio/mp4", "audio/webm"),
    *("video/mp4", "video/webm", "application/zip"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
)
"""The types of files that chat can tell from lies; an operator may allow fewer."""


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}")


class Origin(msgspec.Struct, frozen=True):
    """Where the value of a setting comes from; ``where`` is a file and line, or a variable."""

    source: Literal["file", "environment"]
    where: str


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def origin_of(url: str) -> str:
    """A URL as browsers name the origin of a page; empty for one without a host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


_PUBLIC_PATH: Final = re.compile(r"(/[A-Za-z0-9._-]+)*/?")


class HttpConfig(_Table, frozen=True, kw_only=True):
    host: str = "0.0.0.0"
    port: int = 8000
    """0 takes a free port."""
    public_url: str = ""
    """How browsers reach the server; empty means http(s)://localhost:port in printed links."""
    tls_certificate: str = ""
    tls_key: str = ""
    cors_origins: list[str] = []
    web_client: str = ""
    """Directory of the built web client; empty means web/dist beside the packages."""
    proxies: int = 0
    """Reverse proxies in front of the server. With n, a client's address is the n-th last of X-Forwarded-For, and
    X-Forwarded-Proto is believed."""

    def __post_init__(self) -> None:
        _within("port", self.port, 0, 65535)
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("tls_certificate and tls_key go together: set both or none")
        _within("proxies", self.proxies, 0, 10)
        for url in (self.public_url, *self.cors_origins):
            if url and not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} must start with http:// or https://")
        if not _PUBLIC_PATH.fullmatch(urlsplit(self.public_url).path) or {"?", "#"} & set(self.public_url):
            raise ValueError(f"public_url {self.public_url!r}: its path takes letters, digits and any of ._-/")

    @property
    def prefix(self) -> str:
        """The path of `public_url`, without a "/" at its end: what all paths of this server begin with."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def public_origin(self) -> str:
        """`public_url` as browsers name the origin of a page; empty when it is not set."""
        return origin_of(self.public_url)


class DatabaseConfig(_Table, frozen=True, kw_only=True):
    url: str = ""
    """postgresql://user:password@host/name; empty means SQLite in data_dir."""
    pool_size: int = 10
    """Connections that one server keeps to PostgreSQL."""
    durable: bool = True
    """SQLite: nothing is acknowledged before the disk has it; without, a power cut may cost the last seconds."""

    def __post_init__(self) -> None:
        _within("pool_size", self.pool_size, 1, 200)


class AuthConfig(_Table, frozen=True, kw_only=True):
    secret: str = ""
    """Signs tokens (HS256), at least 32 characters; empty means one is made and kept in data_dir."""
    token_hours: float = 12.0
    issuer: IssuerConfig = IssuerConfig()

    def __post_init__(self) -> None:
        if self.secret and len(self.secret) < 32:
            raise ValueError("secret must have at least 32 characters, or be empty")
        _within("token_hours", self.token_hours, 0.01, 24 * 365)


class AccountsConfig(_Table, frozen=True, kw_only=True):
    registration: Literal["closed", "open"] = "closed"
    """Whether anybody may make an account for oneself."""
    access_minutes: float = 15.0
    refresh_days: float = 30.0
    """A device that is not used for so long is signed out."""
    refresh_grace_seconds: float = 10.0
    """How long a used refresh token answers with the same next one again."""
    setup_hours: float = 24.0
    password_link_hours: float = 72.0
    invite_days: float = 14.0
    """How long an invite works when its maker says nothing."""
    guest_hours: float = 12.0
    """How long a guest may stay or come back."""
    guests_until: Literal["invite", "hours"] = "invite"
    """invite: and no longer than the invite works."""

    def __post_init__(self) -> None:
        _within("access_minutes", self.access_minutes, 1, 24 * 60)
        _within("refresh_days", self.refresh_days, 0.01, 400)
        _within("refresh_grace_seconds", self.refresh_grace_seconds, 0, 300)
        _within("setup_hours", self.setup_hours, 0.01, 24 * 30)
        _within("password_link_hours", self.password_link_hours, 0.01, 24 * 30)
        _within("invite_days", self.invite_days, 0.01, 366)
        _within("guest_hours", self.guest_hours, 0.01, 24 * 31)


class SessionConfig(_Table, frozen=True, kw_only=True):
    seat_seconds: float = 120.0
    """How long the seat of a lost connection is kept."""
    audio_slots: int = 4
    video_slots: int = 9
    max_participants: int = 500
    """Further students are refused; a tutor always gets in. A live class may have a number of its own."""
    tutor_absence_minutes: float = 10.0
    """Without a tutor for so long a session ends by itself; everyone is told before. 0: never."""
    chat_history: int = 100
    """How many of the latest messages a newcomer gets."""
    progress_seconds: float = 60.0
    """How often a room is told how long its class has been going."""
    max_viewers: int = 100
    """Players that watch a session by WHEP."""
    opus_kbps: int = 24
    """Asked of microphones; 18 at most in a room with ``low_bandwidth``."""

    def __post_init__(self) -> None:
        _within("seat_seconds", self.seat_seconds, 0, 3600)
        _within("audio_slots", self.audio_slots, 1, 16)
        _within("video_slots", self.video_slots, 0, 49)
        _within("max_participants", self.max_participants, 1, 100_000)
        _within("tutor_absence_minutes", self.tutor_absence_minutes, 0, 24 * 60)
        _within("chat_history", self.chat_history, 0, 1000)
        _within("progress_seconds", self.progress_seconds, 0.1, 3600)
        _within("max_viewers", self.max_viewers, 0, 100_000)
        _within("opus_kbps", self.opus_kbps, 6, 128)


class CoursesConfig(_Table, frozen=True, kw_only=True):
    anyone_creates: bool = True
    """Whoever has an account may make courses; if not, admins alone."""
    plan_ahead_days: int = 90
    """How long before their time the classes of a recurrence are made."""

    def __post_init__(self) -> None:
        _within("plan_ahead_days", self.plan_ahead_days, 7, 366)


class AttendanceConfig(_Table, frozen=True, kw_only=True):
    late_minutes: float = 5.0
    """Coming more than so many minutes after the start is late."""
    early_minutes: float = 5.0
    """Going more than so many minutes before the end is leaving early."""

    def __post_init__(self) -> None:
        _within("late_minutes", self.late_minutes, 0, 24 * 60)
        _within("early_minutes", self.early_minutes, 0, 24 * 60)


class ChatConfig(_Table, frozen=True, kw_only=True):
    edit_minutes: float = 15.0
    """How long people may change what they wrote."""
    students_may_write_each_other: bool = True
    """Directly; if not, one of the two must be a tutor."""
    attachment_bytes: int = 26_214_400
    """Largest file in bytes."""
    quota_bytes: int = 1_073_741_824
    """All files of one user in bytes."""
    attachment_dir: str = ""
    """Where files are kept; empty means attachments in data_dir."""
    attachment_types: list[str] = []
    """Media types that may be attached; empty means all of `ATTACHMENT_TYPES`."""

    def __post_init__(self) -> None:
        _within("edit_minutes", self.edit_minutes, 0, 60 * 24 * 365)
        _within("attachment_bytes", self.attachment_bytes, 0, 4 * 1024**3)
        _within("quota_bytes", self.quota_bytes, 0, 1024**4)
        if unknown := sorted(set(self.attachment_types) - set(ATTACHMENT_TYPES)):
            raise ValueError(f"attachment_types: {unknown[0]!r} is not one of {', '.join(ATTACHMENT_TYPES)}")


class LimitsConfig(_Table, frozen=True, kw_only=True):
    event_bytes: int = 32_768
    """Largest payload of an event in bytes; offers have their own limit."""
    offer_bytes: int = 229_376
    events_per_second: float = 20.0
    """Of one connection, over all events."""
    event_burst: int = 60
    messages_per_second: float = 2.0
    message_burst: int = 10
    user_per_second: float = 40.0
    """Of one user, events and REST requests over all connections."""
    user_burst: int = 200
    address_per_second: float = 5.0
    """REST requests that need no token, from one address."""
    address_burst: int = 60
    buffer_bytes: int = 1_048_576
    """What may wait for one connection that reads slowly; beyond that it is cut off and comes back."""
    request_bytes: int = 65_536
    """Largest body of a REST request in bytes."""

    def __post_init__(self) -> None:
        _within("event_bytes", self.event_bytes, 1024, 262_144)
        _within("offer_bytes", self.offer_bytes, 1024, 262_144)
        _within("events_per_second", self.events_per_second, 0.1, 10_000)
        _within("event_burst", self.event_burst, 1, 10_000)
        _within("messages_per_second", self.messages_per_second, 0.1, 10_000)
        _within("message_burst", self.message_burst, 1, 10_000)
        _within("user_per_second", self.user_per_second, 0.1, 100_000)
        _within("user_burst", self.user_burst, 1, 100_000)
        _within("address_per_second", self.address_per_second, 0.1, 100_000)
        _within("address_burst", self.address_burst, 1, 100_000)
        _within("buffer_bytes", self.buffer_bytes, 65_536, 1_073_741_824)
        _within("request_bytes", self.request_bytes, 1024, 16_777_216)


class NotificationsConfig(_Table, frozen=True, kw_only=True):
    reminder_minutes: list[int] = msgspec.field(default_factory=lambda: [1440, 10])
    """How long before a live class people are reminded; empty for never."""
    keep_days: float = 180.0
    vapid_private_key: str = ""
    """P-256, PEM or base64url; empty means one made at first use in data_dir. Several servers need the same."""
    vapid_subject: str = ""
    """A mailto: or https: URL told to push services; empty means http.public_url."""

    def __post_init__(self) -> None:
        if len(self.reminder_minutes) > 10:
            raise ValueError("reminder_minutes may have 10 entries")
        for minutes in self.reminder_minutes:
            _within("reminder_minutes", minutes, 1, 60 * 24 * 30)
        _within("keep_days", self.keep_days, 1, 3650)
        if self.vapid_subject and not self.vapid_subject.startswith(("mailto:", "https://")):
            raise ValueError("vapid_subject must start with mailto: or https://")


class EmailConfig(_Table, frozen=True, kw_only=True):
    host: str = ""
    """Of the mail server; empty means that no mail is sent."""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    """``address`` or ``Name <address>``."""

    def __post_init__(self) -> None:
        _within("port", self.port, 1, 65535)
        if self.host and "@" not in self.sender:
            raise ValueError("sender is needed to send mail: an address, or Name <address>")
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together: set both or none")


class OutgoingConfig(_Table, frozen=True, kw_only=True):
    allow_private_addresses: bool = False
    """Webhooks and push subscriptions may name private addresses, and plain HTTP."""
    timeout_seconds: float = 15.0
    webhook_disable_hours: float = 72.0
    """A webhook of which every attempt failed for so long is disabled."""

    def __post_init__(self) -> None:
        _within("timeout_seconds", self.timeout_seconds, 1, 60)
        _within("webhook_disable_hours", self.webhook_disable_hours, 1, 24 * 90)


class TurnConfig(_Table, frozen=True, kw_only=True):
    """STUN and TURN servers for clients that reach the server in no other way."""

    urls: list[str] = []
    """Such as ``turn:turn.example.org:3478?transport=udp``; also ``turns:`` and ``stun:`` (RFC 7064, RFC 7065)."""
    secret: str = ""
    """Shared with the TURN server (coturn: ``use-auth-secret``): credentials are valid for `ttl_hours` then."""
    ttl_hours: float = 12.0
    username: str = ""
    """Instead of ``secret``: a name and a credential that are the same for all."""
    credential: str = ""

    def __post_init__(self) -> None:
        _within("ttl_hours", self.ttl_hours, 0.1, 24 * 7)
        for url in self.urls:
            if not url.startswith(("stun:", "turn:", "turns:")):
                raise ValueError(f"{url!r} must start with stun:, turn: or turns:")
        if bool(self.username) != bool(self.credential):
            raise ValueError("username and credential go together: set both or none")
        if self.secret and self.username:
            raise ValueError("secret, or username and credential: not both")
        if any(url.startswith("turn") for url in self.urls) and not (self.secret or self.username):
            raise ValueError("a TURN server needs secret, or username and credential")


class RedisConfig(_Table, frozen=True, kw_only=True):
    url: str = ""
    """With it and PostgreSQL several servers are one; empty means that this is the only one."""
    prefix: str = "podium"
    """Of what Podium uses in Redis: installations that share one need different ones."""

    def __post_init__(self) -> None:
        if self.url and not self.url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("url must start with redis://, rediss:// or unix://")
        if not self.prefix:
            raise ValueError("prefix must not be empty")


class ClusterConfig(_Table, frozen=True, kw_only=True):
    node_url: str = ""
    """How browsers reach this server and no other; empty means http.public_url."""
    spread: bool = True
    """A class is hosted by the server with the fewest people, else by the one where it was started."""
    dead_seconds: float = 15.0
    """A server not heard of for so long is dead: others take its classes over."""
    log_minutes: float = 10.0
    """How long what was told between servers is kept."""

    def __post_init__(self) -> None:
        if self.node_url and not self.node_url.startswith(("http://", "https://")):
            raise ValueError("node_url must start with http:// or https://")
        _within("dead_seconds", self.dead_seconds, 2, 3600)
        _within("log_minutes", self.log_minutes, 1, 24 * 60)


class LogConfig(_Table, frozen=True, kw_only=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    access: bool = False
    """One line per HTTP request."""


class Config(_Table, frozen=True, kw_only=True):
    """Everything an operator can set. Frozen; validated when it is made by `signaling.settings`."""

    data_dir: str = "data"
    """Database and secret live here."""
    http: HttpConfig = HttpConfig()
    database: DatabaseConfig = DatabaseConfig()
    auth: AuthConfig = AuthConfig()
    accounts: AccountsConfig = AccountsConfig()
    session: SessionConfig = SessionConfig()
    courses: CoursesConfig = CoursesConfig()
    attendance: AttendanceConfig = AttendanceConfig()
    chat: ChatConfig = ChatConfig()
    notifications: NotificationsConfig = NotificationsConfig()
    email: EmailConfig = EmailConfig()
    outgoing: OutgoingConfig = OutgoingConfig()
    limits: LimitsConfig = LimitsConfig()
    redis: RedisConfig = RedisConfig()
    cluster: ClusterConfig = ClusterConfig()
    media: MediaConfig = MediaConfig()
    turn: TurnConfig = TurnConfig()
    log: LogConfig = LogConfig()

    def __post_init__(self) -> None:
        if self.email.host and not self.http.public_url:
            raise ValueError("email.host needs http.public_url: mails have links")

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir)

    @property
    def attachment_path(self) -> Path:
        return Path(self.chat.attachment_dir) if self.chat.attachment_dir else self.data_path / "attachments"
