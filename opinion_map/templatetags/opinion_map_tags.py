"""Lets pages of lower rooms show the map without importing this room."""

from typing import Any

from django import template

from deliberate.models import Conversation
from opinion_map import reading

register = template.Library()


@register.inclusion_tag("opinion_map/summary.html")
def map_summary(conversation: Conversation) -> dict[str, Any]:
    """What each group stands for and what unites everyone, in words."""
    return {"conversation": conversation, "map": reading.of(conversation)}
