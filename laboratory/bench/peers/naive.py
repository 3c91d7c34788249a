"""Measures a naive loop: GetRecords by boto3, then one record after the other."""

from datetime import UTC
from typing import Any

from laboratory.bench.peers.handling import handle, make_record
from laboratory.bench.peers.plain import STREAM, make_client
from laboratory.bench.task_server import CpuMeter, serve_tasks

_kinesis = make_client("kinesis")


def run_task(_task: dict[str, Any], meter: CpuMeter) -> None:
    """Read every shard to its end."""
    shards = [shard["ShardId"] for shard in _kinesis.list_shards(StreamName=STREAM)["Shards"]]
    done = 0
    with meter:
        for shard_id in shards:
            start = _kinesis.get_shard_iterator(
                StreamName=STREAM, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
            )
            iterator = start["ShardIterator"]
            while True:
                answer = _kinesis.get_records(ShardIterator=iterator, Limit=1000)
                if not answer["Records"]:
                    break
                for record in answer["Records"]:
                    arrived_at = record["ApproximateArrivalTimestamp"].astimezone(UTC)
                    handle([make_record(record["Data"], record["SequenceNumber"], arrived_at)])
                done += len(answer["Records"])
                iterator = answer["NextShardIterator"]
    meter.counts["events"] = done


if __name__ == "__main__":
    serve_tasks(run_task)
