"""Lines of the log: in UTC, and one for each thing that happened, whatever a stranger sends."""

import logging
import time
from typing import Final

# What a terminal or a reader of logs could take for a new line, or for an order.
CONTROLS: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(0x7F, 0xA0))},
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    ord("\n"): "\n",
}


class OneLine(logging.Formatter):
    """Further lines, as tracebacks have them, are indented: none begins like a line of its own."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """The line, with what cannot be printed written out."""
        return super().format(record).translate(CONTROLS).replace("\n", "\n    | ")
