"""News: a row for each person and matter, one mail for each row, and nothing to be read in it."""

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts import follows, notice_mail, notices
from accounts.models import Follow, Notice, User
from accounts.notice_words import KINDS
from tests import factories
from tests.petitions import making
from tests.tasks import run_enqueued

pytestmark = pytest.mark.django_db

ABOUT = "/petitions/1/"


def tell(user: User, **facts: Any) -> Notice:
    notices.tell(user, kind="petition.answered", path=ABOUT, facts=facts)
    return Notice.objects.get(user=user)


def test_same_news_twice_is_one_notice_and_one_mail() -> None:
    user = factories.user()

    tell(user)
    tell(user)
    run_enqueued()

    assert Notice.objects.count() == 1
    assert len(mail.outbox) == 1


def test_news_reach_every_follower_once_and_nobody_else() -> None:
    followers = [factories.user() for _ in range(5)]
    for user in followers:
        follows.follow(user, ABOUT)
        follows.follow(user, ABOUT)
    follows.follow(factories.user(), "/petitions/12/")
    follows.follow(left := factories.user(), ABOUT)
    follows.unfollow(left, ABOUT)

    notices.tell_followers(ABOUT, kind="petition.answered")
    notices.fan_out.call(ABOUT, "petition.answered", ABOUT, {})
    run_enqueued()

    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        user.email for user in followers
    )


def test_fan_out_goes_on_past_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "FOLLOWERS_AT_ONCE", 2)
    for _ in range(5):
        follows.follow(factories.user(), ABOUT)

    notices.fan_out.call(ABOUT, "petition.answered", ABOUT, {})

    assert Notice.objects.count() == 5


def test_account_that_is_gone_is_told_nothing() -> None:
    user = factories.user()
    follows.follow(user, ABOUT)
    user.delete()

    notices.tell_followers(ABOUT, kind="petition.answered")
    run_enqueued()

    assert (Follow.objects.count(), mail.outbox) == (0, [])


@pytest.mark.parametrize("change", [{"wants_mail": False}, {"is_active": False}])
def test_mail_is_not_sent_to_whoever_wants_none(change: dict[str, bool]) -> None:
    user = factories.user(**change)

    notice = tell(user)
    run_enqueued()

    notice.refresh_from_db()
    assert mail.outbox == []
    assert notice.mailed_at is not None


class AwayMailServer(EmailBackend):
    """What a mail server that is away looks like from here."""

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected


def test_mail_that_could_not_be_sent_is_tried_again(settings: Any) -> None:
    notice = tell(factories.user())
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.AwayMailServer"
    with pytest.raises(smtplib.SMTPServerDisconnected):
        run_enqueued()
    notice.refresh_from_db()
    assert notice.mailed_at is None
    settings.EMAIL_BACKEND = backend

    notices.retry()
    run_enqueued()
    assert mail.outbox == [], "a moment ago is too soon"
    Notice.objects.update(created_at=timezone.now() - timedelta(hours=1))
    notices.retry()
    run_enqueued()

    assert len(mail.outbox) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ur"])
def test_mail_is_text_and_html_in_its_direction(kind: str, language: str) -> None:
    user = factories.user(language=language)
    notice = Notice.objects.create(
        user=user,
        kind=kind,
        path=ABOUT,
        facts={"due": "2031-01-21T18:59:59+00:00", "zone": "Asia/Karachi", "needed": 20},
    )

    with override(language):
        message = notice_mail.message(notice)

    html = str(message.alternatives[0][0])
    assert f'dir="{"rtl" if language == "ur" else "ltr"}"' in html
    assert f'lang="{language}"' in html
    for said in (str(message.body), html):
        assert f"http://localhost:8000{ABOUT}" in said
        assert "%(" not in said
    assert not re.search(r"<img|<script|src=|url\(", html), "nothing to be tracked by"
    assert "\n" not in str(message.subject)
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_link_in_the_mail_stops_the_mails_after_a_press(client: Client) -> None:
    user = factories.user()
    tell(user)
    run_enqueued()
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>")
    path = link.removeprefix("http://localhost:8000")

    shown = client.get(path)
    user.refresh_from_db()
    assert (shown.status_code, user.wants_mail) == (200, True)
    pressed = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})

    user.refresh_from_db()
    assert (pressed.status_code, user.wants_mail) == (200, False)


