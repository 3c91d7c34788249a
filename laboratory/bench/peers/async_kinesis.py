"""Measures async-kinesis, whose consumer yields single records; optionally tuned, or in batches."""

import asyncio
import os
from typing import Any

from kinesis import Consumer, StringProcessor

from laboratory.bench.delays import Delays
from laboratory.bench.peers.handling import handle, make_record
from laboratory.bench.peers.plain import STREAM
from laboratory.bench.task_server import CpuMeter, serve_tasks

TUNED = {"shard_fetch_rate": 5, "sleep_time_no_records": 0}
GATHERED = 500


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Consume the stream until every event has been handled."""
    asyncio.run(_consume(task, meter))


async def _consume(task: dict[str, Any], meter: CpuMeter) -> None:
    tuning = TUNED if task.get("tuned") else {}
    with meter:
        async with Consumer(
            stream_name=STREAM,
            endpoint_url=os.environ["AWS_ENDPOINT_URL"],
            region_name=os.environ["AWS_REGION"],
            processor=StringProcessor(),
            **tuning,
        ) as consumer:
            delays = Delays(task)
            meter.counts["events"] = await _handle_all(
                consumer, task["events"], GATHERED if task.get("gathered") else 1, delays
            )
    meter.beside |= delays.summarize()


async def _handle_all(consumer: Consumer, events: int, at_once: int, delays: Delays) -> int:
    done, gathered = 0, []
    while done < events:
        # The consumer's iterator ends when no record has come for two seconds.
        async for text in consumer:
            gathered.append(make_record(text.encode()))
            done += 1
            if len(gathered) >= at_once or done == events:
                handle(gathered)
                delays.record_done(record.raw for record in gathered)
                gathered = []
            if done == events:
                break
    return done


if __name__ == "__main__":
    serve_tasks(run_task)
