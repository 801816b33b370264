"""Settings of another service whose tokens are taken (the ``[auth.issuer]`` table of config.toml)."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec


class IssuerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another service whose tokens are taken. Claims may be named by a path, such as ``realm_access.roles``."""

    url: str = ""
    """Its ``iss``; empty means there is none."""
    audience: str = ""
    """What ``aud`` must hold."""
    jwks_url: str = ""
    user_claim: str = "sub"
    name_claim: str = "name"
    email_claim: str = "email"
    course_claim: str = ""
    """The course that the token opens, and no other; empty means tokens are those of accounts."""
    role_claim: str = ""
    """The role in that course."""
    tutor_values: list[str] = msgspec.field(default_factory=lambda: ["tutor"])
    """Values of ``role_claim`` that make a tutor; ``guest`` makes a guest, all others a student."""
    admin_claim: str = ""
    """Empty means that nobody becomes an admin by a token."""
    admin_value: str = ""

    def __post_init__(self) -> None:
        if not self.url:
            return
        if not self.audience:
            raise ValueError("audience is needed: a token made for another service must not work here")
        keys = urlsplit(self.jwks_url)
        is_near = keys.hostname in ("localhost", "127.0.0.1", "::1")
        if not (keys.scheme == "https" and keys.hostname) and not (keys.scheme == "http" and is_near):
            raise ValueError("jwks_url must start with https://: these keys decide who somebody is")
        if not self.user_claim:
            raise ValueError("user_claim is needed")
        if bool(self.course_claim) != bool(self.role_claim):
            raise ValueError("course_claim and role_claim go together: set both or none")
        if bool(self.admin_claim) != bool(self.admin_value):
            raise ValueError("admin_claim and admin_value go together: set both or none")
