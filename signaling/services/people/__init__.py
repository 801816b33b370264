"""Accounts, sign-ins, invites, presence: who people are."""
