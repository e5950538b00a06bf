"""One visitor for all gates, so that each page is opened once."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.gates.visits import Visitor
from tests.journeys.server import DemoServer


@pytest.fixture(scope="session")
def visitor(browser: Browser, demo_server: DemoServer) -> Iterator[Visitor]:
    """Opens pages of the demo, each once."""
    visitor = Visitor(browser=browser, server=demo_server)
    yield visitor
    visitor.close()
