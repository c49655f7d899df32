"""`manage.py permissions`: the permission matrix as a Markdown table; docs/permissions.md is its output."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from companies import roles

_HEADINGS = ("Visitor", "Customer", "User of another company", "Company user", "Team member", "Manager", "Admin")
_INTRODUCTION = """# Permissions

Who may do what. The table is data (`companies/roles.py`); pages, sockets and mail take their rule from it, and a
generated test walks every address with every kind of person. `python manage.py permissions` prints this page.

**own**: only where the person takes part. **assigned**: only as assignee, or while the request rings at them.
**fresh**: only what nobody has claimed. **switch**: with the named right of the membership. A company user has no role
in the inbox concerned; team member and manager are roles in one inbox; an admin counts as manager in every inbox.

"""


def page() -> str:
    """The text of docs/permissions.md."""
    lines = ["| Action | " + " | ".join(_HEADINGS) + " |", "| --- " * (len(_HEADINGS) + 1) + "|"]
    for action, cells in roles.MATRIX.items():
        shown = ["–" if cell == "no" else "✔" if cell == "yes" else cell for cell in cells]
        lines.append(f"| {action} | " + " | ".join(shown) + " |")
    return _INTRODUCTION + "\n".join(lines) + "\n"


class Command(BaseCommand):
    help = "Print the permission matrix as Markdown (docs/permissions.md)."

    def handle(self, *args, **options) -> None:
        self.stdout.write(page(), ending="")
