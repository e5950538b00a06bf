"""A mail server on loopback that refuses at one step of the talk, and quotes what it was told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def refusing(at: str, code: int) -> Iterator[int]:
    """The port of a server that answers so to that command; `BODY` is the mail itself."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            """One connection."""
            self.say(220, "ready")
            told = ""
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                told += line
                if verb == "QUIT":
                    self.say(221, "bye")
                    return
                if verb == at:
                    self.say(code, f"no mail for {told}")
                    continue
                self.say(354 if verb == "DATA" else 250, "go on")
                if verb == "DATA":
                    while self.rfile.readline() != b".\r\n":
                        pass
                    self.say(code if at == "BODY" else 250, f"spam for {told}")

        def say(self, number: int, text: str) -> None:
            self.wfile.write(f"{number} {text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
