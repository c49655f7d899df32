"""What the tests of the settings pages begin with."""

from __future__ import annotations

import pytest

from channels_app.models import InboxMembership
from tests.cast import make_channel, make_inbox, make_user, make_widget


@pytest.fixture
def scene(cast):
    """The cast, and Mia who manages Support, and an inbox Sales (channel, widget) that only Dora works in."""
    cast.mia = make_user(cast.nordlicht, "Mia", "Munk")
    InboxMembership.objects.create(inbox=cast.inbox, user=cast.mia, role="manager")
    cast.sales_inbox = make_inbox(cast.nordlicht, "Sales", cast.dora)
    cast.sales = make_channel(cast.sales_inbox, "Sales", cast.dora)
    cast.sales_widget = make_widget(cast.nordlicht, cast.sales)
    return cast
