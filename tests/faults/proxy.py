"""A bad network between clients and servers: a TCP relay that delays, holds, cuts and resets."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Sequence

CHUNK = 64 * 1024
# SO_LINGER without a wait: closing sends RST, what is on the way is gone.
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Relays to the servers in turn, the next one when one refuses, as nginx does."""

    def __init__(self, upstreams: Sequence[int], *, seed: int = 0) -> None:
        self.upstreams = list(upstreams)
        self.port = 0
        self.random = random.Random(seed)
        # Seconds that each piece waits, at most.
        self.delay = 0.0
        # New connections are refused.
        self.is_down = False
        # Bytes pass while these are set; what waits is not lost.
        self.up, self.down = asyncio.Event(), asyncio.Event()
        self.up.set()
        self.down.set()
        self._turn = 0
        self._links: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._links, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._links)

    def cut(self, *, share: float = 1.0, reset: bool = False) -> int:
        """Close connections, all or that share of them; how many.

        With a reset, what was on its way in either direction is gone.
        """
        chosen = [link for link in self._links if self.random.random() < share]
        for link in chosen:
            for writer in self._links[link]:
                if reset:
                    sock = writer.get_extra_info("socket")
                    with contextlib.suppress(OSError):
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    writer.transport.abort()
            link.cancel()
        return len(chosen)

    def hold(self, *, up: bool = False, down: bool = False) -> None:
        """Let no bytes through, to the servers (up), to the clients (down) or both."""
        for is_held, gate in ((up, self.up), (down, self.down)):
            if is_held:
                gate.clear()

    def release(self) -> None:
        """Everything passes again, at once."""
        self.delay, self.is_down = 0.0, False
        self.up.set()
        self.down.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = [writer]
        try:
            upstream = None if self.is_down else await self._connect()
            if upstream is None:
                writer.transport.abort()
                return
            self._links[task].append(upstream[1])
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, upstream[1], self.up))
                both.create_task(self._pump(upstream[0], writer, self.down))
        except* (OSError, asyncio.CancelledError):
            pass  # a cut, which is what this is for
        finally:
            for end in self._links.pop(task):
                end.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self.upstreams:
            self._turn += 1
            port = self.upstreams[self._turn % len(self.upstreams)]
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        while piece := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.random.uniform(0, self.delay))
            await gate.wait()
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
