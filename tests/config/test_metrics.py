"""Numbers for Prometheus: from a real process, on this machine only, about nobody."""

import re
import socket
import sys
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from config import background, metrics
from opinion_map import lag
from tests import factories
from tests.config import site_process
from tests.journeys.server import ROOT, free_port

pytestmark = [pytest.mark.slow]

# Whatever else a label could say might be about somebody.
LABELS = {"door", "code", "why", "step", "le"}
LAST = "deliberate_step_last_success_timestamp_seconds"


def scraped(port: int) -> dict[str, float]:
    text = site_process.answer(f"http://127.0.0.1:{port}/metrics").body
    return {
        sample.name + "".join(f" {value}" for _name, value in sorted(sample.labels.items())): value_
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for value_ in [sample.value]
    }


def listening(port: int) -> set[str]:
    """The addresses on which this machine listens on that port, as the kernel writes them."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _colon, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(address)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> site_process.Site:
    return site_process.make(tmp_path_factory.mktemp("site"))


def test_real_process_is_scraped_on_loopback_alone(site: site_process.Site) -> None:
    port = free_port()

    with site.web(METRICS_PORT=str(port)) as web:
        site_process.session_of(f"http://127.0.0.1:{web}")
        numbers = scraped(port)
        addresses = listening(port)
        elsewhere = site_process.answer(f"http://127.0.0.1:{web}/metrics").status

    assert numbers["deliberate_sockets"] == 0
    assert numbers["deliberate_ballots_acknowledged_total socket"] == 0
    assert numbers["deliberate_acts_refused_total too_fast"] == 0
    assert numbers["process_resident_memory_bytes"] > 0
    assert addresses == {"0100007F"}
    assert elsewhere == 404


def test_processes_share_a_span_of_ports(site: site_process.Site) -> None:
    first = free_port()
    span = f"{first}-{first + 20}"

    with site.web(METRICS_PORT=span), site.web(METRICS_PORT=span):
        taken = [port for port in range(first, first + 21) if listening(port) == {"0100007F"}]

    assert len(taken) >= 2
    assert taken[0] == first


def test_process_without_a_free_port_serves_all_the_same(site: site_process.Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        with site.web(METRICS_PORT=number) as web:
            status = site_process.answer(f"http://127.0.0.1:{web}/").status
    log = (site.folder / f"{web}.log").read_text()

    assert status == 200
    assert f"METRICS_PORT={number}" in log


def test_worker_tells_when_each_step_last_ended(site: site_process.Site) -> None:
    port = free_port()
    worker = [sys.executable, "manage.py", "worker"]

    with site.serving(worker, port=port, path="/metrics", METRICS_PORT=str(port)):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            numbers = scraped(port)
            ended = {step for step in background.STEPS if f"{LAST} {step}" in numbers}
            if ended == set(background.STEPS):
                break

    assert ended == set(background.STEPS)
    assert numbers["deliberate_map_lag_seconds"] == 0


def test_labels_say_nothing_of_people() -> None:
    named = {
        name
        for family in REGISTRY.collect()
        if family.name.startswith("deliberate")
        for sample in family.samples
        for name in sample.labels
    }

    assert named <= LABELS
    source = (ROOT / "deliberate" / "metrics.py").read_text()
    assert set(re.findall(r'\["(\w+)"\]', source)) <= LABELS


@pytest.mark.parametrize(
    ("text", "ports"), [("", []), ("0", [0]), ("9100", [9100]), ("9100-9102", [9100, 9101, 9102])]
)
def test_ports_are_read(text: str, ports: list[int]) -> None:
    assert list(metrics.ports_of(text)) == ports


@pytest.mark.parametrize("text", ["some", "-1", "9102-9100", "70000", "9100-", "0.0.0.0:9100"])
def test_ports_that_make_no_sense_stop_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="METRICS_PORT"):
        metrics.ports_of(text)


@pytest.mark.django_db
def test_map_lag_is_the_wait_of_the_oldest_vote_without_a_map() -> None:
    from opinion_map import worker

    room = factories.conversation(data_policy="open")
    before = lag.seconds()
    factories.vote(statement=factories.statement(conversation=room))
    worker._open_drawings()
    waiting = lag.seconds()
    worker.draw_stale()

    assert before == 0
    assert 0 < waiting < 60
    assert lag.seconds() == 0


@pytest.mark.django_db
def test_votes_that_wait_for_others_are_no_lag() -> None:
    from opinion_map import worker

    room = factories.conversation(data_policy="aggregate")
    factories.vote(statement=factories.statement(conversation=room))
    worker._open_drawings()

    assert lag.seconds() == 0
