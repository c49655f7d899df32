"""{% settings_sections as sections %}: the parts of the settings for the page's member."""

from __future__ import annotations

from django import template

from memo import settings_menu

register = template.Library()


@register.simple_tag(takes_context=True)
def settings_sections(context: template.Context) -> list[settings_menu.Section]:
    """Worked out once per page, however often it is asked for."""
    request = context["request"]
    if not hasattr(request, "settings_sections"):
        request.settings_sections = settings_menu.sections(request)
    return request.settings_sections
