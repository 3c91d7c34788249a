"""Amazon Location behind the port `Places`: it refines what the index says, and keeps no event waiting."""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pybreaker
import structlog
from numpy.typing import NDArray

from tracking import metrics
from tracking.adapters.aws import AWS_ERRORS, build_client
from tracking.domain.events import Place
from workers.ports import Places

log = structlog.get_logger()

QUEUED = 1_000
THREADS = 8
TRIES = 2
OPENS_AFTER = 5
HALF_OPEN_AFTER_S = 30.0
# An answer is fresh for 30 days, and serves one more while a new one is fetched.
FRESH_FOR_S = 30 * 86_400.0
STALE_FOR_S = 86_400.0
FAILED_FOR_S = 60.0
REMEMBERED = 200_000
LONGEST_NAME = 100

Points = Sequence[tuple[float, float]] | NDArray[np.float64]


class SettledPlaces(Places, Protocol):
    """An index that knows in which cells every point has the same names."""

    def find_settled(self, points: Points) -> list[int | None]:
        """The cell of each point (degrees) whose cell is settled, else None."""
        ...


class SharedCache(Protocol):
    """What all processes share, as Django's cache has it; may raise when it cannot be reached."""

    def get(self, key: str) -> Any:
        """What was kept under the key, or None."""
        ...

    def set(self, key: str, value: Any, timeout: float) -> None:
        """Keep a value for so many seconds."""
        ...


class Refined(NamedTuple):
    """What Amazon says of a cell, each name or None, and when it said so (seconds since the epoch)."""

    town: str | None
    district: str | None
    state: str | None
    pincode: str | None
    fetched_at: float


class NonsenseError(Exception):
    """An answer that is none."""


