import asyncio
import socket

import pytest

from tests.support.network import Impairment, Link, Network

pytestmark = [pytest.mark.integration, pytest.mark.netns]
COUNT = 2000


async def _send_down(network: Network, link: Link) -> tuple[int, float]:
    """Send numbered datagrams to the client: how many came, and after how many seconds the first."""
    loop = asyncio.get_running_loop()
    sender = network.server.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver = link.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender, receiver:
        receiver.bind((link.address, 9))
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        receiver.setblocking(False)
        started, came, first = loop.time(), 0, 0.0
        before = (await link.report()).down
        for number in range(COUNT):
            sender.sendto(number.to_bytes(4, "big") * 250, (link.address, 9))
            if number % 50 == 49:
                await asyncio.sleep(0)
        while True:
            report = (await link.report()).down
            waits_for = report.passed - before.passed
            if came < waits_for:
                await asyncio.wait_for(loop.sock_recv(receiver, 2000), 30)
                first = first or loop.time() - started
                came += 1
            elif waits_for + report.lost - before.lost >= COUNT:
                return came, first


async def test_a_link_loses_and_delays_as_told_and_counts_it() -> None:
    async with Network("near", "far") as network:
        far, near = network.links["far"], network.links["near"]
        assert (await _send_down(network, near))[0] == COUNT
        await far.impair(down=Impairment(loss=0.05, delay_s=0.05))
        came, first = await _send_down(network, far)
        report = await far.report()
    assert came == report.down.passed == COUNT - report.down.lost
    assert 0.03 * COUNT < report.down.lost < 0.07 * COUNT
    assert first >= 0.05


async def test_namespaces_are_gone_afterwards() -> None:
    from tests.support.network.netns import ip

    async with Network("one") as network:
        names = [network.server.name, network.links["one"].namespace.name]
        assert all(name in ip("netns", "list") for name in names)
    assert not any(name in ip("netns", "list") for name in names)
