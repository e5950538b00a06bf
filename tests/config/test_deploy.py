"""deploy/ as it stands: nginx and systemd take it, and it does in earnest what it says."""

import asyncio
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import REGISTRY, ProcessCollector
from websockets.asyncio.client import ClientConnection, connect

import deliberate.metrics  # noqa: F401 (registers its numbers)
from config import background
from tests.config import site_process
from tests.config.site_process import Site
from tests.config.test_draining import code_of_close
from tests.journeys.server import ROOT, free_port
from tests.services import server_process

# At scale, with everything that belongs to it: once, on PostgreSQL.
pytestmark = [pytest.mark.slow, pytest.mark.postgres]

DEPLOY = ROOT / "deploy"
MISSING = "nginx is not installed; run: sudo apt-get install --yes nginx"
UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())


def program(name: str) -> str | None:
    # Debian keeps servers where only root looks.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@dataclass(frozen=True)
class Front:
    """nginx with our configuration on ports of its own, and the ports that it leads to."""

    folder: Path
    port: int
    plain_port: int
    web: tuple[int, int]
    pages: int

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.folder / "certificate.pem")

    def write(self) -> Path:
        """The configuration as it is in deploy/, with this machine's ports and folders."""
        text = (DEPLOY / "nginx.conf").read_text()
        certificate = "/etc/letsencrypt/live/deliberate.example.org"
        for there, here in {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "listen 80 ": f"listen 127.0.0.1:{self.plain_port} ",
            "127.0.0.1:8001": f"127.0.0.1:{self.web[0]}",
            "127.0.0.1:8002": f"127.0.0.1:{self.web[1]}",
            "127.0.0.1:8100": f"127.0.0.1:{self.pages}",
            "deliberate.example.org;": "localhost;",
            f"{certificate}/fullchain.pem": f"{self.folder}/certificate.pem",
            f"{certificate}/privkey.pem": f"{self.folder}/key.pem",
            "/var/lib/deliberate/": f"{self.folder}/",
            "/var/log/nginx/": f"{self.folder}/",
            "/srv/deliberate/": f"{ROOT}/",
        }.items():
            assert there in text, there
            text = text.replace(there, here)
        text = re.sub(r"\n\s*listen \[::\]:.*", "", text)
        (self.folder / "site.conf").write_text(text)
        whole = self.folder / "nginx.conf"
        whole.write_text(
            f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/main.log;\n"
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            "events { worker_connections 4096; }\n"
            "http {\n"
            "types { text/html html; text/css css; text/javascript js; }\n"
            + "".join(
                f"{kind}_temp_path {self.folder}/{kind};\n"
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"include {self.folder}/site.conf;\n}}\n"
        )
        return whole

    def get(self, path: str, **headers: str) -> site_process.Answer:
        return site_process.answer(f"{self.url}{path}", trust=self.trust, **headers)


def front(folder: Path) -> Front:
    certify(folder)
    ports = [free_port() for _ in range(5)]
    return Front(folder, ports[0], ports[1], (ports[2], ports[3]), ports[4])


def certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture(scope="module")
def nginx() -> str:
    found = program("nginx")
    # Not a skip: what is shown in deploy/ is only worth something while it is run.
    assert found, MISSING
    return found


def test_nginx_takes_the_configuration(nginx: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [nginx, "-t", "-q", "-c", str(front(tmp_path).write())],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


# systemd


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(unit: str, tmp_path: Path) -> None:
    if program("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text().replace("/srv/deliberate", str(ROOT))
        text = text.replace(f"{ROOT}/.venv/bin/", f"{Path(sys.executable).parent}/")
        for full in {name, name.replace("@.", "@01."), name.replace("@.", "@1.")}:
            (tmp_path / full).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / unit.replace("@.", "@01."))],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    ours = [line for line in done.stderr.splitlines() if "deliberate" in line]
    assert ours == []


def test_units_wait_longer_than_a_process_drains() -> None:
    example = (DEPLOY / "environment.example").read_text()
    drains = int(re.findall(r"^DRAIN_SECONDS=(\d+)$", example, re.MULTILINE)[0])
    waits = {
        unit: int(found[1])
        for unit in UNITS
        if (
            found := re.search(
                r"^TimeoutStopSec=(\d+)$", (DEPLOY / "systemd" / unit).read_text(), re.MULTILINE
            )
        )
    }

    assert set(waits) >= {"deliberate-web@.service", "deliberate-pages.service"}
    assert all(seconds >= drains + 10 for seconds in waits.values())


def test_example_of_the_environment_is_known_and_holds_no_secret() -> None:
    example = (DEPLOY / "environment.example").read_text()
    known = set(re.findall(r"^\| `(\w+)` ", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))

    named = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))

    assert set(named) <= known
    assert not set(named) & {"SECRET_KEY", "IDENTITY_KEY", "DATABASE_URL", "EMAIL_URL"}


