"""Wakes the other servers when there is something new in the event log. By Redis, which keeps nothing of it: while
it is away the servers are a second slower and miss nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from redis import asyncio as redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

AGAIN_S = 1.0
ANSWER_S = 5.0
CHECK_S = 10.0


class Doorbell:
    def __init__(self, url: str, channel: str, node_id: str, on_ring: Callable[[], None]) -> None:
        """``on_ring`` is called when another server rings."""
        self._url = url
        self._channel = channel
        self._node_id = node_id.encode()
        self._on_ring = on_ring
        self._rung = asyncio.Event()
        self._is_away = False

    def ring(self) -> None:
        """Wake the others; never blocks. Rings that come faster than Redis takes them become one."""
        self._rung.set()

    async def run(self) -> None:
        """Ring and listen until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again(self._listen))
            tasks.create_task(self._again(self._send))

    async def _again(self, work: Callable[[redis.Redis], object]) -> None:
        while True:
            client = redis.Redis.from_url(
                self._url, socket_connect_timeout=ANSWER_S, health_check_interval=CHECK_S, retry=None
            )
            try:
                await work(client)  # type: ignore[misc]
            except (RedisError, OSError) as error:
                if not self._is_away:
                    self._is_away = True
                    log.warning("Redis is away: events reach other servers a second later (%s)", error)
            finally:
                await client.aclose()
            await asyncio.sleep(AGAIN_S)

    def _is_back(self) -> None:
        if self._is_away:
            self._is_away = False
            log.info("Redis is back")

    async def _send(self, client: redis.Redis) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                await client.publish(self._channel, self._node_id)
            except BaseException:
                # to be rung when Redis is back
                self._rung.set()
                raise
            self._is_back()

    async def _listen(self, client: redis.Redis) -> None:
        async with client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._channel)
            self._is_back()
            # what was announced while nobody listened
            self._on_ring()
            while True:
                message = await subscription.get_message(timeout=CHECK_S)
                if message is not None and message["data"] != self._node_id:
                    self._on_ring()
