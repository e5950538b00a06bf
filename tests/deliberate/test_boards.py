"""Boards: what one process knows of a conversation is of the one at that address now."""

import pytest

from deliberate import boards
from tests import factories

pytestmark = pytest.mark.django_db


def test_address_taken_by_another_conversation_is_the_other_ones() -> None:
    first = factories.conversation(slug="water")
    factories.statement(conversation=first)
    boards.now("water")
    first.slug = "water-2025"
    first.save()
    second = factories.conversation(slug="water")

    moment = boards.now("water")

    assert moment is not None
    assert moment.board.conversation == second
    assert moment.board.numbers == frozenset()


def test_address_is_nobodys_once_its_conversation_is_gone() -> None:
    conversation = factories.conversation(slug="water")
    boards.now("water")
    conversation.delete()

    moment = boards.now("water")

    assert moment is None


def test_rule_that_seeds_come_first_is_known_at_once() -> None:
    conversation = factories.conversation(slug="water")
    for is_seed in (False, True, False):
        factories.statement(conversation=conversation, is_seed=is_seed)
    boards.now("water")
    conversation.seeds_first = True
    conversation.save()

    moment = boards.now("water")

    assert moment is not None
    assert moment.board.conversation.seeds_first
