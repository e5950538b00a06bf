"""Run beside the demo's server: makes an account per role, and says which rows there are.

Prints {"rows": {name: id}, "sessions": {role: cookie}} as JSON.
"""

import json
import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from accounts import roles
    from accounts.models import Role
    from deliberate.models import Conversation
    from petitions import councils, creators
    from petitions.models import CouncilReview, Petition
    from tests import factories

    topic = Conversation.objects.public().filter(is_demo=True).earliest("pk")
    statement = topic.statements.filter(state="accepted").earliest("number")
    reviews = CouncilReview.objects.filter(petition__is_demo=True)
    waiting = reviews.unanswered().earliest("pk")
    citizen = factories.user(email="gates.citizen@example.org", password="for the gates only")
    moderator = factories.user(email="gates.moderator@example.org")
    roles.grant(user=moderator, role=Role.MODERATOR)
    clerk = factories.user(email="gates.clerk@example.org")
    councils.appoint(council=waiting.petition.council, user=clerk)
    draft = creators.write(
        user=citizen,
        council=waiting.petition.council,
        title="A draft for the gates",
        text="Only its creator sees it.",
        language="en",
    )
    facts = {
        "rows": {
            "answered": reviews.filter(state="answered").earliest("pk").petition_id,
            "collecting": Petition.objects.nearly_there().filter(is_demo=True)[0].pk,
            "draft": draft.pk,
            "in_review": waiting.petition_id,
            "number": statement.number,
            "review": waiting.pk,
            "slug": topic.slug,
            "statement": statement.pk,
        },
        "sessions": {
            "citizen": _signed_in(citizen),
            "clerk": _signed_in(clerk),
            "moderator": _signed_in(moderator),
        },
    }
    print(json.dumps(facts))


def _signed_in(user) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


if __name__ == "__main__":
    main()
