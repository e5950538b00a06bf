"""A page for one role is closed to the others, and says so."""

import pytest

from tests.gates.people import People
from tests.gates.plain_http import ask
from tests.gates.samples import ALL, SIGNED_IN, Kind, Role, Sample

pytestmark = pytest.mark.browser

OPEN_TO_ALL = {sample.path for sample in ALL if sample.role is Role.ANYONE}
FOR_SIGNED_IN = [
    sample for sample in ALL if sample.role in SIGNED_IN and sample.path not in OPEN_TO_ALL
]
OFFICES = {Role.CLERK, Role.MODERATOR, Role.OVERSEER, Role.FIELD_WORKER, Role.HELPING}
FOR_OFFICES = [sample for sample in ALL if sample.role in OFFICES]

# Nobody is told that it is there.
HIDDEN = {"/style/"}
STATUS = {Kind.PAGE: 200, Kind.DATA: 200, Kind.MOVED: 302, Kind.POSTED: 405}


@pytest.mark.parametrize("sample", FOR_SIGNED_IN, ids=str)
def test_page_asks_strangers_to_sign_in(people: People, sample: Sample):
    answer = ask(people.url(sample))

    if sample.path in HIDDEN:
        assert answer.status == 404
        return
    assert answer.status == 302
    assert answer.headers["location"].startswith("/accounts/login/?next=") or (
        sample.path == "/accounts/logout/"
    )


@pytest.mark.parametrize("sample", FOR_OFFICES, ids=str)
def test_office_is_closed_to_citizens(people: People, sample: Sample):
    cookies = people.cookies(role=Role.CITIZEN, language="en")

    answer = ask(people.url(sample), cookies=cookies)

    assert answer.status in {403, 404}


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_address_answers_as_it_should(people: People, sample: Sample):
    cookies = people.cookies(role=sample.role, language="ur")

    answer = ask(people.url(sample), cookies=cookies)

    assert answer.status == STATUS[sample.kind]
    assert answer.sent or answer.status != 200
