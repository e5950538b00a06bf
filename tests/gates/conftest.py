"""One visitor for all gates, so that each page is opened once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.accounts import oidc_peer
from tests.gates.people import People
from tests.gates.visits import Visitor
from tests.journeys.server import DemoServer


@pytest.fixture(scope="session")
def people(demo_server: DemoServer) -> People:
    """A person per role."""
    return People(server=demo_server, group="gates")


@pytest.fixture(scope="session")
def senders_of_junk(demo_server: DemoServer) -> Iterator[People]:
    """Others, who may lose their sessions; and a state's sign-in that they can be sent to."""
    with oidc_peer.running(demo_server.eid_port):
        yield People(server=demo_server, group="junk")


@pytest.fixture(scope="session")
def visitor(browser: Browser, people: People) -> Iterator[Visitor]:
    """Opens pages of the demo, each once."""
    visitor = Visitor(browser=browser, people=people)
    yield visitor
    visitor.close()
