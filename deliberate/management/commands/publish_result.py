"""`manage.py publish_result SLUG TEXT`: what came of a closed conversation, on its page."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deliberate import conversations
from deliberate.models import Conversation


class Command(BaseCommand):
    help = "Say on a closed conversation's page what came of it. The public record notes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """In the conversation's own language; translations are added on its translators' page."""
        parser.add_argument("slug")
        parser.add_argument("text")

    def handle(self, *_args: Any, slug: str, text: str, **_options: Any) -> None:
        """Publish it."""
        conversation = Conversation.objects.filter(slug=slug).first()
        if conversation is None or conversation.state != Conversation.State.CLOSED:
            raise CommandError(f"There is no closed conversation {slug}.")
        conversations.publish_result(conversation, result=text)
        self.stdout.write(f"Published at {conversation.get_absolute_url()}")
