"""News to the authors of statements: one mail each, through a link that only the key opens."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts import follows
from accounts.models import Notice, User
from deliberate import author_links, conversation_keys, conversations, participants, statements
from deliberate.models import AuthorLink, Conversation, Statement
from tests import factories
from tests.tasks import run_enqueued

pytestmark = pytest.mark.django_db

WORDS = "The pumps of Kot Addu were broken by the landlord."


def said(*, user: User | None, conversation: Conversation | None = None) -> Statement:
    conversation = conversation or factories.conversation(slug="water", moderation="strict")
    session: dict[str, object] = {}
    participants.remember_browser(session)
    voter = participants.enter(conversation=conversation, user=user, session=session)
    return statements.submit(
        conversation=conversation,
        participant=voter,
        text=f"{WORDS} {Statement.objects.count()}",
        language="en",
        account_id=user.pk if user else None,
    )


def reject(statement: Statement) -> None:
    statements.reject(
        statement_id=statement.pk, version=0, reason="insult", explanation="It names somebody."
    )


def test_author_is_told_by_mail_when_a_moderator_accepts() -> None:
    user = factories.user()
    statement = said(user=user)

    statements.accept(statement_id=statement.pk, version=0)
    run_enqueued()

    (sent,) = mail.outbox
    assert sent.to == [user.email]
    assert "/conversations/water/my-votes/" in sent.body


def test_mail_has_no_words_of_the_statement_and_no_stance() -> None:
    statement = said(user=factories.user())

    reject(statement)
    run_enqueued()

    (sent,) = mail.outbox
    whole = f"{sent.subject} {sent.body} {sent.alternatives}"
    assert "pumps" not in whole
    assert "It names somebody" not in whole
    assert "agree" not in whole.lower()
    assert statement.conversation.title not in whole


def test_nothing_is_kept_of_the_news_but_that_it_was_sent() -> None:
    reject(said(user=factories.user()))

    run_enqueued()

    assert not Notice.objects.exists()
    assert AuthorLink.objects.get().news == ""


def test_author_without_an_account_has_no_link() -> None:
    reject(said(user=None))

    run_enqueued()

    assert not AuthorLink.objects.exists()
    assert mail.outbox == []


def test_author_who_wants_no_mail_gets_none() -> None:
    user = factories.user(wants_mail=False)
    reject(said(user=user))

    run_enqueued()

    assert mail.outbox == []


def test_end_of_a_conversation_is_told_once_to_each_author_who_does_not_follow_it() -> None:
    conversation = factories.conversation(slug="water")
    author, follower = factories.user(), factories.user()
    for user in (author, author, author, follower):
        said(user=user, conversation=conversation)
    follows.follow(follower, "/conversations/water/")

    conversations.close(conversation)
    run_enqueued()

    assert sorted(sent.to[0] for sent in mail.outbox) == sorted([author.email, follower.email])


def test_result_of_a_conversation_is_told_to_its_authors() -> None:
    conversation = factories.conversation(slug="water")
    user = factories.user()
    said(user=user, conversation=conversation)

    conversations.publish_result(conversation, result="The council mends four pumps.")
    run_enqueued()

    (sent,) = mail.outbox
    assert sent.to == [user.email]
    assert "four pumps" not in sent.body


def test_no_two_links_of_one_author_look_alike() -> None:
    conversation = factories.conversation(slug="water")
    user = factories.user()
    for _ in range(4):
        said(user=user, conversation=conversation)

    sealed = [bytes(link.sealed) for link in AuthorLink.objects.all()]

    assert len(set(sealed)) == 4
    assert len({len(one) for one in sealed}) == 1


def test_link_that_was_moved_to_another_statement_does_not_open() -> None:
    conversation = factories.conversation(slug="water")
    one, other = (said(user=factories.user(), conversation=conversation) for _ in range(2))
    AuthorLink.objects.filter(statement=other).delete()
    AuthorLink.objects.filter(statement=one).update(statement=other)

    link = AuthorLink.objects.select_related("statement__conversation").get()

    assert author_links._account_of(link) is None


def test_news_wait_for_a_mail_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    reject(said(user=factories.user()))

    def refuse(*_arguments: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            run_enqueued()
    AuthorLink.objects.update(news_since=timezone.now() - timedelta(hours=1))
    author_links.retry()
    run_enqueued()

    assert len(mail.outbox) == 1


def test_news_that_could_not_be_sent_for_days_are_forgotten() -> None:
    reject(said(user=factories.user()))
    AuthorLink.objects.update(news_since=timezone.now() - timedelta(days=4))

    given_up = author_links.retry()
    run_enqueued()

    assert given_up == 1
    assert mail.outbox == []


def test_news_of_a_conversation_without_a_key_reach_nobody() -> None:
    statement = said(user=factories.user())
    conversations.close(statement.conversation)
    run_enqueued()
    mail.outbox.clear()
    conversation_keys.destroy(statement.conversation_id)

    reject(statement)
    run_enqueued()

    assert mail.outbox == []
