"""How static files are named, shortened and compressed when they are collected."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names by content, also inside the imports of browser modules: each can be kept for ever.

    Beside each file lie its brotli and its gzip form. Our modules lose their comments first.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Shorten the collected modules, then hash and compress everything."""
        own = [] if dry_run else [name for name in paths if re.fullmatch(r"js/[\w-]+\.js", name)]
        for name in own:
            collected = Path(self.path(name))
            collected.write_text(shorten(collected.read_text(encoding="utf-8")), encoding="utf-8")
        # From where they were collected to, not from where they came.
        shortened = {name: (self, name) for name in own}
        yield from super().post_process({**paths, **shortened}, dry_run=dry_run, **options)


def shorten(module: str) -> str:
    """A browser module of ours without indentation and without comments on lines of their own."""
    module = re.sub(
        r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n", "", module, flags=re.DOTALL | re.MULTILINE
    )
    module = re.sub(r"/\*\* @type \{[^*]*\} \*/ ", "", module)
    lines = (line.strip() for line in module.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
