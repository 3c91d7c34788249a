"""Scripts of Redis: called by hash, and known again after the server has forgotten them."""

import pytest
import redis
import redis.asyncio

from tracking.adapters.live_redis import DATABASE
from tracking.adapters.scripts import Script, run, run_async, run_together

ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
FAIL = Script("return redis.error_reply('REFUSED for a test')")


@pytest.fixture
def client(local_redis):
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    client.script_flush()
    return client


def count_calls(client, name):
    return client.info("commandstats").get(f"cmdstat_{name}", {}).get("calls", 0)


def test_a_script_goes_with_its_text_once_and_by_its_hash_from_then_on(client):
    evals = count_calls(client, "eval")
    assert [run(client, ADD.call(["n"], 2)) for _ in range(3)] == [2, 4, 6]
    assert count_calls(client, "eval") == evals + 1


def test_commands_that_go_together_answer_in_their_order_though_a_script_was_unknown(client):
    commands = [ADD.call(["n"], 1), ("SET", "m", "x"), FAIL.call([]), ADD.call(["n"], 1), ("GET", "m")]
    for _ in range(2):
        client.delete("n")
        first, done, failed, second, value = run_together(client, commands)
        assert (first, bool(done), second, value) == (1, True, 2, b"x")
        assert (type(failed), "REFUSED" in str(failed)) == (redis.ResponseError, True)


async def test_an_asynchronous_client_runs_scripts_as_well(client, local_redis):
    async with redis.asyncio.Redis.from_url(local_redis, db=DATABASE) as asynchronous:
        assert [await run_async(asynchronous, ADD.call(["n"], 2)) for _ in range(2)] == [2, 4]
