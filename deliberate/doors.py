"""How a request of plain HTTP puts ballots and questions into the box.

The session is not opened for it: the box asks whose it is, for everyone who comes at once.
"""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import client_address
from deliberate import ballot_box, errors, metrics, participants
from deliberate.ballot_box import Answer, Ballot, Next


def ask(
    request: HttpRequest,
    slug: str,
    wants: Sequence[Ballot | Next],
    *,
    door: metrics.Door,
) -> list[Answer]:
    """What becomes of each; a browser that comes for the first time is given a session."""
    answers = _put(request, slug, wants, door=door)
    is_nobody = any(isinstance(answer, errors.SignInNeeded) for answer in answers)
    if is_nobody and participants.SESSION_KEY not in request.session:
        participants.remember_browser(request.session)
        request.session.save()
        answers = _put(request, slug, wants, door=door)
    return answers


def _put(
    request: HttpRequest,
    slug: str,
    wants: Sequence[Ballot | Next],
    *,
    door: metrics.Door,
) -> list[Answer]:
    session_key = request.session.session_key or request.COOKIES.get(
        settings.SESSION_COOKIE_NAME, ""
    )
    language = get_language() or settings.LANGUAGE_CODE
    address = client_address.of_request(request)
    return ballot_box.BOX.cast(
        [
            ballot_box.Act(slug, session_key, language, door, wanted, address=address)
            for wanted in wants
        ]
    )
