"""Which passwords are good enough, and that the same one is the same on every keyboard."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from signaling.errors import BadRequest
from signaling.services.people.passwords import Passwords, check_password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "123456789",
        "1234567890",
        "aaaaaaaaaaaa",
        "ababababab",
        "Password2026",
        "QWERTYUIOP",
        "x9" * 101,
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        check_password(password)


@pytest.mark.parametrize("password", ["correct horse", "пароль-пароль", "Tr0ub4dor&3", "x9y8z7w6v5" * 20])
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, "ada", None, "Ada Lovelace")


def test_a_password_is_not_ones_name() -> None:
    for password in ("Ada Lovelace", "ADA LOVELACE", "lovelace.ada", "lovelace.ada@example.org"):
        with pytest.raises(BadRequest, match="name"):
            check_password(password, "lovelace.ada", "lovelace.ada@example.org", "Ada Lovelace")


async def test_nobodys_password_is_compared_like_a_real_one_and_costs_nothing_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = Passwords(memory_kib=64, passes=1)
    kept = await passwords.hash("eclair du soir")
    compared: list[str] = []
    compare = PasswordHasher.verify

    def verify(hasher: PasswordHasher, kept: str, password: str) -> bool:
        compared.append(kept)
        # a hash that cannot be read would be refused at once, and tell that there is no such account
        with pytest.raises(VerifyMismatchError):
            compare(hasher, kept, password)
        raise VerifyMismatchError

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    monkeypatch.setattr(PasswordHasher, "hash", None)
    again = Passwords(memory_kib=64, passes=1)
    assert not await again.verify(None, "eclair du soir")
    assert not await again.verify(kept, "something else")
    nobodys, real = compared
    assert extract_parameters(nobodys) == extract_parameters(real)
    assert len(nobodys) == len(real)


async def test_hashing_and_comparing() -> None:
    passwords, stronger = Passwords(memory_kib=64, passes=1), Passwords(memory_kib=128, passes=1)
    kept = await passwords.hash("e\u0301clair du soir")
    assert await passwords.verify(kept, "\u00e9clair du soir")
    assert not await passwords.verify(kept, "eclair du soir")
    assert not await passwords.verify(None, "eclair du soir")
    assert not await passwords.verify("not a hash", "eclair du soir")
    assert await passwords.renewed(kept, "\u00e9clair du soir") is None
    renewed = await stronger.renewed(kept, "\u00e9clair du soir")
    assert renewed is not None
    assert await stronger.verify(renewed, "e\u0301clair du soir")
