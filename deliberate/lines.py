"""What the server under us tells of a socket's line: how much waits to be written, and hanging up.

ASGI has no words for either. uvicorn makes `send` wait while a reader is slow; daphne writes into
a buffer without end, so here its transport is asked. Under another server a line tells nothing,
and its own back-pressure has to do.
"""

from typing import Any


class Line:
    """One socket's line, found from the server's `send` callable."""

    def __init__(self, send: Any) -> None:
        # daphne's is a partial that holds its protocol.
        protocol = next(iter(getattr(send, "args", ())), None)
        self._transport = getattr(protocol, "transport", None)
        self._protocol = protocol

    @property
    def backlog(self) -> int:
        """Bytes that the server holds because the reader does not take them; 0 if it tells none."""
        transport = self._transport
        if transport is None:
            return 0
        waiting = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
        return max(0, waiting) + getattr(transport, "_tempDataLen", 0)

    def hang_up(self) -> None:
        """End the connection at once and take nothing more from it.

        A close frame would wait behind everything that the reader does not take, and a flood would
        go on meanwhile.
        """
        if self._protocol is not None:
            # What daphne has read of the flood already is dropped instead of queued.
            self._protocol.muted = True
        abort = getattr(self._transport, "abortConnection", None)
        if abort is not None:
            abort()
