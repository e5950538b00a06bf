"""Links between the project's documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.journeys.server import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_document_lead_somewhere(document: Path):
    links = LINK.findall(document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []
