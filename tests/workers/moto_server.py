"""moto's server, mended in one place: after a reshard, what is put goes to the shards that are open."""

import sys
from collections.abc import Callable

from moto.kinesis.models import Stream
from moto.server import main

Reshard = Callable[..., None]


def with_open_shards_first(reshard: Reshard) -> Reshard:
    """The same, and afterwards open shards stand first: that is the order in which keys are looked up."""

    def reshard_and_sort(stream: Stream, *shards: str) -> None:
        reshard(stream, *shards)
        stream.shards = dict(sorted(stream.shards.items(), key=lambda item: not item[1].is_open))

    return reshard_and_sort


if __name__ == "__main__":
    Stream.split_shard = with_open_shards_first(Stream.split_shard)
    Stream.merge_shards = with_open_shards_first(Stream.merge_shards)
    main(sys.argv[1:])
