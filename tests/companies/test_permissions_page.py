"""docs/permissions.md is the permission matrix: G-26…G-35."""

from __future__ import annotations

from pathlib import Path

from companies import roles
from companies.management.commands.permissions import page

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"


def test_the_document_is_what_the_matrix_says():
    """Whoever changes the matrix writes the page anew: `python manage.py permissions > docs/permissions.md`."""
    assert DOCUMENT.read_text() == page()
    assert all(f"| {action} |" in page() for action in roles.MATRIX)
