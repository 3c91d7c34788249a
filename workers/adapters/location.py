"""Amazon Location behind the port `Places`: refines the names of the offline index in the background."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pybreaker
import structlog
from cachetools import LRUCache, TTLCache
from numpy.typing import NDArray

from tracking import metrics
from tracking.adapters.aws import AWS_ERRORS, build_client
from tracking.domain.events import Place
from workers.ports import Places

log = structlog.get_logger()

QUEUED = 1_000
THREADS = 8
ATTEMPTS = 2
OPENS_AFTER = 5
HALF_OPEN_AFTER_S = 30.0
# An answer is fresh for 30 days, and is used for one more day while a new one is fetched.
FRESH_FOR_S = 30 * 86_400.0
STALE_FOR_S = 86_400.0
REQUEST_AGAIN_AFTER_S = 60.0
CELLS_CACHED = 200_000
LONGEST_NAME = 100

Points = Sequence[tuple[float, float]] | NDArray[np.float64]


class SettledPlaces(Places, Protocol):
    """Places index that knows the cells in which every point has the same names."""

    def find_settled(self, points: Points) -> list[int | None]:
        """Return the cell of each point (lat, lon in degrees) if it is settled, else None."""
        ...


class SharedCache(Protocol):
    """Cache shared by all processes, such as Django's; may raise when it cannot be reached."""

    def get(self, key: str) -> Any:
        """Return the value of the key, or None."""
        ...

    def set(self, key: str, value: Any, timeout: float) -> None:
        """Store a value for `timeout` seconds."""
        ...


class Refined(NamedTuple):
    """Names of a cell by Amazon Location, each may be None, and when they were fetched (epoch seconds)."""

    town: str | None
    district: str | None
    state: str | None
    pincode: str | None
    fetched_at: float


class InvalidAnswerError(Exception):
    """Raised for an answer that cannot name a place in India."""


class AmazonPlaces:
    """`Places` that answers from the index at once, and fetches names of settled cells in the background.

    Fetched names are used from the next event on. Border cells are never refined: one answer would be wrong
    for a part of the cell. If Amazon Location is down, slow or sends invalid answers, the names of the index
    are used. Check terms and prices of Amazon Location before you enable this adapter.
    """

    def __init__(
        self, index: SettledPlaces, cache: SharedCache, clock: Callable[[], float] = time.time
    ) -> None:
        """`cache` is shared by all processes; `clock` returns epoch seconds."""
        self._index = index
        self._cache = cache
        self._clock = clock
        self._queue: queue.Queue[tuple[int, float, float, str]] = queue.Queue(QUEUED)
        self._lock = threading.Lock()
        self._refined: LRUCache[int, Refined] = LRUCache(CELLS_CACHED)
        # Cells requested a moment ago; they are not requested again, whether a request waits or has failed.
        self._requested: TTLCache[int, bool, float] = TTLCache(CELLS_CACHED, REQUEST_AGAIN_AFTER_S, clock)
        self._breaker = pybreaker.CircuitBreaker(fail_max=OPENS_AFTER, reset_timeout=HALF_OPEN_AFTER_S)
        self._creating = threading.Lock()
        self._threads: list[threading.Thread] = []

    def locate(self, points: Points) -> list[Place]:
        """Return the places of the index, with the names by Amazon Location where they are cached."""
        places = self._index.locate(points)
        for row, cell in enumerate(self._index.find_settled(points)):
            if cell is not None:
                lat, lon = points[row]
                places[row] = self._refine(places[row], cell, float(lat), float(lon))
        return places

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """Return the answer of the index."""
        return self._index.locate_pincode(pincode)

    def _refine(self, place: Place, cell: int, lat: float, lon: float) -> Place:
        with self._lock:
            refined = self._refined.get(cell)
        age_s = self._clock() - refined.fetched_at if refined else 0.0
        if refined is None or age_s > FRESH_FOR_S:
            self._request(cell, lat, lon, place.dataset_version or "")
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

    def _request(self, cell: int, lat: float, lon: float, version: str) -> None:
        with self._lock:
            if cell in self._requested:
                return
            self._requested[cell] = True
            self._start_threads()
        try:
            self._queue.put_nowait((cell, lat, lon, version))
        except queue.Full:
            metrics.emit(metrics.ENRICH_REFINE_DROPPED, 1)

    def _start_threads(self) -> None:
        while len(self._threads) < THREADS:
            thread = threading.Thread(target=self._work, name=f"location-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            cell, lat, lon, version = self._queue.get()
            try:
                refined = self._fetch(cell, lat, lon, version)
                with self._lock:
                    self._refined[cell] = refined
            except Exception as error:  # noqa: BLE001 - the thread must survive any answer
                metrics.emit(metrics.ENRICH_REFINE_FAILED, 1)
                log.info("enrich", outcome="not refined", error=type(error).__name__)
            finally:
                self._queue.task_done()

    def _fetch(self, cell: int, lat: float, lon: float, version: str) -> Refined:
        """Return the names of a cell, from the shared cache if fresh there, else from Amazon Location.

        Raises the error of the call, or `pybreaker.CircuitBreakerError` while the breaker is open.
        """
        key = f"place:{cell:x}:{version}"
        kept = self._read_shared(key)
        if kept is not None and self._clock() - kept.fetched_at <= FRESH_FOR_S:
            return kept
        with self._breaker.calling():
            refined = self._call(lat, lon)
        self._cache.set(key, msgspec.json.encode(refined).decode(), FRESH_FOR_S + STALE_FOR_S)
        return refined

    def _read_shared(self, key: str) -> Refined | None:
        kept = self._cache.get(key)
        return msgspec.json.decode(kept, type=Refined) if kept else None

    def _call(self, lat: float, lon: float) -> Refined:
        """Call Amazon Location, twice at most. Raises the error of the last attempt."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._call_once(lat, lon)
            except AWS_ERRORS:
                continue
        return self._call_once(lat, lon)

    def _get_client(self) -> Any:
        """Return the client. Creating it is slow, so threads wait while one of them does."""
        with self._creating:
            return build_client("geo-places")

    def _call_once(self, lat: float, lon: float) -> Refined:
        # The terms of service require `Storage` where answers are stored.
        answer = self._get_client().reverse_geocode(
            QueryPosition=[lon, lat], PoliticalView="IND", IntendedUse="Storage", MaxResults=1
        )
        return read_answer(answer, self._clock())


def read_answer(answer: dict[str, Any], now: float) -> Refined:
    """Return the names in an answer of `ReverseGeocode`; `now` is in epoch seconds.

    Raises `InvalidAnswerError` for an answer that cannot name a place in India.
    """
    try:
        address = answer["ResultItems"][0]["Address"]
        is_indian = address["Country"]["Code3"] == "IND"
        names = address.get("Locality"), address.get("SubRegion", {}).get("Name"), address["Region"]["Name"]
        pincode = address.get("PostalCode")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise InvalidAnswerError(repr(error)) from error
    if not is_indian or not all(name is None or _is_name(name) for name in names):
        raise InvalidAnswerError("not a place in India")
    is_code = isinstance(pincode, str) and len(pincode) == 6 and pincode.isascii() and pincode.isdecimal()
    return Refined(*names, pincode if is_code else None, now)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and name.isprintable()
