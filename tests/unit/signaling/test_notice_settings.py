"""Settings of notifications, mail and what goes outside: wrong ones stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from signaling.errors import ConfigError
from signaling.settings import load


def loaded(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    load(file, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[notifications]\nreminder_minutes = [10, 0]", "reminder_minutes must be between 1 and 43200"),
        ("[notifications]\nreminder_minutes = [1,2,3,4,5,6,7,8,9,10,11]", "10 entries"),
        ("[notifications]\nreminder_minutes = 'soon'", "reminder_minutes"),
        ("[notifications]\nkeep_days = 0", "keep_days"),
        ("[notifications]\nvapid_subject = 'admin@example.org'", "mailto: or https://"),
        ("[email]\nhost = 'mail.example.org'\nsender = 'a@example.org'", "email.host needs http.public_url"),
        ("[email]\nhost = 'mail.example.org'", "sender is needed"),
        ("[email]\nsecurity = 'ssl'", "none, starttls, tls"),
        ("[email]\nuser = 'podium'", "user and password go together"),
        ("[email]\nport = 0", "port must be between"),
        ("[outgoing]\ntimeout_seconds = 0", "timeout_seconds"),
        ("[outgoing]\nwebhook_disable_hours = 0.5", "webhook_disable_hours"),
        ("[outgoing]\nallow_private = true", "allow_private_addresses"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, text)
    assert said in str(refused.value)


def test_mail_and_reminders_can_be_set(tmp_path: Path) -> None:
    loaded(
        tmp_path,
        """
[http]
public_url = "https://class.example.org"
[notifications]
reminder_minutes = []
[email]
host = "mail.example.org"
port = 465
security = "tls"
user = "podium"
password = "secret"
sender = "Podium <class@example.org>"
""",
    )
