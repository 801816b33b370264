"""Posts webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from signaling.senders.http_post import Poster, PostFailed, outcome_of
from signaling.services.notices.outgoing import Outcome


class WebhookPost:
    """A `signaling.services.notices.outgoing.WebhookSender`."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            status, text, retry_after = await self._poster.post(
                url, {**headers, "Content-Type": "application/json"}, body
            )
        except PostFailed as error:
            return Outcome(result="retry", detail=str(error))
        return outcome_of(status, text, retry_after, gone=frozenset({HTTPStatus.GONE}))
