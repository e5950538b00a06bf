"""gunicorn for pages and forms, beside the processes that hold the sockets."""

import os

bind = os.environ.get("PAGES_BIND", "127.0.0.1:8100")
# As many workers as cores, four threads each: a page waits for the database about as long as it
# computes. Measured on 2 cores: 438 form votes a second, 218 under daphne.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 2))
threads = 4
# Behind nginx, which takes slow lines on itself.
keepalive = 0
timeout = 60
graceful_timeout = int(os.environ.get("DRAIN_SECONDS", "10"))
# Addresses of people who vote are kept nowhere. Django alone reads what the proxy says.
accesslog = None
errorlog = "-"
loglevel = "warning"
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# Not on a disk, whose waits would look like a worker that hangs.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Each worker loads the code itself, so that a reload takes the new one.
preload_app = False
# systemd steers it; a socket for more would need a place to be written.
control_socket_disable = True
