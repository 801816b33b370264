"""config.toml and the settings say the same, and mistakes are named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from signaling.config import Config
from signaling.errors import ConfigError
from signaling.settings import line_of, load

FILE = Path(__file__).resolve().parents[3] / "config.toml"


def test_the_file_lists_every_setting_with_its_default() -> None:
    assert tomllib.loads(FILE.read_text()) == msgspec.to_builtins(Config())
    assert load(FILE, {}) == Config()


def test_every_setting_of_the_file_is_explained() -> None:
    for line in FILE.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            assert line.rpartition("#")[2].strip(), line
            assert len(line) <= 120


def test_the_environment_overrides_by_type() -> None:
    config = load(
        FILE,
        {
            "PODIUM__DATA_DIR": "/srv/podium",
            "PODIUM__HTTP__PORT": "9000",
            "PODIUM__HTTP__CORS_ORIGINS": '["https://a.example"]',
            "PODIUM__HTTP__TLS_CERTIFICATE": "cert",
            "PODIUM__HTTP__TLS_KEY": "key",
            "PODIUM__MEDIA__LISTEN": "127.0.0.1, ::1",
            "PODIUM__MEDIA__ANNOUNCE": "",
            "PODIUM__SESSION__SEAT_SECONDS": "1.5",
            "PODIUM__LOG__ACCESS": "true",
            "OTHER": "x",
        },
    )
    assert config.data_dir == "/srv/podium"
    assert config.http.port == 9000
    assert config.http.cors_origins == ["https://a.example"]
    assert (config.http.tls_certificate, config.http.tls_key) == ("cert", "key")
    assert config.media.listen == ["127.0.0.1", "::1"]
    assert config.media.announce == []
    assert config.session.seat_seconds == 1.5
    assert config.log.access


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PODIUM__HTTP__PROT", "1", "http.prot: there is no such setting"),
        ("PODIUM__HTTP", "1", "is a table; set one of PODIUM__HTTP__HOST"),
        ("PODIUM__HTTP__PORT__X", "1", "there is no such setting"),
        ("PODIUM__HTTP__PORT", "x", "PODIUM__HTTP__PORT: http.port: Expected `int`"),
        ("PODIUM__LOG__ACCESS", "maybe", "log.access: Expected `bool`"),
        ("PODIUM__LOG__LEVEL", "loud", "expected one of"),
        ("PODIUM__MEDIA__LISTEN", "[1", "not a JSON list"),
        ("PODIUM__MEDIA__WORKERS", "-1", "workers must be between"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(FILE, {name: value})
    assert name in str(caught.value)
    assert said in str(caught.value)


def test_the_line_of_a_key() -> None:
    text = "a = 1\n[http]\n# port = 1\nport = 2\n[media]\nport = 3\n"
    assert line_of(text, "a") == 1
    assert line_of(text, "http.port") == 4
    assert line_of(text, "media.port") == 6
    assert line_of(text, "media.listen[0]") == 5
    assert line_of(text, "nothing.here") is None
