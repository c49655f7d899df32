"""allauth adapter: nobody signs up by themselves (people are invited), mails carry the installation's sender."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Who may sign up: nobody; a login comes from an operator or an invitation (M-23)."""

    def is_open_for_signup(self, request) -> bool:
        return False
