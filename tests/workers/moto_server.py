"""Server of moto with one fix: after a reshard, records go to open shards."""

import sys
from collections.abc import Callable

from moto.kinesis.models import Stream
from moto.server import main

Reshard = Callable[..., None]


def with_open_shards_first(reshard: Reshard) -> Reshard:
    """Wrap a reshard so that open shards come first afterwards: moto looks up keys in that order."""

    def reshard_and_sort(stream: Stream, *shards: str) -> None:
        reshard(stream, *shards)
        stream.shards = dict(sorted(stream.shards.items(), key=lambda item: not item[1].is_open))

    return reshard_and_sort


if __name__ == "__main__":
    Stream.split_shard = with_open_shards_first(Stream.split_shard)
    Stream.merge_shards = with_open_shards_first(Stream.merge_shards)
    main(sys.argv[1:])
