"""Mail that another server does not take: neither the log nor a table learns to whom it went."""

from typing import Any

import pytest
from django.core.mail import EmailMessage, send_mail
from django.test import Client
from django_tasks_db.models import DBTaskResult

from accounts import notices
from accounts.models import User
from config import background, environment, erasure
from config.mail import MailRefused
from tests import factories
from tests.config.smtp_peer import refusing

ADDRESS = "refused.canary@example.org"
STEPS = [("MAIL", 553), ("RCPT", 550), ("RCPT", 450), ("DATA", 554), ("BODY", 552)]


def use(settings: Any, port: int) -> None:
    """Send mail there, as EMAIL_URL says it."""
    for name, value in environment.email(f"smtp://127.0.0.1:{port}").items():
        setattr(settings, name, value)


def chain(failure: BaseException | None) -> str:
    """All that a reporter of failures could walk to."""
    return f"{failure!r} {chain(failure.__cause__ or failure.__context__)}" if failure else ""


@pytest.mark.parametrize(("at", "code"), STEPS)
def test_refusal_names_nobody_and_says_whether_to_come_again(
    settings: Any, at: str, code: int
) -> None:
    with refusing(at, code) as port:
        use(settings, port)
        with pytest.raises(MailRefused) as refused:
            send_mail("News", "For you.", ADDRESS, [ADDRESS])

    assert refused.value.code == code
    assert refused.value.is_temporary == (code < 500)
    assert str(code) in str(refused.value)
    assert "canary" not in chain(refused.value)


def test_address_that_cannot_be_is_not_quoted(settings: Any) -> None:
    mail = EmailMessage("News", "For you.", to=["canary, canary @@example.org>"])

    with refusing("QUIT", 221) as port:
        use(settings, port)
        with pytest.raises(MailRefused) as refused:
            mail.send()

    assert not refused.value.is_temporary
    assert "canary" not in chain(refused.value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("at", "code"), STEPS)
def test_refused_news_leave_no_address_in_log_and_tasks(
    settings: Any, caplog: pytest.LogCaptureFixture, at: str, code: int
) -> None:
    user = factories.user(email=ADDRESS)
    notices.tell(user, kind="petition.answered", path="/petitions/1/")

    with refusing(at, code) as port:
        use(settings, port)
        background.run_tasks()

    (task,) = DBTaskResult.objects.all()
    assert task.status == "FAILED"
    assert str(code) in task.traceback
    assert str(code) in caplog.text
    assert "canary" not in f"{task.traceback} {caplog.text} {task.args_kwargs}"


@pytest.mark.django_db(transaction=True)
def test_refused_last_mail_of_an_erased_account_leaves_no_address(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    user = factories.user(email=ADDRESS)

    with refusing("RCPT", 550) as port:
        use(settings, port)
        erasure.erase(user, remove_words=True)

    assert not User.objects.filter(pk=user.pk).exists()
    assert "MailRefused" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/login/code/"])
@pytest.mark.parametrize("is_up", [True, False])
def test_person_whose_code_cannot_be_sent_is_told_so(
    settings: Any, client: Client, caplog: pytest.LogCaptureFixture, path: str, is_up: bool
) -> None:
    with refusing("RCPT", 550) as port:
        use(settings, port if is_up else 1)
        answer = client.post(path, {"email": ADDRESS}, follow=True)

    assert answer.status_code == 200
    assert "The mail could not be sent." in answer.content.decode()
    assert "canary" not in caplog.text
