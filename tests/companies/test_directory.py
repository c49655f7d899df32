"""The directory of companies: M-09, M-12…M-14, S-22, S-62."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Company
from tests.cast import make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def udo(cast, clean_valkey):
    client = Client()
    client.force_login(cast.udo, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_listed_company_is_found_by_name_and_town(cast, udo):
    """M-09: over all tenants, searchable; hidden, suspended and package-less ones are absent."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(town="Lübeck", description="Lamps that last")
    make_company("Hidden AG")
    Company.objects.filter(name="Hidden AG").update(listed=False)
    make_company("No Package KG", package=None)
    page = udo.get(reverse("directory")).content.decode()
    assert "Nordlicht GmbH" in page
    assert "Süd AG" in page
    assert "Hidden AG" not in page
    assert "No Package KG" not in page
    for word in ("nord", "lübeck", "lamps"):
        assert "Nordlicht GmbH" in udo.get(reverse("directory"), {"q": word}).content.decode()
    assert "Nordlicht GmbH" not in udo.get(reverse("directory"), {"q": "zzz"}).content.decode()


def test_a_company_page_shows_public_fields_as_text(cast, udo):
    """E-03, M-12…M-14, S-22: script is text; people and internal numbers are not there."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(
        description="<script>alert(1)</script>", phone="+49 451 1", website="https://nordlicht.example", town="Lübeck"
    )
    page = udo.get(reverse("company", args=[cast.nordlicht.slug])).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "https://nordlicht.example" in page
    assert cast.ben.email not in page
    assert "Ben Fuchs" not in page


def test_hidden_and_missing_companies_look_alike(cast, udo):
    """S-62: 404 for both; nobody without sign-in sees anything."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(listed=False)
    assert udo.get(reverse("company", args=[cast.nordlicht.slug])).status_code == 404
    assert udo.get(reverse("company", args=["nothing-here"])).status_code == 404
    assert Client().get(reverse("directory")).status_code == 302


def test_pages_are_limited_and_cost_the_same(cast, udo, monkeypatch, django_assert_max_num_queries):
    """S-62, M-09: no more queries for 60 companies; who asks for more pages than a minute allows is refused."""
    monkeypatch.setattr("companies.views.directory._PAGES_PER_MINUTE", 2)
    for number in range(60):
        make_company(f"Company {number:02}")
    with django_assert_max_num_queries(9):
        first = udo.get(reverse("directory"))
    assert b"after=" in first.content
    statuses = [udo.get(reverse("directory")).status_code for _ in range(3)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
