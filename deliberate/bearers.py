"""Who holds a session: many at once, and asked of the database each time.

A session that was ended, or whose account was suspended, is nobody's from that moment on, also for
a socket that was opened with it before.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from deliberate import many_rows
from deliberate.participants import SESSION_KEY as BROWSER_KEY

Store = import_module(settings.SESSION_ENGINE).SessionStore
# Sessions whose contents one process remembers; unpacking one takes longer than reading it.
REMEMBERED: Final = 20_000
KEYS_AT_ONCE: Final = 5_000
KEY: Final = re.compile(r"[a-z0-9]{8,40}")
SESSIONS: Final = Store.get_model_class()._meta.db_table


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever holds a session: an account, or a browser without one."""

    user_id: int | None
    # The account's key if there is one, else the browser's; None: they keep neither.
    person_key: bytes | None
    browser_key: bytes | None


@dataclass(frozen=True, slots=True)
class _Account:
    password: str
    participation_key: bytes


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A session's contents, and for which account, with which password, they hold."""

    packed: str
    data: dict[str, Any]
    account: _Account | None
    bearer: Bearer | None


_unpacked: OrderedDict[str, _Unpacked] = OrderedDict()
_lock = threading.Lock()


def of(session_keys: Iterable[str]) -> dict[str, Bearer]:
    """The bearers of those of the sessions that hold now: two queries, however many they are."""
    # A cookie may say anything; what no session could be called is asked of no database.
    keys = sorted({key for key in session_keys if KEY.fullmatch(key)})
    found: dict[str, Bearer] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        found |= _of(keys[start : start + KEYS_AT_ONCE])
    return found


def _of(keys: Sequence[str]) -> dict[str, Bearer]:
    among, parameters = many_rows.among("session_key", "text", keys)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = many_rows.fetch(
        f"SELECT session_key, session_data FROM {SESSIONS}"  # noqa: S608
        f" WHERE {among} AND expire_date > %s",
        [*parameters, now],
    )
    sessions = {key: _read(key, packed) for key, packed in rows}
    accounts = _accounts(
        {int(session.data[USER_KEY]) for session in sessions.values() if USER_KEY in session.data}
    )
    found = {}
    for key, session in sessions.items():
        bearer = _bearer(key, session, accounts)
        if bearer is not None:
            found[key] = bearer
    return found


def _read(key: str, packed: str) -> _Unpacked:
    known = _unpacked.get(key)
    if known is not None and known.packed == packed:
        return known
    return _Unpacked(packed=packed, data=Store().decode(packed), account=None, bearer=None)


def _accounts(user_ids: set[int]) -> dict[int, _Account]:
    if not user_ids:
        return {}
    among, parameters = many_rows.among("id", "bigint", sorted(user_ids))
    rows = many_rows.fetch(
        "SELECT id, password, participation_key FROM accounts_user"  # noqa: S608
        f" WHERE {among} AND is_active",
        parameters,
    )
    return {pk: _Account(password, bytes(key)) for pk, password, key in rows}


def _bearer(key: str, session: _Unpacked, accounts: dict[int, _Account]) -> Bearer | None:
    user_id = int(session.data[USER_KEY]) if USER_KEY in session.data else None
    account = accounts.get(user_id) if user_id is not None else None
    if session.bearer is not None and session.account == account:
        return session.bearer
    if user_id is not None and (account is None or not _holds(session.data, account)):
        return None
    kept = session.data.get(BROWSER_KEY)
    browser_key = bytes.fromhex(kept) if isinstance(kept, str) else None
    bearer = Bearer(
        user_id=user_id,
        person_key=account.participation_key if account else browser_key,
        browser_key=browser_key,
    )
    with _lock:
        _unpacked[key] = _Unpacked(session.packed, session.data, account, bearer)
        _unpacked.move_to_end(key)
        while len(_unpacked) > REMEMBERED:
            _unpacked.popitem(last=False)
    return bearer


def _holds(data: dict[str, Any], account: _Account) -> bool:
    """Whether the session was begun under the account's present password (Django's own rule)."""
    user = User(password=account.password)
    given = data.get(HASH_SESSION_KEY, "")
    known_backend = data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return known_backend and any(constant_time_compare(given, one) for one in hashes)
