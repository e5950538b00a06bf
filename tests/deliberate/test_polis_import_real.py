"""Real Polis exports, imported twice, hold what Polis's own matrix of votes holds."""

import pytest

from deliberate import polis_files, polis_import
from deliberate.models import Conversation, Statement, Vote
from tests.deliberate.polis_export import run

pytestmark = pytest.mark.django_db

# Statements, rejected ones, voters, votes that stand
CONVERSATIONS = {
    "15-per-hour-seattle": (54, 23, 339, 2872),
    "bg2050-volunteers": (371, 55, 126, 14283),
    "brexit-consensus": (50, 0, 204, 5303),
    "football-concussions": (298, 137, 1487, 14328),
    "london.youth.policing": (39, 3, 26, 638),
    "scoop-hivemind.affordable-housing": (165, 46, 381, 14995),
    "scoop-hivemind.freshwater": (80, 29, 117, 3972),
    "scoop-hivemind.taxes": (148, 57, 334, 17335),
    "scoop-hivemind.ubi": (71, 1, 234, 7153),
    "vtaiwan.uberx": (197, 78, 1921, 49443),
}


def choices(conversation: Conversation) -> dict[tuple[bytes, int], int]:
    rows = Vote.objects.filter(statement__conversation=conversation)
    return {
        (bytes(key), number): choice
        for key, number, choice in rows.values_list(
            "participant__key", "statement__number", "choice"
        )
    }


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_import_of_a_real_conversation_equals_polis_own_matrix(shared_data, name):
    statements, rejected, voters, current = CONVERSATIONS[name]
    folder = shared_data / name

    run(folder)
    version = Conversation.objects.get(slug="wells").votes_version
    run(folder)

    wells = Conversation.objects.get(slug="wells")
    assert wells.votes_version == version
    assert wells.statements.count() == statements
    assert wells.statements.filter(state=Statement.State.REJECTED).count() == rejected
    own = choices(wells)
    assert len({key for key, _number in own}) == voters
    assert len(own) == current
    path = polis_files.find(folder, "participants-votes")
    assert path is not None
    keys = {
        row.participant: polis_import.participants.pseudonym(
            conversation=wells, person_key=polis_import.person_key(row.participant)
        )
        for row in polis_files.participants_votes(path)
    }
    matrix = {
        (keys[row.participant], row.statement): row.choice
        for row in polis_files.participants_votes(path)
    }
    assert own == matrix
    assert wells.language == ("zh-hant" if name == "vtaiwan.uberx" else "en")
