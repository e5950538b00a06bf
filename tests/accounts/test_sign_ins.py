"""Where one is signed in, for how long, and that a stranger's sign-in is told."""

import contextlib
import time
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import permissions, sign_in_limits, sign_ins
from accounts.models import Role, SignIn, User
from config import addresses
from tests import factories
from tests.accounts.signing_in import browser, join

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
NEW_DEVICE = "was not used for it before"


def letters() -> list[str]:
    """The mails that tell of a new device."""
    from tests.tasks import run_enqueued

    run_enqueued()
    return [one.body for one in mail.outbox if NEW_DEVICE in one.body]


def two_browsers() -> tuple[Client, Client, User]:
    """One person, in at two devices."""
    one, other = browser(), browser()
    join(one, "a@example.org")
    join(other, "a@example.org")
    return one, other, User.objects.get()


def test_sessions_are_listed_without_an_address_of_the_network() -> None:
    client = Client(headers={"host": "localhost", "user-agent": AGENT}, REMOTE_ADDR="203.0.113.77")
    join(client, "a@example.org")

    page = client.get("/accounts/sessions/").content.decode()

    assert "Firefox, Android" in page
    assert "This device" in page
    assert "203.0.113" not in page + str(list(SignIn.objects.values_list()))


def test_session_that_is_ended_elsewhere_is_nobodys() -> None:
    one, other, user = two_browsers()
    row = SignIn.objects.get(session_key=other.session.session_key)

    one.post("/accounts/sessions/", {"session": str(row.pk)})

    assert other.get("/notices/").status_code == 302
    assert one.get("/notices/").status_code == 200
    assert [row.session_key for row in sign_ins.of(user)] == [one.session.session_key]


def test_all_other_sessions_end_at_once() -> None:
    one, other, _user = two_browsers()

    one.post("/accounts/sessions/", {"session": "others"})

    assert other.get("/notices/").status_code == 302
    assert one.get("/notices/").status_code == 200


@pytest.mark.parametrize("wanted", ["", "nonsense", "9" * 30, "-1"])
def test_nonsense_ends_no_session(wanted: str) -> None:
    one, other, _user = two_browsers()

    assert one.post("/accounts/sessions/", {"session": wanted}).status_code == 404
    assert other.get("/notices/").status_code == 200


def test_session_of_somebody_else_cannot_be_ended() -> None:
    victim, thief = browser(), browser()
    join(victim, "v@example.org")
    join(thief, "t@example.org")
    row = SignIn.objects.get(session_key=victim.session.session_key)

    thief.post("/accounts/sessions/", {"session": str(row.pk)})

    assert victim.get("/notices/").status_code == 200


@pytest.mark.parametrize("is_in", [False, True], ids=["signed out", "signed in"])
def test_password_by_a_mailed_link_ends_every_session_and_its_row(is_in: bool) -> None:
    one, other, user = two_browsers()
    client = one if is_in else browser()
    client.post("/accounts/password/reset/", {"email": user.email})
    link = next(word for word in mail.outbox[-1].body.split() if "/reset/key/" in word)
    form = client.get(urlsplit(link).path, follow=True)
    new = "another long evening"

    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    user.refresh_from_db()
    assert user.check_password(new)
    assert [there.get("/notices/").status_code for there in (one, other)] == [302, 302]
    assert not SignIn.objects.exists()


def test_new_password_ends_the_other_sessions() -> None:
    password, new = "a long and quiet evening", "another long evening"
    one, other = browser(), browser()
    join(one, "a@example.org", password1=password)
    join(other, "a@example.org")

    one.post(
        "/accounts/password/change/",
        {"oldpassword": password, "password1": new, "password2": new},
    )

    user = User.objects.get()
    assert user.check_password(new)
    assert other.get("/notices/").status_code == 302
    assert [row.session_key for row in sign_ins.of(user)] == [one.session.session_key]


def shift(client: Client, name: str, seconds: int) -> None:
    """Let that moment of the session lie further back."""
    session = client.session
    session[name] -= seconds
    session.save()


@pytest.mark.parametrize(
    ("name", "seconds", "status"),
    [
        (sign_ins.SEEN_AT, 29 * 60, 200),
        (sign_ins.SEEN_AT, 31 * 60, 302),
        (sign_ins.BEGAN_AT, 12 * 3600 - 60, 200),
        (sign_ins.BEGAN_AT, 12 * 3600 + 60, 302),
    ],
)
def test_session_of_an_office_is_short(name: str, seconds: int, status: int) -> None:
    factories.moderator(email="m@example.org")
    client = browser()
    join(client, "m@example.org")

    shift(client, name, seconds)

    assert client.get("/moderation/").status_code == status


