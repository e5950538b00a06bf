"""Many values in one parameter say the same as many parameters."""

from uuid import uuid4

import pytest
from django.utils import timezone

from deliberate import many_rows
from deliberate.models import Participant, Statement, Vote
from tests import factories


@pytest.mark.parametrize("value", ["a,b}", "{", 'with "quotes"', "back\\slash", "it's"])
def test_array_refuses_what_would_need_quotes(value: str) -> None:
    with pytest.raises(ValueError, match="without quotes"):
        many_rows.array([value])


def test_array_writes_numbers_uuids_times_and_nothing() -> None:
    one, now = uuid4(), timezone.now()

    assert many_rows.array([1, None, -1, one, now]) == f"{{1,NULL,-1,{one},{now}}}"


@pytest.mark.django_db
def test_any_of_finds_what_in_finds() -> None:
    made = [factories.vote(statement=factories.statement()) for _ in range(3)]
    participants = [counted.ballot.participant.pk for counted in made]

    votes = Vote.objects.filter(participant_id__any_of=participants[:2])
    numbers = Statement.objects.filter(number__any_of=[0, 7])
    nobody = Participant.objects.filter(pk__any_of=[10**9])

    assert set(votes.values_list("participant_id", flat=True)) == set(participants[:2])
    assert set(numbers) == set(Statement.objects.filter(number__in=[0, 7]))
    assert not nobody.exists()
    assert not Vote.objects.filter(participant_id__any_of=[]).exists()
