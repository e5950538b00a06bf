"""The pages and forms as WSGI servers run them; sockets need the ASGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Nobody waits for a page so long; the worker and the commands take the time that they need.
os.environ.setdefault("STATEMENT_SECONDS", "30")
application = get_wsgi_application()

from config import metrics  # noqa: E402

metrics.start()
