"""A form writes the fields that it shows, whatever else is sent with it."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from deliberate.models import Statement
from petitions.models import Petition
from tests import factories
from tests.accounts.signing_in import browser, join
from tests.just_signed_in import sign_in
from tests.petitions import making

pytestmark = pytest.mark.django_db

MORE_POWER = {
    "is_superuser": "on",
    "is_staff": "on",
    "is_active": "",
    "role": "moderator",
    "role_grants": "moderator",
    "groups": "1",
    "id": "1",
    "pk": "1",
    "user": "1",
    "user_id": "1",
}


def powers(user: User) -> tuple[bool, bool, int, int]:
    user.refresh_from_db()
    return user.is_superuser, user.is_active, user.role_grants.count(), user.groups.count()


def test_account_is_made_without_what_was_sent_along() -> None:
    join(browser(), "a@example.org", **MORE_POWER)

    assert powers(User.objects.get()) == (False, True, 0, 0)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/notices/", {"action": "mail", "wants_mail": "yes", "language": "ur"}),
        ("/accounts/email/", {"action_add": "", "email": "b@example.org", "verified": "on"}),
        ("/accounts/password/set/", {"password1": "a long evening", "password2": "a long evening"}),
    ],
)
def test_account_is_changed_in_what_the_form_shows_alone(
    client: Client, path: str, form: dict[str, str]
) -> None:
    user = factories.user(email="a@example.org")
    sign_in(client, user)

    answer = client.post(path, form | MORE_POWER)

    assert answer.status_code == 302
    assert powers(user) == (False, True, 0, 0)
    assert user.email == "a@example.org"
    assert not user.emailaddress_set.filter(email="b@example.org", verified=True).exists()


def test_petition_is_a_draft_of_who_wrote_it_whatever_was_sent_along(client: Client) -> None:
    writer, other = factories.user(), factories.user()
    sign_in(client, writer)
    more = {
        "creator": other.pk,
        "state": "collecting",
        "signature_count": 9000,
        "threshold": 1,
        "is_demo": "on",
        "opened_at": "2020-01-01",
    }
    form = {"council": making.council().pk, "title": "Mend it", "text": "It is broken."}

    client.post(
        "/petitions/new/",
        form | more | {"language": "en", "draft_key": uuid4(), "version": 0, "step": "save"},
    )

    made = Petition.objects.get()
    assert (made.creator, made.state, made.signature_count) == (writer, "draft", 0)
    assert (made.threshold, made.is_demo, made.opened_at) == (None, False, None)


def test_statement_waits_and_is_nobodys_whatever_was_sent_along(client: Client) -> None:
    topic = factories.conversation(moderation="strict")
    more = {"state": "accepted", "is_seed": "on", "author": "1", "number": "77", "priority": "9"}

    client.get(topic.get_absolute_url())
    client.post(topic.get_absolute_url(), {"text": "Mend the bridge.", "look": "1"} | more)

    made = Statement.objects.get()
    assert (made.state, made.is_seed, made.number) == ("pending", False, 0)
