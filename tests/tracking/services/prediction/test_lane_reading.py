"""Lane statistics read on demand: all keys that a computation asks for, each from the store once."""

from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.eta.lanes import Level
from tracking.services.prediction.lane_reading import consult_lanes


class CountedLanes(MemoryLaneStatisticsStore):
    """Lane statistics that list which keys were read together."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[list[str]] = []

    def read(self, keys):
        self.reads.append(list(keys))
        return super().read(keys)


def stored() -> CountedLanes:
    lanes = CountedLanes()
    lanes.put({"lane#first": Level(mean_log=0.1, count=2), "lane#second": Level(mean_log=0.2, count=3)})
    return lanes


def follow(statistics):
    """Ask for a second key only if the first one is known."""
    first = statistics.get("lane#first")
    return (first, statistics.get("lane#second") if first else None, statistics.get("lane#none"))


def test_keys_that_are_asked_for_only_after_others_were_read_are_read_too():
    lanes = stored()
    assert consult_lanes(lanes, follow) == (Level(mean_log=0.1, count=2), Level(mean_log=0.2, count=3), None)
    assert lanes.reads == [["lane#first", "lane#none"], ["lane#second"]]


def test_work_of_the_same_moment_reads_no_key_again():
    lanes, loaded = stored(), {}
    assert consult_lanes(lanes, follow, loaded) == consult_lanes(lanes, follow, loaded)
    assert len(lanes.reads) == 2
    consult_lanes(lanes, lambda statistics: statistics.get("lane#new"), loaded)
    assert lanes.reads[2:] == [["lane#new"]]
