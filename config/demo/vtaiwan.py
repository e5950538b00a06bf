"""The real conversation of the demo, where its files are at hand: vTaiwan on UberX, 2015."""

from pathlib import Path

from config.demo import content
from deliberate import conversations, polis_import
from deliberate.models import Conversation


def fill(data: Path, *, progress: polis_import.Progress) -> Conversation | None:
    """The conversation, imported from the folder of exports; None where it is not there.

    Raises:
        PolisFileError: a file of the export is not what it should be.
    """
    words = content.load("vtaiwan")
    folder = data / words["folder"]
    if not folder.is_dir():
        return None
    imported = polis_import.bring_in(
        polis_import.read(folder, progress=progress), slug=words["slug"]
    )
    for row in words["translations"]:
        conversations.translate(imported.conversation, **row)
    return imported.conversation
