"""What each client event does: a table from its name to a service call, a module per subject. No rule is decided
here."""
