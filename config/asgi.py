"""The site as ASGI servers (daphne, uvicorn) run it: pages, sockets, and background work."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Nobody waits for a page so long; the worker and the commands take the time that they need.
os.environ.setdefault("STATEMENT_SECONDS", "30")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from config import metrics  # noqa: E402
from config.background import WithBackground  # noqa: E402
from config.draining import Draining  # noqa: E402
from config.language import of_scope  # noqa: E402
from config.origin import OriginRequired  # noqa: E402
from config.serving import Probed, WithThreads, let_daphne_close_with_any_code  # noqa: E402
from deliberate import hub, live_socket  # noqa: E402
from deliberate.frames import Close  # noqa: E402
from deliberate.lines import Line  # noqa: E402
from deliberate.routing import websocket_urlpatterns  # noqa: E402


async def farewell(within: int) -> None:
    """Ask the sockets of this process to come again to another one."""
    await hub.here().farewell(within)


class WithLine:
    """Adds to a socket's scope what the server tells of its line; outermost, where `send` is."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            scope = {**scope, "line": Line(send)}
        await self.inner(scope, receive, send)


class WithLanguage:
    """Adds the reader's language to a socket's scope."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.inner({**scope, "language": of_scope(scope)}, receive, send)


class NoSuchRoom:
    """Refuses sockets whose path nobody serves, instead of raising in the log."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if any(route.pattern.match(scope["path"].lstrip("/")) for route in websocket_urlpatterns):
            await self.inner(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": Close.NO_SUCH_ROOM})


application: Any = ProtocolTypeRouter(
    {
        "http": Probed(django_application),
        "websocket": NoSuchRoom(OriginRequired(WithLanguage(URLRouter(websocket_urlpatterns)))),
    }
)
if settings.BACKGROUND_IN_WEB:
    application = WithBackground(application)
application = WithThreads(
    WithLine(Draining(application, farewell=farewell, settle=live_socket.settle))
)
let_daphne_close_with_any_code()
metrics.start()
