"""What waits until somebody has signed in, for pages that a library renders."""

from typing import Any

from django import template

from config import kept_acts

register = template.Library()


@register.simple_tag(takes_context=True)
def what_waits(context: dict[str, Any], address: str | None) -> kept_acts.Waiting | None:
    """What is done after signing in; None if nothing waits."""
    return kept_acts.behind(context["request"], address or "")
