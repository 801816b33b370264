"""How browsers reach the server: its origin, and the path prefix that it lives behind."""

import pytest

from signaling.config import HttpConfig


@pytest.mark.parametrize(
    ("url", "origin", "prefix"),
    [
        ("", "", ""),
        ("https://class.example.org", "https://class.example.org", ""),
        ("https://class.example.org/", "https://class.example.org", ""),
        ("https://example.org:8443/school/podium/", "https://example.org:8443", "/school/podium"),
    ],
)
def test_a_public_url_has_an_origin_and_a_prefix(url: str, origin: str, prefix: str) -> None:
    http = HttpConfig(public_url=url)
    assert (http.public_origin, http.prefix) == (origin, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a b",
        "https://example.org/podium?x=1",
        "https://example.org/podium#x",
        "https://example.org//podium",
        'https://example.org/"><script>',
        "https://example.org/{path}",
    ],
)
def test_a_path_that_no_page_could_live_behind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="its path takes letters"):
        HttpConfig(public_url=url)
