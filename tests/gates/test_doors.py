"""A page for one role is closed to the others, and says so."""

import pytest

from tests.gates.plain_http import ask
from tests.gates.samples import ALL, Kind, Role, Sample
from tests.gates.visits import Visitor

pytestmark = pytest.mark.browser

OPEN_TO_ALL = {sample.path for sample in ALL if sample.role is Role.ANYONE}
FOR_SIGNED_IN = [
    sample for sample in ALL if sample.role is not Role.ANYONE and sample.path not in OPEN_TO_ALL
]
FOR_OFFICES = [sample for sample in ALL if sample.role in {Role.CLERK, Role.MODERATOR}]


@pytest.mark.parametrize("sample", FOR_SIGNED_IN, ids=str)
def test_page_asks_strangers_to_sign_in(visitor: Visitor, sample: Sample):
    answer = ask(visitor.server.url + visitor.path(sample))

    assert answer.status in {302, 405} or sample.kind is Kind.MOVED
    assert answer.headers.get("location", "/accounts/login/").startswith(("/accounts/", "/"))


@pytest.mark.parametrize("sample", FOR_OFFICES, ids=str)
def test_office_is_closed_to_citizens(visitor: Visitor, sample: Sample):
    cookies = visitor.cookies(role=Role.CITIZEN, language="en")

    answer = ask(visitor.server.url + visitor.path(sample), cookies=cookies)

    assert answer.status in {403, 404}


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_address_answers_as_it_should(visitor: Visitor, sample: Sample):
    cookies = visitor.cookies(role=sample.role, language="ur")

    answer = ask(visitor.server.url + visitor.path(sample), cookies=cookies)

    assert answer.status == {Kind.PAGE: 200, Kind.DATA: 200, Kind.MOVED: 302}[sample.kind]
    assert answer.sent or sample.kind is Kind.MOVED
