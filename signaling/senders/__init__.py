"""The edge to the outside: Web Push, mail and webhooks go out from here."""
