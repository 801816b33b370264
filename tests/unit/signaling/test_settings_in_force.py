"""What admins see of the settings: all of them, where they come from, and nothing that is secret."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from signaling.config import Config
from signaling.services.admin.settings_in_force import SECRETS, settings_of
from signaling.settings import load_with_origins

FILE = Path(__file__).resolve().parents[3] / "config.toml"
SECRET = "b" * 40
NO_SECRETS = {"auth.token_hours", "http.tls_key", "accounts.password_link_hours"}
"""They sound like secrets: times, and the path of a file."""


def test_every_setting_is_there_with_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[http]\nport = 9000\n[chat]\nattachment_types = ["image/png"]\n[media]\nworkers = 0\n')
    environ = {"PODIUM__HTTP__PORT": "9001", "PODIUM__AUTH__SECRET": SECRET, "PATH": "/bin"}
    config, origins = load_with_origins(file, environ)
    found = {setting.name: setting for setting in settings_of(config, origins)}
    told = [found[name] for name in ("http.port", "chat.attachment_types", "media.workers", "http.host")]
    assert [(one.value, one.source, one.where, one.is_set) for one in told] == [
        ("9001", "environment", "PODIUM__HTTP__PORT", True),
        ('["image/png"]', "file", f"{file}:4", True),
        ("0", "file", f"{file}:6", False),
        ('"0.0.0.0"', "default", "", False),
    ]
    secret = found["auth.secret"]
    assert (secret.value, secret.is_secret, secret.is_set, secret.source) == (None, True, True, "environment")
    assert found["http.port"].default == "8000"
    whole = load_with_origins(FILE, {})
    assert {one.name for one in settings_of(*whole)} == set(whole[1])


def test_no_secret_leaves() -> None:
    config = msgspec.convert(
        {
            "auth": {"secret": SECRET},
            "database": {"url": f"postgresql://podium:{SECRET}@db.example/podium?password={SECRET}"},
            "redis": {"url": f"redis://:{SECRET}@cache.example:6379/0"},
            "email": {"user": "podium", "password": SECRET, "sender": "a@example.org"},
            "turn": {"urls": ["turn:turn.example"], "secret": SECRET},
            "notifications": {"vapid_private_key": SECRET},
            "http": {"cors_origins": [f"https://user:{SECRET}@lms.example"]},
        },
        type=Config,
    )
    found = {setting.name: setting for setting in settings_of(config, {})}
    assert SECRET not in msgspec.json.encode(list(found.values())).decode()
    assert found["database.url"].value == '"postgresql://…@db.example/podium?…"'
    assert found["redis.url"].value == '"redis://…@cache.example:6379/0"'
    sounding = {
        name
        for name in found
        if any(word in name.rpartition(".")[2] for word in ("secret", "password", "credential", "key", "token"))
    }
    assert sounding - NO_SECRETS == SECRETS


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://podium:half/{}@db/podium", "postgresql://…@db/podium"),
        ("postgresql://podium:half#{}@db/podium", "postgresql://…@db/podium"),
        ("postgresql://podium:half?{}@db/podium", "postgresql://…"),
        ("postgresql://podium:half@{}@db:5432/podium", "postgresql://…@db:5432/podium"),
        ("postgresql://podium:[{}@db/podium", "postgresql://…@db/podium"),
        ("postgresql://db/podium?user=podium&password={}", "postgresql://db/podium?…"),
        ("postgresql://db/podium?user=a@b&password={}", "postgresql://…"),
        ("postgresql://db/podium#{}", "postgresql://db/podium"),
        ("https://class.example.org/podium", "https://class.example.org/podium"),
    ],
)
def test_no_part_of_a_password_leaves_however_it_is_written(url: str, shown: str) -> None:
    """SQLAlchemy takes passwords that were not encoded for a URL."""
    config = msgspec.convert({"database": {"url": url.format(SECRET)}}, type=Config)
    found = {setting.name: setting for setting in settings_of(config, {})}
    assert SECRET not in (found["database.url"].value or "")
    assert "half" not in (found["database.url"].value or "")
    assert found["database.url"].value == msgspec.json.encode(shown).decode()
