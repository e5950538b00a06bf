"""Makes rooms to vote in: `python -m tests.faults.fill ROOMS PEOPLE STATEMENTS`, told as JSON.

Each person is a browser that has its session already, so that the test knows under which
pseudonym they vote.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main() -> None:
    import django

    django.setup()

    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    rooms, people, statements = (int(argument) for argument in sys.argv[1:4])
    print(json.dumps([_room(number, people, statements) for number in range(rooms)]))


def _room(number: int, people: int, statements: int) -> dict[str, object]:
    from django.contrib.sessions.backends.db import SessionStore

    from deliberate import participants
    from tests import factories

    # Rows are public here, so that each vote moves the counts.
    room = factories.conversation(slug=f"room-{number}", data_policy="open")
    for _ in range(statements):
        factories.statement(conversation=room)
    sessions, keys = {}, {}
    for person in range(people):
        name = f"p{person}"
        session = SessionStore()
        participants.remember_browser(session)
        session.create()
        sessions[name] = session.session_key
        key = participants.person_key(user=None, session=session)
        assert key is not None
        keys[name] = participants.pseudonym(conversation=room, person_key=key).hex()
    numbers = list(room.statements.values_list("number", flat=True))
    return {"slug": room.slug, "statements": numbers, "sessions": sessions, "keys": keys}


if __name__ == "__main__":
    main()
