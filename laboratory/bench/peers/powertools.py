"""Measures the batch processor of Powertools, invoked with one event at a time, as by Lambda."""

import base64
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from laboratory.bench.peers.handling import handle, make_record
from laboratory.bench.peers.plain import STREAM, make_client
from laboratory.bench.task_server import CpuMeter, serve_tasks

_kinesis = make_client("kinesis")
_processor = BatchProcessor(event_type=EventType.KinesisDataStreams)


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Fetch the records unmeasured, as Lambda's poller would, then measure one invocation for each."""
    events = [_make_event(record) for record in _fetch(task["events"])]
    with meter:
        for event in events:
            process_partial_response(event, _handle_record, _processor)
    meter.counts["events"] = len(events)


def _handle_record(record: KinesisStreamRecord) -> None:
    kinesis = record.kinesis
    arrived_at = datetime.fromtimestamp(kinesis.approximate_arrival_timestamp, UTC)
    handle([make_record(kinesis.data_as_bytes(), kinesis.sequence_number, arrived_at)])


def _fetch(count: int) -> list[dict[str, Any]]:
    shard_id = _kinesis.list_shards(StreamName=STREAM)["Shards"][0]["ShardId"]
    start = _kinesis.get_shard_iterator(StreamName=STREAM, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
    answer = _kinesis.get_records(ShardIterator=start["ShardIterator"], Limit=count)
    return list(answer["Records"])


def _make_event(record: dict[str, Any]) -> dict[str, Any]:
    """Make the event that Lambda would pass to its handler."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": record["PartitionKey"],
                    "sequenceNumber": record["SequenceNumber"],
                    "data": base64.b64encode(record["Data"]).decode(),
                    "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-000000000000:{record['SequenceNumber']}",
                "eventName": "aws:kinesis:record",
                "awsRegion": "ap-south-1",
                "eventSourceARN": f"arn:aws:kinesis:ap-south-1:000000000000:stream/{STREAM}",
            }
        ]
    }


if __name__ == "__main__":
    serve_tasks(run_task)