@pytest.mark.parametrize(
    ("name", "days", "status"),
    [
        (sign_ins.SEEN_AT, 29, 200),
        (sign_ins.SEEN_AT, 31, 302),
        (sign_ins.BEGAN_AT, 89, 200),
        (sign_ins.BEGAN_AT, 91, 302),
    ],
)
def test_session_of_a_citizen_is_long_and_ends(name: str, days: int, status: int) -> None:
    client = browser()
    join(client, "a@example.org")

    shift(client, name, days * 24 * 3600)

    assert client.get("/notices/").status_code == status


def test_use_keeps_a_session_going() -> None:
    factories.moderator(email="m@example.org")
    client = browser()
    join(client, "m@example.org")

    for _ in range(3):
        shift(client, sign_ins.SEEN_AT, 25 * 60)
        assert client.get("/moderation/").status_code == 200

    assert time.time() - client.session[sign_ins.SEEN_AT] < 60


def test_office_given_meanwhile_shortens_the_session() -> None:
    client = browser()
    join(client, "a@example.org")
    from accounts import roles
    from accounts.models import Role

    roles.grant(user=User.objects.get(), role=Role.MODERATOR)
    shift(client, sign_ins.SEEN_AT, 25 * 3600)

    client.get("/notices/")

    assert client.session.get_expiry_age() <= 30 * 60


def test_session_in_the_table_ends_with_the_idle_time() -> None:
    """What the live room asks: it never opens a session."""
    factories.moderator(email="m@example.org", password="a long and quiet evening")
    client = browser()
    client.post(
        "/accounts/login/", {"login": "m@example.org", "password": "a long and quiet evening"}
    )
    client.get("/")

    row = Session.objects.get(session_key=client.session.session_key)

    assert row.expire_date.timestamp() - time.time() <= 30 * 60


def test_first_sign_in_of_a_new_account_is_no_news() -> None:
    join(browser(), "a@example.org")

    assert letters() == []


def test_sign_in_with_a_new_device_is_told_once() -> None:
    join(browser(), "a@example.org")
    client = browser()

    join(client, "a@example.org")
    client.post("/accounts/logout/")
    join(client, "a@example.org")

    assert len(letters()) == 1


def test_news_of_a_device_is_in_the_persons_language_and_without_an_address() -> None:
    first = browser()
    first.cookies["django_language"] = "ur"
    join(first, "a@example.org")
    thief = Client(headers={"host": "localhost", "user-agent": AGENT}, REMOTE_ADDR="203.0.113.77")
    join(thief, "a@example.org")
    from tests.tasks import run_enqueued

    run_enqueued()

    letter = next(one for one in mail.outbox if "/accounts/sessions/" in one.body)
    assert 'dir="rtl"' in str(letter.alternatives[0][0])
    assert "203.0.113" not in letter.body
    assert "Firefox" not in letter.body


def test_forged_mark_of_a_known_device_counts_for_nothing() -> None:
    join(browser(), "a@example.org")
    client = browser()
    client.cookies["known"] = "eyJhIjoiYiJ9:forged:mark"

    join(client, "a@example.org")

    assert len(letters()) == 1


def test_rows_of_sessions_that_are_gone_go() -> None:
    one, _other, _user = two_browsers()
    Session.objects.exclude(session_key=one.session.session_key).delete()

    gone = sign_ins.forget_ended()

    assert gone == 1
    assert SignIn.objects.get().session_key == one.session.session_key


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.FIELD_WORKER, "/assist/conversations/{slug}/votes/"),
        (Role.OVERSEER, "/conversations/{slug}/oversight/votes.csv"),
        (Role.OVERSEER, "/conversations/{slug}/oversight/map.json"),
    ],
)
def test_session_of_an_office_is_over_at_every_address_of_the_office(role: Role, path: str) -> None:
    client, slug = Client(), factories.conversation().slug
    client.force_login(factories.official(role))
    assert client.get("/notices/").status_code == 200
    shift(client, sign_ins.BEGAN_AT, 13 * 3600)

    answer = client.get(path.format(slug=slug))

    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("name", sorted(sign_in_limits.UNOPENED))
def test_addresses_without_a_look_at_the_session_are_public(name: str) -> None:
    parts: list[dict[str, str]] = [{}, {"slug": "water"}, {"slug": "water", "name": "votes"}]
    paths = []
    for kwargs in parts:
        with contextlib.suppress(NoReverseMatch):
            paths.append(reverse(name, kwargs=kwargs))

    assert paths
    assert all(path.endswith(sign_in_limits.ENDINGS) for path in paths)
    acts = {door.action for door in addresses.DOORS if door.name == name}
    assert acts
    assert all(act == "vote.cast" or permissions.is_open(act) for act in acts)
