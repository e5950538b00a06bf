"""What waits until somebody has signed in, for pages that a library renders."""

from typing import Any

from django import template

from config import kept_acts

register = template.Library()


@register.simple_tag(takes_context=True)
def what_waits(context: dict[str, Any], address: str | None) -> str:
    """One sentence on what is done after signing in; empty if nothing waits."""
    return str(kept_acts.lead(context["request"], address or ""))
