"""Static files with hashed names, so that they may be kept for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashes file names, and the names in imports between our own ES modules."""

    support_js_module_import_aggregation = True
