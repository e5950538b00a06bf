"""Sessions as browsers without an account hold them."""

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from deliberate import participants


def new_session() -> str:
    """The key of a new browser's session."""
    session = SessionStore()
    participants.remember_browser(session)
    session.create()
    return str(session.session_key)


def session_of(key: str) -> Session:
    """The stored row of a session."""
    return Session.objects.get(session_key=key)