def test_made_up_stop_link_stops_nobody(client: Client) -> None:
    user = factories.user()

    answer = client.post(reverse("stop-mail", args=[notice_mail.stop_token(user) + "x"]))

    user.refresh_from_db()
    assert (answer.status_code, user.wants_mail) == (404, True)


def test_page_shows_the_news_with_the_matter_and_marks_them_read(client: Client) -> None:
    petition = making.collecting(title="A well for the village")
    user = factories.user()
    notices.tell(user, kind="petition.closed", path=petition.get_absolute_url())
    client.force_login(user)

    page = client.get("/notices/")
    newest = Notice.objects.get(user=user).pk
    notices.tell(user, kind="conversation.closed", path="/conversations/nowhere/")
    client.post("/notices/", {"action": "read", "newest": str(newest)})

    assert "A well for the village" in page.content.decode()
    assert notices.unread_count(user) == 1, "what came after the page was shown is still new"


def test_page_needs_as_many_queries_for_thirty_as_for_two(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    user = factories.user()
    client.force_login(user)
    for _ in range(10):
        notices.tell(user, kind="petition.closed", path=making.collecting().get_absolute_url())
        conversation = factories.ConversationFactory()
        notices.tell(user, kind="conversation.closed", path=conversation.get_absolute_url())
        review = making.review()
        notices.tell(user, kind="review.waiting", path=review.get_absolute_url())

    with django_assert_max_num_queries(12):
        page = client.get("/notices/")

    assert page.content.decode().count('<li class="card') == 20


def test_switches_are_kept(client: Client) -> None:
    user = factories.user()
    client.force_login(user)

    client.post("/notices/", {"action": "mail", "language": "ur"})

    user.refresh_from_db()
    assert (user.wants_mail, user.language) == (False, "ur")


def test_language_that_is_none_is_not_kept(client: Client) -> None:
    user = factories.user(language="en")
    client.force_login(user)

    client.post("/notices/", {"action": "mail", "language": "xx\x00", "wants_mail": "yes"})

    user.refresh_from_db()
    assert (user.wants_mail, user.language) == (True, "en")


def test_follow_button_follows_and_stops(client: Client) -> None:
    user = factories.user()
    client.force_login(user)
    path = making.collecting().get_absolute_url()

    client.post("/notices/follow/", {"path": path, "follow": "yes"})
    assert follows.follows(user, path)
    answer = client.post("/notices/follow/", {"path": path, "follow": "no"})

    assert answer["Location"] == path
    assert not follows.follows(user, path)


@pytest.mark.parametrize(
    "path", ["", "/", "//evil.example/petitions/1/", "/petitions/999999/", "/record/", "\x00"]
)
def test_only_public_matters_can_be_followed(client: Client, path: str) -> None:
    client.force_login(factories.user())

    answer = client.post("/notices/follow/", {"path": path, "follow": "yes"})

    assert answer.status_code == 404
    assert not Follow.objects.exists()


def test_nobody_follows_somebodys_draft(client: Client) -> None:
    client.force_login(factories.user())
    draft = making.draft()

    answer = client.post("/notices/follow/", {"path": draft.get_absolute_url()})

    assert answer.status_code == 404


@pytest.mark.parametrize("kind", ["petition", "conversation"])
def test_page_offers_to_follow_it_and_then_to_stop(client: Client, kind: str) -> None:
    client.force_login(factories.user())
    about = making.answered().review.petition if kind == "petition" else factories.conversation()
    path = about.get_absolute_url()

    offered = client.get(path).content.decode()
    client.post("/notices/follow/", {"path": path})
    followed = client.get(path).content.decode()

    assert 'name="follow" value="yes"' in offered
    assert 'name="follow" value="no"' in followed


def test_mails_follow_the_language_that_the_reader_chooses(client: Client) -> None:
    user = factories.user(language="en")
    client.force_login(user)

    client.get("/language/ur/")

    user.refresh_from_db()
    assert user.language == "ur"
