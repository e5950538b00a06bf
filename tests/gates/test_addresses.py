"""No address escapes the gates."""

from tests.gates.addresses import every_route
from tests.gates.samples import SAMPLES


def test_every_address_has_a_sample():
    routes = every_route()

    assert sorted(SAMPLES) == routes, (
        "tests/gates/samples.py must name exactly the URLconf's routes"
    )
