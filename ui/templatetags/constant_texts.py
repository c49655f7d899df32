"""{% translate "…" %} as Django has it, but words that stand in the template are looked up once per language.

A page has hundreds of them, and each lookup at each rendering costs more than everything else about the tag.
"""

from __future__ import annotations

from django import template
from django.template.base import Parser, Token, Variable
from django.template.context import Context
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language

register = template.Library()


class ConstantTranslateNode(TranslateNode):
    """Remembers what it rendered: nothing of it depends on the context."""

    def __init__(self, node: TranslateNode) -> None:
        self.__dict__.update(node.__dict__)
        self._rendered: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        found = self._rendered.get(language)
        if found is None:
            found = self._rendered[language] = super().render(context)
        return found


@register.tag("translate")
def translate(parser: Parser, token: Token) -> TranslateNode:
    """Django's tag; constant when the words and their context are literals, without filters, `noop` and `as`."""
    words = token.split_contents()
    node = do_translate(parser, token)
    literal = len(words) > 1 and words[1][0] in "\"'" and not node.filter_expression.filters
    context = node.message_context
    known_context = context is None or (not isinstance(context.var, Variable) and not context.filters)
    if not literal or not known_context or node.noop or node.asvar:
        return node
    return ConstantTranslateNode(node)
