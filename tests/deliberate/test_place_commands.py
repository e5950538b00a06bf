"""What an operator does about places and results by commands."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from deliberate.models import Conversation, Place
from record.models import RecordLine
from tests import factories

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_place_and_its_conversation_are_made_by_command() -> None:
    run("establish_place", "vehari", "Vehari", "--also", "ur=وہاڑی")
    said = run("establish_place", "burewala", "Burewala", "--kind", "town", "--within", "vehari")
    run("open_conversation", "lanes", "Cars in the lanes?", "--place", "burewala")

    place = Place.objects.get(slug="burewala")
    assert "/places/burewala/" in said
    assert (place.kind, place.within.names) == ("town", {"ur": "وہاڑی"})
    assert Conversation.objects.get(slug="lanes").place == place


@pytest.mark.parametrize(
    "arguments",
    [
        ("establish_place", "a", "A", "--within", "atlantis"),
        ("establish_place", "a", "A", "--also", "وہاڑی"),
        ("open_conversation", "a", "A", "--place", "atlantis"),
        ("publish_result", "a", "Done."),
    ],
)
def test_command_refuses_what_there_is_not(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)

    assert not Place.objects.exists()
    assert not Conversation.objects.exists()


def test_result_is_published_once_the_conversation_is_closed() -> None:
    conversation = factories.conversation(slug="lanes")
    with pytest.raises(CommandError):
        run("publish_result", "lanes", "Done.")
    Conversation.objects.filter(pk=conversation.pk).update(state="closed")

    for _ in range(2):
        run("publish_result", "lanes", "Done.")

    assert Conversation.objects.get().result == "Done."
    assert RecordLine.objects.filter(kind="conversation.result").count() == 1
