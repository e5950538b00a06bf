"""What the server under us tells of a socket's line: how much waits to be written, and hanging up.

ASGI has no words for either. uvicorn makes `send` wait while a reader is slow; daphne writes into
a buffer without end. Both are asked by their transports. Under another server a line tells nothing
and cannot be cut; its own back-pressure has to do.
"""

from typing import Any, Final

# Bytes that the server may hold for a reader who does not take them.
MOST_BACKLOG: Final = 256 * 1024


class Line:
    """One socket's line, found from the server's `send` callable."""

    def __init__(self, send: Any) -> None:
        # daphne's is a partial that holds its protocol, uvicorn's a method of it.
        held = next(iter(getattr(send, "args", ())), None)
        self._protocol: Any = held if held is not None else getattr(send, "__self__", None)

    @property
    def backlog(self) -> int:
        """Bytes that the server holds because the reader does not take them; 0 if it tells none."""
        return backlog(self._transport)

    @property
    def was_cut_off(self) -> bool:
        """Whether the server's own limits have ended it already, and counted that."""
        return bool(getattr(self._protocol, "was_cut_off", False))

    def hang_up(self) -> bool:
        """End the connection at once and take nothing more from it; whether that was possible.

        A close frame would wait behind everything that the reader does not take, and a flood would
        go on meanwhile.
        """
        return self._end("abortConnection", "abort")

    def let_go(self) -> bool:
        """End the connection; what the machine has taken to send still goes out.

        Where the server itself still holds something, nobody is reading: then at once.
        """
        return self.hang_up() if self.backlog else self._end("loseConnection", "close")

    @property
    def _transport(self) -> Any:
        return getattr(self._protocol, "transport", None)

    def _end(self, *ways: str) -> bool:
        transport = self._transport
        for act in (getattr(transport, way, None) for way in ways):
            if act is not None:
                # What daphne has read of a flood already is dropped instead of queued.
                self._protocol.muted = True
                act()
                return True
        return False


def backlog(transport: Any) -> int:
    """Bytes that a transport, Twisted's or asyncio's, has not given to the machine yet."""
    size = getattr(transport, "get_write_buffer_size", None)
    if size is not None:
        return int(size())
    waiting = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return max(0, waiting) + int(getattr(transport, "_tempDataLen", 0))