class AmazonPlaces:
    """Answers from the index at once; names of settled cells are fetched beside it, for the next event.

    Border cells are never refined: one answer would be wrong for a part of them. Where Amazon is down, slow
    or answers nonsense, nothing changes but freshness. Terms and prices are to be read before this is used.
    """

    def __init__(
        self, index: SettledPlaces, cache: SharedCache, clock: Callable[[], float] = time.time
    ) -> None:
        """Take the index that answers, the cache that processes share, and the clock (epoch seconds)."""
        self._index = index
        self._cache = cache
        self._clock = clock
        self._queue: queue.Queue[tuple[int, float, float, str]] = queue.Queue(QUEUED)
        self._lock = threading.Lock()
        self._refined: OrderedDict[int, Refined] = OrderedDict()
        # Until when a cell is not asked for again: it is being asked for, or has just failed.
        self._quiet_until: OrderedDict[int, float] = OrderedDict()
        self._breaker = pybreaker.CircuitBreaker(fail_max=OPENS_AFTER, reset_timeout=HALF_OPEN_AFTER_S)
        self._making = threading.Lock()
        self._threads: list[threading.Thread] = []

    def locate(self, points: Points) -> list[Place]:
        """What the index says, with Amazon's names where they are known already."""
        places = self._index.locate(points)
        for row, cell in enumerate(self._index.find_settled(points)):
            if cell is not None:
                lat, lon = points[row]
                places[row] = self._refine(places[row], cell, float(lat), float(lon))
        return places

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """As the index."""
        return self._index.locate_pincode(pincode)

    def _refine(self, place: Place, cell: int, lat: float, lon: float) -> Place:
        refined = self._refined.get(cell)
        age_s = self._clock() - refined.fetched_at if refined else 0.0
        if refined is None or age_s > FRESH_FOR_S:
            self._ask_later(cell, lat, lon, place.dataset_version or "")
        if refined is None or age_s > FRESH_FOR_S + STALE_FOR_S:
            return place
        return msgspec.structs.replace(
            place,
            town=refined.town or place.town,
            district=refined.district or place.district,
            state=refined.state or place.state,
            pincode=refined.pincode or place.pincode,
            source="amazon",
        )

    def _ask_later(self, cell: int, lat: float, lon: float, version: str) -> None:
        now = self._clock()
        with self._lock:
            if self._quiet_until.get(cell, 0.0) > now:
                return
            self._keep_quiet(cell, now + FAILED_FOR_S)
            self._start_threads()
        try:
            self._queue.put_nowait((cell, lat, lon, version))
        except queue.Full:
            metrics.emit(metrics.ENRICH_REFINE_DROPPED, 1)

    def _keep_quiet(self, cell: int, until: float) -> None:
        self._quiet_until[cell] = until
        self._quiet_until.move_to_end(cell)
        while len(self._quiet_until) > REMEMBERED:
            self._quiet_until.popitem(last=False)

    def _start_threads(self) -> None:
        while len(self._threads) < THREADS:
            thread = threading.Thread(target=self._work, name=f"location-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            cell, lat, lon, version = self._queue.get()
            try:
                self._keep(cell, self._fetch(cell, lat, lon, version))
            except Exception as error:  # noqa: BLE001  (the thread must outlive whatever one answer does to it)
                metrics.emit(metrics.ENRICH_REFINE_FAILED, 1)
                log.info("enrich", outcome="not refined", error=type(error).__name__)
            finally:
                self._queue.task_done()

    def _keep(self, cell: int, refined: Refined) -> None:
        with self._lock:
            self._refined[cell] = refined
            self._refined.move_to_end(cell)
            while len(self._refined) > REMEMBERED:
                self._refined.popitem(last=False)

    def _fetch(self, cell: int, lat: float, lon: float, version: str) -> Refined:
        """The names of a cell: what another process has fetched lately, else what Amazon says now."""
        key = f"place:{cell:x}:{version}"
        kept = self._read_shared(key)
        if kept is not None and self._clock() - kept.fetched_at <= FRESH_FOR_S:
            return kept
        refined = self._ask_guarded(lat, lon)
        self._cache.set(key, msgspec.json.encode(refined).decode(), FRESH_FOR_S + STALE_FOR_S)
        return refined

    def _read_shared(self, key: str) -> Refined | None:
        kept = self._cache.get(key)
        return msgspec.json.decode(kept, type=Refined) if kept else None

    def _ask_guarded(self, lat: float, lon: float) -> Refined:
        """Amazon's answer by way of the breaker. Raises what the call raised, or that the breaker is open.

        The breaker lets one call at a time through, so while it is closed it is only told how each went.
        """
        if self._breaker.current_state != pybreaker.STATE_CLOSED:
            tried: Refined = self._breaker.call(self._ask, lat, lon)
            return tried
        try:
            refined = self._ask(lat, lon)
        except Exception as error:
            self._breaker.call(_raise, error)
            raise
        self._breaker.call(_pass)
        return refined

    def _ask(self, lat: float, lon: float) -> Refined:
        """Amazon's answer, asked for twice at most. Raises what the last try raised."""
        for _ in range(TRIES - 1):
            try:
                return self._ask_once(lat, lon)
            except AWS_ERRORS:
                continue
        return self._ask_once(lat, lon)

    def _get_client(self) -> Any:
        """The client; making one takes a while, so the threads that need the first wait for one of them."""
        with self._making:
            return build_client("geo-places")

    def _ask_once(self, lat: float, lon: float) -> Refined:
        # `Storage` is what the terms ask of whoever keeps the answer.
        answer = self._get_client().reverse_geocode(
            QueryPosition=[lon, lat], PoliticalView="IND", IntendedUse="Storage", MaxResults=1
        )
        return read_answer(answer, self._clock())


def read_answer(answer: dict[str, Any], now: float) -> Refined:
    """The names in an answer of `ReverseGeocode`. Raises `NonsenseError` for what cannot be one of India."""
    try:
        address = answer["ResultItems"][0]["Address"]
        is_indian = address["Country"]["Code3"] == "IND"
        names = address.get("Locality"), address.get("SubRegion", {}).get("Name"), address["Region"]["Name"]
        pincode = address.get("PostalCode")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise NonsenseError(repr(error)) from error
    if not is_indian or not all(name is None or _is_name(name) for name in names):
        raise NonsenseError("not a place in India")
    is_code = isinstance(pincode, str) and len(pincode) == 6 and pincode.isascii() and pincode.isdecimal()
    return Refined(*names, pincode if is_code else None, now)


def _raise(error: Exception) -> None:
    raise error


def _pass() -> None:
    pass


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()
