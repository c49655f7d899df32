"""HTML bodies of mails: a template with its style sheet beside it, every rule written into its element (email.md)."""

from __future__ import annotations

from functools import cache
from typing import Any

import css_inline
from django.template.loader import get_template, render_to_string


def html_body(name: str, context: dict[str, Any]) -> str:
    """The template <name>.html with the rules of <name>.css in its elements; media queries stay in the head."""
    return _inliner(f"{name}.css").inline(render_to_string(f"{name}.html", context))


@cache
def _inliner(style: str) -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        extra_css=get_template(style).render(),
        keep_style_tags=False,
        keep_at_rules=True,
        load_remote_stylesheets=False,
    )
