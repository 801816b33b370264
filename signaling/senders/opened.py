"""Every sender, made as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from signaling.config import Config
from signaling.senders.http_post import Poster
from signaling.senders.mail import SmtpMail
from signaling.senders.push import WebPush, load_key
from signaling.senders.webhook import WebhookPost
from signaling.services.notices.outgoing import Senders


@asynccontextmanager
async def open_senders(config: Config, data_dir: Path) -> AsyncIterator[Senders]:
    """Closed with the context. Raises `ConfigError` for a key that is none."""
    setting = config.notifications.vapid_private_key
    if setting:
        load_key(setting, data_dir)
    timeout = timedelta(seconds=config.outgoing.timeout_seconds)
    poster = Poster(allow_private=config.outgoing.allow_private_addresses, timeout=timeout)
    subject = config.notifications.vapid_subject or _subject(config)
    try:
        yield Senders(
            push=WebPush(poster, lambda: load_key(setting, data_dir), subject),
            mail=SmtpMail(config.email, timeout) if config.email.host else None,
            webhook=WebhookPost(poster),
        )
    finally:
        await poster.close()


def _subject(config: Config) -> str:
    """Push services want to be able to reach somebody (RFC 8292, 2.1)."""
    url = config.http.public_url
    if url.startswith("https://"):
        return url
    return f"mailto:{config.email.sender.rpartition('<')[2].rstrip('> ') or 'admin@localhost'}"
