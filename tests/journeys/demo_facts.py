"""Run beside the demo's server: makes an account per role, and says which rows there are.

The one argument names the group of accounts; what is printed is JSON:
{"rows": {name: id}, "sessions": {role: cookie}}.
"""

import json
import os
import sys
from typing import Any

import django

PASSWORD = "for the gates only"


def main(group: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from allauth.account.models import EmailAddress
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from accounts import notice_mail, notices, roles
    from accounts.models import Role
    from deliberate.models import Conversation
    from petitions import councils, creators
    from petitions.models import CouncilReview, Petition
    from tests import factories

    topic = Conversation.objects.public().filter(is_demo=True).earliest("pk")
    statement = topic.statements.filter(state="accepted").earliest("number")
    reviews = CouncilReview.objects.filter(petition__is_demo=True)
    waiting = reviews.unanswered().earliest("pk")
    people = {
        name: factories.user(email=f"{group}.{name}@example.org", password=password)
        for name, password in {
            "citizen": PASSWORD,
            "clerk": PASSWORD,
            "field-worker": PASSWORD,
            "helping": PASSWORD,
            "careful": PASSWORD,
            "half-in": PASSWORD,
            "newcomer": PASSWORD,
            "with-passkey": PASSWORD,
            "moderator": PASSWORD,
            "overseer": PASSWORD,
            "without-password": None,
        }.items()
    }
    roles.grant(user=people["moderator"], role=Role.MODERATOR)
    roles.grant(user=people["overseer"], role=Role.OVERSEER)
    for name in ("field-worker", "helping"):
        roles.grant(user=people[name], role=Role.FIELD_WORKER)
    councils.appoint(council=waiting.petition.council, user=people["clerk"])
    for name in ("careful", "half-in"):
        TOTP.activate(people[name], generate_totp_secret())
        RecoveryCodes.activate(people[name])
    passkey = _passkey_of(people["with-passkey"])
    newcomer = people.pop("newcomer")
    EmailAddress.objects.filter(user=newcomer).update(verified=False)
    new_password, forgetful = _follow_link_to_new_password(people["citizen"])
    draft = creators.write(
        user=people["citizen"],
        council=waiting.petition.council,
        title="A draft for the gates",
        text="Only its creator sees it.",
        language="en",
    )
    opened = creators.write(
        user=people["citizen"],
        council=waiting.petition.council,
        title="An open one for the gates",
        text="Everybody may sign it.",
        language="en",
        is_demo=True,
    )
    creators.open_for_signatures(
        petition_id=opened.pk, user=people["citizen"], version=opened.version
    )
    notices.tell(
        people["citizen"],
        kind="petition.reached",
        path=waiting.petition.get_absolute_url(),
        facts={"due": waiting.answer_due_at.isoformat(), "zone": "Asia/Karachi"},
    )
    facts = {
        "rows": {
            "answered": reviews.filter(state="answered").earliest("pk").petition_id,
            "collecting": Petition.objects.nearly_there().filter(is_demo=True)[0].pk,
            "draft": draft.pk,
            "new_password": new_password,
            "opened": opened.pk,
            "passkey": passkey,
            "in_review": waiting.petition_id,
            "number": statement.number,
            "review": waiting.pk,
            "slug": topic.slug,
            "stop_mail": notice_mail.stop_token(people["citizen"]),
            "statement": statement.pk,
        },
        "sessions": {
            **{name: _signed_in(user) for name, user in people.items()},
            "forgetful": forgetful,
            "helping": _helping(people["helping"], topic),
            "half-in": _after_form(
                "/accounts/login/", login=f"{group}.half-in@example.org", password=PASSWORD
            ),
            "newcomer": _after_form(
                "/accounts/login/", login=f"{group}.newcomer@example.org", password=PASSWORD
            ),
            "with-code": _after_form("/accounts/login/code/", email=f"{group}.citizen@example.org"),
        },
    }
    print(json.dumps(facts))


def _signed_in(user) -> str:
    from allauth.account.internal.flows.login import (
        AUTHENTICATION_METHODS_SESSION_KEY,
        record_authentication,
    )
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    from accounts import second_factor

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    request = HttpRequest()
    request.session = session
    record_authentication(request, user, "password", reauthenticated=True)
    if second_factor.has(user):
        record_authentication(request, user, "mfa", type="totp", reauthenticated=True)
    # "Just now" for the whole of the run: otherwise the settings of an account ask again.
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] += 24 * 3600
    session.save()
    return session.session_key


def _helping(worker, conversation) -> str:
    """The session of a field worker who has entered somebody's number."""
    from django.contrib.sessions.backends.db import SessionStore

    from accounts import identity
    from config import assisting
    from deliberate import participants

    proof = identity.remember(identity.name(f"366{worker.pk:010d}"))
    participant = participants.enter_assisted(
        conversation=conversation, person_key=identity.person_key(proof), has_account=False
    )
    session = SessionStore(_signed_in(worker))
    session[assisting.SESSION_KEY] = assisting.mark(conversation, proof, participant, worker=worker)
    session.save()
    return session.session_key


def _passkey_of(user) -> int:
    """The row of a passkey that the account has."""
    from allauth.mfa.models import Authenticator
    from django.test import Client

    from tests.accounts.signing_in import add_passkey

    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = _signed_in(user)
    add_passkey(client)
    return Authenticator.objects.get(user=user, type=Authenticator.Type.WEBAUTHN).pk


def _after_form(path: str, **fields: str) -> str:
    """The session of a browser that has sent that form."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    response = client.post(path, fields)
    assert response.status_code == 302, f"{path}: {response.status_code}"
    session = client.session
    for name, value in session.items():
        session[name] = _postponed(value)
    session.save()
    return session.session_key


def _postponed(value: Any) -> Any:
    """What allauth keeps of somebody on their way in, its clocks set to stay until tomorrow."""
    if not isinstance(value, dict):
        return value
    return {
        name: part + 24 * 3600 if name == "at" else _postponed(part) for name, part in value.items()
    }


def _follow_link_to_new_password(user) -> tuple[str, str]:
    """The page to which the link in the mail leads, and the session that may open it."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str
    from django.test import Client
    from django.urls import reverse

    client = Client(headers={"host": "localhost"})
    link = reverse(
        "account_reset_password_from_key",
        args=[user_pk_to_url_str(user), default_token_generator.make_token(user)],
    )
    response = client.get(link)
    return response["Location"], client.cookies["sessionid"].value


if __name__ == "__main__":
    main(sys.argv[1])
