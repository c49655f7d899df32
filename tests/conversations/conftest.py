"""What most tests of the inbox's pages begin with."""

from __future__ import annotations

import pytest


@pytest.fixture
def signed_in(client, cast):
    """signed_in(user): the test's client, from now on as this user."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in
