"""Somebody without a name has a number, and is called by it in the language of the company (E-12, N-19)."""

from __future__ import annotations

import pytest
from django.utils import timezone, translation

from companies.models import Company
from customers.actions.visitors import mint_visitor
from customers.models import Visitor

NOW = timezone.now()


def _mint(company: Company, language: str) -> Visitor:
    return mint_visitor(company=company, widget_key="w_1", language=language, now=NOW)[0]


@pytest.mark.parametrize(("language", "label"), [("en", "Visitor #1"), ("de", "Besucher #1"), ("sv", "Besökare #1")])
def test_a_visitor_is_called_in_the_language_of_the_company(db, language, label):
    company = Company.objects.create(name="Nord", slug="nord", language=language)
    with translation.override("sv"):
        visitor = _mint(company, "en")
        assert translation.get_language() == "sv"
    assert visitor.label == label
    company.language = "en"
    company.save()
    assert Visitor.objects.get().label == label  # what was read once is not renamed


def test_a_name_and_a_customer_come_before_the_number(db):
    company = Company.objects.create(name="Nord", slug="nord", language="de")
    visitor = _mint(company, "de")
    visitor.name = "Kim Larsen"
    assert visitor.label == "Kim Larsen"


def test_visitors_from_before_the_field_keep_a_number(db):
    company = Company.objects.create(name="Nord", slug="nord", language="de")
    assert Visitor(company=company, number=7).label == "Visitor #7"
