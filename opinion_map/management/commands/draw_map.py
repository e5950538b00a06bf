"""`manage.py draw_map SLUG OUT.json`: the map of a conversation that is too large for memory."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deliberate.models import Conversation
from opinion_map import maths, vote_reader
from opinion_map.maths.blocks import ScratchFile
from opinion_map.maths.pipeline import from_matrix


class Command(BaseCommand):
    help = (
        "Draws a conversation's map from its votes as the database sends them, participant by "
        "participant, so that they need not fit in memory; as open as the conversation is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which conversation, and where the map goes."""
        parser.add_argument("slug")
        parser.add_argument("out", type=Path, metavar="OUT.json")

    def handle(self, *_args: Any, slug: str, out: Path, **_options: Any) -> None:
        """Draw it; the packed votes are in a scratch file beside OUT.json meanwhile."""
        try:
            conversation = Conversation.objects.get(slug=slug)
            scratch = ScratchFile(out.parent)
            matrix = vote_reader.matrix(conversation, scratch=scratch)
            map_ = from_matrix(matrix)
            with out.open("w", encoding="utf-8") as file:
                if conversation.data_policy == Conversation.DataPolicy.OPEN:
                    file.writelines(maths.json_pieces(map_))
                else:
                    file.write(maths.to_json(maths.public_document(map_)))
        except Conversation.DoesNotExist:
            raise CommandError(f"There is no conversation called {slug}.") from None
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}") from error
        self.stdout.write(f"{matrix.n_votes} votes of {len(matrix.participants)} participants.")
