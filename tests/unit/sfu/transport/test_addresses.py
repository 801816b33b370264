"""Which addresses clients are told."""

from __future__ import annotations

import ipaddress

import pytest

from sfu.errors import CannotStart
from sfu.transport.addresses import host_candidates


def test_announced_addresses_are_told_as_they_are() -> None:
    announced = ["203.0.113.9", "2001:DB8::9", "203.0.113.9"]
    assert host_candidates(announced, ["0.0.0.0"]) == ["203.0.113.9", "2001:db8::9"]


def test_a_wildcard_stands_for_what_a_client_could_reach() -> None:
    found = [ipaddress.ip_address(item) for item in host_candidates([], ["0.0.0.0", "::"])]
    assert ipaddress.ip_address("127.0.0.1") in found
    assert len(set(found)) == len(found)
    assert not any(item.is_link_local or item.is_multicast or item.is_unspecified for item in found)
    assert [item.is_loopback for item in found] == sorted(item.is_loopback for item in found)
    assert all(item.version == 4 for item in map(ipaddress.ip_address, host_candidates([], ["0.0.0.0"])))


def test_a_listed_address_is_told_even_if_it_is_a_loopback_one() -> None:
    assert host_candidates([], ["::1", "192.0.2.4"]) == ["192.0.2.4", "::1"]


@pytest.mark.parametrize("text", ["media.example.org", "", "1.2.3.4:5500"])
def test_names_are_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="not an IP address"):
        host_candidates([text], ["0.0.0.0"])
    with pytest.raises(CannotStart, match="not an IP address"):
        host_candidates([], [text])
