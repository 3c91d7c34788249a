"""API keys that this process has read lately, each with its partner."""

import threading
import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from tracking.models import ApiKey, Partner
from tracking.models.partners import keys_changed

# A key that another process has revoked stops after this time; 30 s are promised.
KNOWN_FOR_S = 20.0
KEYS = 10_000


class KnownKeys:
    """Keys by id, for `KNOWN_FOR_S` after they were read. Safe for many threads; `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys: TTLCache[str, ApiKey] = TTLCache(KEYS, KNOWN_FOR_S, clock)
        self._lock = threading.Lock()
        # Times that all keys were forgotten. A key that was being read meanwhile is not kept.
        self._forgotten = 0

    def find(self, key_id: str) -> ApiKey | None:
        """Return the key of this id with its partner, None if there is none. At most one database query."""
        with self._lock:
            known, forgotten = self._keys.get(key_id), self._forgotten
        if known is not None:
            return known
        key = ApiKey.objects.select_related("partner").filter(key_id=key_id).first()
        if key is not None:
            with self._lock:
                if forgotten == self._forgotten:
                    self._keys[key_id] = key
        return key

    def forget_all(self) -> None:
        """Forget every key: something about keys or partners has changed."""
        with self._lock:
            self._forgotten += 1
            self._keys.clear()


known_keys = KnownKeys()


def _forget(**_: Any) -> None:
    """Forget at once, and again when the change can be read by others."""
    known_keys.forget_all()
    transaction.on_commit(known_keys.forget_all)


keys_changed.connect(_forget)
for _signal in (post_save, post_delete):
    for _model in (ApiKey, Partner):
        _signal.connect(_forget, sender=_model)
