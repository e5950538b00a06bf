"""uvicorn's side of one socket, which bears floods (scripts/serve names it)."""

from typing import Any

from uvicorn.protocols.websockets.websockets_impl import WebSocketProtocol

from config.serving import FrameCount
from deliberate import metrics


class BoundedProtocol(WebSocketProtocol):
    """Ends a line at once on which more frames come than anybody needs.

    The library answers each ping by itself, and while a flood of them lasts nobody else is served.
    """

    was_cut_off = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.count = FrameCount()

    async def read_frame(self, max_size: int | None) -> Any:
        """The next frame; none after too many."""
        frame = await super().read_frame(max_size)
        if not self.count.may_take(frame.opcode):
            if not self.was_cut_off:
                metrics.dropped("flood")
            self.was_cut_off = True
            self.transport.abort()
        return frame