def test_alarms_ask_for_numbers_that_there_are() -> None:
    alarms = yaml.safe_load((DEPLOY / "prometheus" / "alarms.yml").read_text())
    there_are = {family.name for family in REGISTRY.collect()} | {
        # Of PostgreSQL's pool, which a run on SQLite does not have.
        *(f"deliberate_database_pool_{name}" for name in ("size", "max", "idle", "waiting"))
    }

    asked = {
        re.sub(r"_(total|bucket)$", "", name)
        for group in alarms["groups"]
        for rule in group["rules"]
        for name in re.findall(r"deliberate_\w+", rule["expr"])
    }

    assert asked
    assert asked <= there_are


# In earnest: nginx, two daphne, gunicorn, PostgreSQL, Redis


@pytest.fixture(scope="module")
def whole(
    nginx: str, own_database: str, own_redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Front, dict[str, server_process.Server]]]:
    folder = tmp_path_factory.mktemp("site")
    site = site_process.make(
        folder,
        DATABASE_URL=own_database,
        REDIS_URL=own_redis,
        HTTPS="1",
        TRUSTED_PROXY_COUNT="1",
        HASHED_STATIC_FILES="1",
        BACKGROUND_IN_WEB="0",
        DRAIN_SECONDS="4",
    )
    site.run("manage.py", "collectstatic", "--no-input", "--verbosity=0")
    ahead = front(folder)
    gunicorn = [
        str(Path(sys.executable).parent / "gunicorn"),
        "--config=deploy/gunicorn.conf.py",
        "config.wsgi:application",
    ]
    pages = {"PAGES_BIND": f"127.0.0.1:{ahead.pages}", "WEB_CONCURRENCY": "1"}
    serve = str(ROOT / "scripts" / "serve")
    with contextlib.ExitStack() as stack:
        running = {
            str(port): stack.enter_context(site.serving([serve, "127.0.0.1", str(port)], port=port))
            for port in ahead.web
        }
        running["pages"] = stack.enter_context(site.serving(gunicorn, port=ahead.pages, **pages))
        numbers = free_port()
        worker = [sys.executable, "manage.py", "worker"]
        stack.enter_context(
            site.serving(worker, port=numbers, path="/metrics", METRICS_PORT=str(numbers))
        )
        proxy = server_process.Server(
            command=[nginx, "-c", str(ahead.write())],
            log=folder / "nginx.out",
            is_ready=lambda: ahead.get("/healthz").status == 200,
            stop_signal=signal.SIGQUIT,
        )
        stack.enter_context(server_process.running(proxy))
        yield site, ahead, running


Whole = tuple[Site, Front, dict[str, server_process.Server]]


def of_scale(test):
    """On PostgreSQL only."""
    return pytest.mark.postgres(pytest.mark.django_db(test))


def room(ahead: Front, *, session: str, port: int | None = None) -> connect:
    """A socket through nginx, or to one of the processes as nginx would open it."""
    headers = {"Cookie": f"__Host-session={session}"}
    if port is None:
        return connect(
            f"wss://localhost:{ahead.port}/ws/conversations/water/",
            origin=ahead.url,
            additional_headers=headers,
            ssl=ahead.trust,
            proxy=None,
        )
    return connect(
        f"ws://localhost:{port}/ws/conversations/water/",
        origin=f"https://localhost:{port}",
        additional_headers=headers | {"X-Forwarded-Proto": "https"},
        proxy=None,
    )


async def hear(client: ClientConnection, kind: str, *, seconds: float = 20) -> dict:
    async with asyncio.timeout(seconds):
        while True:
            told = json.loads(await client.recv())
            if told["type"] == kind:
                return told


