"""Lines of the log: in UTC, and one for each thing that happened, whatever a stranger sends."""

import logging
import re
import time
from typing import Final

# What a terminal or a reader of logs could take for a new line, or for an order.
CONTROLS: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(0x7F, 0xA0))},
    0x2028: "\\u2028",
    0x2029: "\\u2029",
    ord("\n"): "\n",
}
# What PostgreSQL adds to a refusal quotes the row: `Key (email)=(…) already exists.`
DETAIL: Final = re.compile(r"^(\s*(?:DETAIL|CONTEXT):).*$", re.MULTILINE)


class OneLine(logging.Formatter):
    """Further lines, as tracebacks have them, are indented: none begins like a line of its own."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """The line, with what cannot be printed written out, and no row of a table quoted."""
        text = DETAIL.sub(r"\1 (left out)", super().format(record))
        return text.translate(CONTROLS).replace("\n", "\n    | ")
