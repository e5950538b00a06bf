"""How static files are named and compressed when they are collected."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names by content, also inside the imports of browser modules: each can be kept for ever."""

    support_js_module_import_aggregation = True
