"""Static files with hashed names, so that they may be kept for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Others' scripts name files in their comments that they do not ship, so only our own are read for imports.
OUR_MODULES = tuple(f"{app}/*.js" for app in ("tracking", "notifications", "workers"))
_, _IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns  # noqa: SLF001


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashes file names, and the names in imports between our own ES modules."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, *((where, _IMPORTS) for where in OUR_MODULES))
