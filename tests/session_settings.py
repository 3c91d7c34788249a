"""Settings for the rest of a test process, beneath the overrides of single tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import UserSettingsHolder, settings
from django.core.signals import setting_changed


@contextmanager
def settings_for_session(**values: Any) -> Iterator[None]:
    """Change settings within the context, whichever overrides begin and end meanwhile.

    `override_settings` puts back, at its end, what was there at its begin. A fixture of the session that a
    test asks for by name within an override would lose its settings with that override.
    """
    base = _find_base()
    before = {name: getattr(base, name) for name in values}
    _set(base, values, enter=True)
    try:
        yield
    finally:
        _set(base, before, enter=False)


def _find_base() -> Any:
    """Return the settings beneath all overrides."""
    base = settings._wrapped
    while isinstance(base, UserSettingsHolder):
        base = base.default_settings
    return base


def _set(base: Any, values: dict[str, Any], *, enter: bool) -> None:
    for name, value in values.items():
        setattr(base, name, value)
        # `settings` keeps what it has read.
        settings.__dict__.pop(name, None)
        setting_changed.send(sender=base.__class__, setting=name, value=getattr(settings, name), enter=enter)