@of_scale
def test_vote_on_one_process_reaches_a_watcher_on_the_other(whole: Whole) -> None:
    _site, ahead, _running = whole

    async def vote_and_watch() -> tuple[dict, dict]:
        session = await asyncio.to_thread(session_of, ahead)
        async with (
            room(ahead, session=session, port=ahead.web[0]) as voter,
            room(ahead, session=session, port=ahead.web[1]) as watcher,
        ):
            content = {"statement": 0, "choice": "agree"}
            await voter.send(
                json.dumps({"type": "vote", "id": str(uuid.uuid4()), "content": content})
            )
            answer = await hear(voter, "ok")
            return answer, await hear(watcher, "tally")

    answer, tally = asyncio.run(vote_and_watch())

    assert answer["content"]["choice"] == "agree"
    assert tally["content"]["votes"] >= 1


def session_of(ahead: Front) -> str:
    cookies = ahead.get("/conversations/water/").headers.get_all("Set-Cookie") or []
    named = [re.match(r"__Host-session=([^;]+)", cookie) for cookie in cookies]
    return next(name[1] for name in named if name)


@of_scale
def test_socket_through_nginx_is_served_and_its_origin_checked(whole: Whole) -> None:
    _site, ahead, _running = whole

    async def sit() -> str:
        session = await asyncio.to_thread(session_of, ahead)
        async with room(ahead, session=session) as client:
            await client.send(json.dumps({"type": "statement.next", "id": 1, "content": {}}))
            return (await hear(client, "ok"))["type"]

    assert asyncio.run(sit()) == "ok"


@of_scale
def test_process_that_is_restarted_turns_nobody_away(whole: Whole) -> None:
    """While one process drains and comes back, pages and new sockets find the other."""
    _site, ahead, running = whole
    leaving = running[str(ahead.web[0])]

    async def restart() -> tuple[int | None, list[int], int]:
        session = await asyncio.to_thread(session_of, ahead)
        async with room(ahead, session=session, port=ahead.web[0]) as staying:
            assert leaving.process is not None
            leaving.process.send_signal(signal.SIGTERM)
            told = await hear(staying, "reconnect")
            unready = await asyncio.to_thread(
                site_process.answer,
                f"http://localhost:{ahead.web[0]}/readyz",
                **{"X-Forwarded-Proto": "https"},
            )
            code = await code_of_close(staying)
        assert told["content"]["within"] >= 1
        await asyncio.to_thread(leaving.process.wait, 20)
        statuses = []
        for _ in range(5):
            statuses.append((await asyncio.to_thread(ahead.get, "/conversations/water/")).status)
            async with room(ahead, session=session) as client:
                await client.send(json.dumps({"type": "statement.next", "id": 1, "content": {}}))
                await hear(client, "ok")
        return code, statuses, unready.status

    code, statuses, unready = asyncio.run(restart())
    leaving.start()

    assert code == 1012
    assert statuses == [200] * 5
    assert unready == 503
    assert site_process.answer(f"http://localhost:{ahead.web[0]}/healthz").status == 200


@of_scale
def test_pages_go_on_without_gunicorn_and_its_answers_are_finished(whole: Whole) -> None:
    _site, ahead, running = whole
    before = ahead.get("/petitions/").status

    running["pages"].stop()
    without = ahead.get("/petitions/").status
    running["pages"].start()
    time.sleep(2.1)  # nginx asks it again after fail_timeout

    assert (before, without, ahead.get("/petitions/").status) == (200, 200, 200)


@of_scale
def test_gunicorn_answers_what_it_has_taken_before_it_ends(whole: Whole) -> None:
    _site, ahead, running = whole
    pages = running["pages"]
    assert pages.process is not None
    # Half of a request is on the way when it is told to end.
    with socket.create_connection(("127.0.0.1", ahead.pages)) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        time.sleep(0.5)
        pages.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        line.sendall(b"X-Forwarded-Proto: https\r\n\r\n")
        answer = line.recv(100)
    code = pages.process.wait(timeout=20)
    pages.start()

    assert answer.startswith(b"HTTP/1.1 200")
    assert code == 0


@of_scale
def test_address_of_the_reader_is_nginxs_word_alone_and_written_nowhere(whole: Whole) -> None:
    site, ahead, _running = whole
    ahead.get("/", **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "Forwarded": "for=192.0.2.1"})

    texts = [path.read_text(errors="replace") for path in site.folder.glob("*.log")]

    assert any(" GET 200 " in text for text in texts)
    assert not [text for text in texts if re.search(r"203\.0\.113|198\.51|192\.0\.2\.1", text)]
    # The addresses that are there are those of our own processes.
    log = (site.folder / "deliberate.log").read_text()
    named = set(re.findall(r"\d+\.\d+\.\d+\.\d+(?::\d+)?", log))
    assert named <= {f"127.0.0.1:{port}" for port in (*ahead.web, ahead.pages)}
    assert "/conversations/" not in log


