"""How long this site waits for PostgreSQL, and how it tells a slow answer from none.

A server that is gone is found out by the kernel, one that hangs is not: its machine takes what it
is sent and says nothing. A vote would wait for ever, and its phone with it.
"""

import socket
import struct
from typing import Any, Final

import psycopg
from psycopg.errors import OperationalError

# Whoever waits for a connection longer is told to try later; phones give up after 10 s.
POOL_SECONDS: Final = 4.0
# Between tries to reach a server that is away, so that it is used soon after it is back.
RECONNECT_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 3
# What a statement of a page waits for somebody's lock.
LOCK_SECONDS: Final = 5
# After so long without a word the server is asked whether it is there, and is given so long.
SILENT_SECONDS: Final = 1.0
ASKED_SECONDS: Final = 1.5
LONGEST_SILENCE: Final = 8.0
INTERVAL: Final = 0.1
# "May we speak TLS?", which every PostgreSQL, and every pooler before one, answers with a byte.
TLS_QUESTION: Final = struct.pack("!ii", 8, 80877103)

# Of a machine that is gone: unanswered data for 10 s, or silence for 20 s.
LINE: Final[dict[str, object]] = {
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


class PatientConnection(psycopg.Connection[Any]):
    """A connection that waits for slow answers, but not for a server that hangs."""

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        """What the server answers.

        Raises:
            OperationalError: it hangs; the connection is closed then.
        """
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        silence = SILENT_SECONDS
        while True:
            try:
                return super().wait(gen, interval, silence)
            except psycopg.errors._WaitTimeout:  # psycopg has no public name for it
                if not is_there(self.info.host, self.info.port):
                    # Without a farewell, for which it would wait again.
                    self.pgconn.finish()
                    raise OperationalError("The database does not answer.") from None
            silence = min(LONGEST_SILENCE, 2 * silence)


def is_there(host: str, port: int) -> bool:
    """Whether something at that address answers as a PostgreSQL does that does not hang."""
    kind = socket.AF_UNIX if host.startswith("/") else socket.AF_UNSPEC
    try:
        with _connected(host, port, is_local=kind == socket.AF_UNIX) as line:
            line.sendall(TLS_QUESTION)
            return bool(line.recv(1))
    except OSError:
        return False


def _connected(host: str, port: int, *, is_local: bool) -> socket.socket:
    if not is_local:
        return socket.create_connection((host or "localhost", port), timeout=ASKED_SECONDS)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(ASKED_SECONDS)
    line.connect(f"{host}/.s.PGSQL.{port}")
    return line


def limits(*, statement_seconds: int) -> str:
    """PostgreSQL's own limits for a connection, as it is told them; 0: none."""
    if not statement_seconds:
        return ""
    milliseconds = {"statement_timeout": statement_seconds, "lock_timeout": LOCK_SECONDS}
    return " ".join(f"-c {name}={1000 * seconds}" for name, seconds in milliseconds.items())
