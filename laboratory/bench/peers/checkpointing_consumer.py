"""Runs async-kinesis as in production, with a Redis checkpointer; records are noted in a journal."""

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from kinesis import Consumer, RedisCheckPointer, StringProcessor

from laboratory.bench.hang_switch import read_remaining_hang_s

# As short a session as its heartbeat allows without false alarms.
TUNED = {"session_timeout": 6, "heartbeat_frequency": 2}


async def consume(task: dict[str, str], journal: Path) -> None:
    """Handle records until killed; write a line `<seconds since the epoch> <event id>` for each.

    SIGTERM closes the consumer, which releases its shards.
    """
    consuming = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, consuming.cancel)
    checkpointer = RedisCheckPointer(name=task["name"], **(TUNED if task["tuned"] else {}))
    with journal.open("a", buffering=1, encoding="utf-8") as lines:
        while True:
            async with Consumer(
                stream_name=task["stream"],
                endpoint_url=task["endpoint"],
                region_name=task["region"],
                checkpointer=checkpointer,
                processor=StringProcessor(),
                sleep_time_no_records=0.25,
            ) as consumer:
                async for text in consumer:
                    await asyncio.sleep(read_remaining_hang_s())
                    lines.write(f"{time.time()} {json.loads(text)['event_id']}\n")


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(consume(json.loads(sys.argv[1]), Path(sys.argv[2])))
