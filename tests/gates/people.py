"""One person per role, with the cookies of their browser, and the demo's rows by name."""

from collections.abc import Mapping
from typing import Any

from tests.gates.samples import Role, Sample
from tests.journeys.server import DemoServer


class People:
    """A group of accounts on one server; another group's acts do not disturb it."""

    def __init__(self, *, server: DemoServer, group: str) -> None:
        self.site = server.url
        # Where a state's sign-in would be.
        self.eid = f"http://localhost:{server.eid_port}"
        self._facts: Mapping[str, Any] = server.ask("tests.journeys.demo_facts", group)

    def path(self, sample: Sample) -> str:
        """The sample's address with the demo's own rows in it."""
        return sample.path.format_map(self._facts["rows"])

    def url(self, sample: Sample) -> str:
        """The same with the site in front."""
        return self.site + self.path(sample)

    def cookies(self, *, role: Role, language: str) -> dict[str, str]:
        """What the browser of such a person sends."""
        cookies = {"django_language": language}
        if role is not Role.ANYONE:
            cookies["sessionid"] = self._facts["sessions"][role.value]
        return cookies