@of_scale
def test_nginx_serves_static_files_packed_and_for_ever(whole: Whole) -> None:
    _site, ahead, _running = whole
    page = ahead.get("/").body
    path = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]

    answer = ahead.get(path)
    packed = ahead.get(path, **{"Accept-Encoding": "gzip"})

    assert "immutable" in answer.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ahead.get("/static/../site.conf").status in {400, 404}
    assert ahead.get("/static/nothing.css").status == 404


@of_scale
def test_readiness_is_for_the_machine_itself(whole: Whole) -> None:
    _site, ahead, _running = whole

    here = site_process.answer(
        f"http://localhost:{ahead.web[1]}/readyz", **{"X-Forwarded-Proto": "https"}
    )

    assert ahead.get("/readyz").status == 404
    assert json.loads(here.body) == {"ready": True, "problems": []}


@of_scale
def test_plain_http_is_sent_to_https(whole: Whole) -> None:
    _site, ahead, _running = whole
    with socket.create_connection(("127.0.0.1", ahead.plain_port)) as line:
        line.sendall(b"GET /petitions/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = line.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 301")
    assert "Location: https://localhost/petitions/" in answer


def test_nginx_says_when_to_come_again_if_nobody_answers(nginx: str, tmp_path: Path) -> None:
    alone = front(tmp_path)
    proxy = server_process.Server(
        command=[nginx, "-c", str(alone.write())],
        log=tmp_path / "nginx.out",
        is_ready=lambda: alone.get("/readyz").status == 404,
        stop_signal=signal.SIGQUIT,
    )
    with server_process.running(proxy):
        answer = alone.get("/")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "10"
    assert "Back in a moment" in answer.body


# What the alarms and the numbers stand on


def test_alarm_for_work_that_is_not_done_waits_for_each_steps_own_pause() -> None:
    alarms = yaml.safe_load((DEPLOY / "prometheus" / "alarms.yml").read_text())
    (expression,) = [
        rule["expr"]
        for group in alarms["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "WorkIsNotDone"
    ]
    allowed = background.overdue()

    age, _larger, limit = expression.partition(" > ")

    assert (age, limit) == (
        "time() - max by (step) (deliberate_step_last_success_timestamp_seconds)",
        "max by (step) (deliberate_step_overdue_seconds)",
    )
    assert set(allowed) == set(background.STEPS)
    for name, (_step, pause) in background.STEPS.items():
        # A run that comes in time, and one that is late by five minutes and a pause.
        assert pause + 60 < allowed[name] <= 2 * pause + 300


def test_worker_has_a_connection_for_each_step() -> None:
    unit = (DEPLOY / "systemd" / "deliberate-worker@.service").read_text()
    table = (ROOT / "docs" / "operations.md").read_text()

    (pool,) = re.findall(r"^Environment=DATABASE_POOL=(\d+)$", unit, re.MULTILINE)
    rows = re.findall(r"^\|[^|]+\|[^|]*\|[^|]*\| (\d+) \|$", table, re.MULTILINE)
    *parts, together = map(int, rows)

    assert int(pool) == len(background.STEPS) + 1
    assert f"| {pool} ({len(background.STEPS)} steps, and 1) |" in table
    assert sum(parts) == together < 100 - 3


@pytest.mark.parametrize("unit", UNITS)
def test_unit_that_is_measured_sees_what_the_measure_needs(unit: str) -> None:
    """Without /proc/stat prometheus_client leaves the memory out, and its alarm never rings."""
    text = (DEPLOY / "systemd" / unit).read_text()

    assert "METRICS_PORT" not in text or not re.search("^ProcSubset=pid", text, re.MULTILINE)


def test_memory_is_not_measured_without_proc_stat(tmp_path: Path) -> None:
    """The control: it is that file which ProcSubset=pid hides."""
    (tmp_path / "self").symlink_to("/proc/self")

    without = list(ProcessCollector(proc=str(tmp_path), registry=None).collect())
    (tmp_path / "stat").symlink_to("/proc/stat")
    with_it = list(ProcessCollector(proc=str(tmp_path), registry=None).collect())

    assert without == []
    assert "process_resident_memory_bytes" in {family.name for family in with_it}
