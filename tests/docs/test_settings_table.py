"""The table of settings says of each variable that is read, and of no other."""

import re

from tests.journeys.server import ROOT

READ = re.compile(r'(?:environment\.\w+|keys\.find|environ\.get)\(\s*"([A-Z_]+)"')
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def test_settings_table_names_every_variable_that_is_read():
    sources = [*(ROOT / "config").rglob("*.py"), *(ROOT / "opinion_map").rglob("*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}

    rows = ROW.findall((ROOT / "docs" / "settings.md").read_text())

    assert rows == sorted(read)
