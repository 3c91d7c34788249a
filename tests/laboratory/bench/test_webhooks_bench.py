"""Bench webhooks: its load and its receivers, and one short run of the product's process."""

import urllib.error
import urllib.request
from collections import Counter

import pytest

from laboratory.bench.plan import Options
from laboratory.bench.rebinding_names import SUFFIX
from laboratory.bench.runner import BenchRunner
from laboratory.bench.suites.webhooks import FORBIDDEN, MISSING, STARVED, Measuring
from laboratory.bench.webhook_load import MIXED, Kind, Load, mix_kinds
from laboratory.bench.webhook_receivers import Receivers, make_load
from tests.distribution import heavy
from tests.long_runs import only_in_long_runs


def send(url, message_id):
    """Send a request as a sender does that follows redirects; return the status, 0 without an answer."""
    request = urllib.request.Request(url, b"{}", {"webhook-id": message_id}, method="POST")
    try:
        return urllib.request.urlopen(request, timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_kinds_have_their_shares_in_an_order_that_the_seed_decides():
    kinds = mix_kinds(1000, MIXED, seed=1)
    assert Counter(kinds) == {
        Kind.HEALTHY: 530,
        Kind.SLOW: 300,
        Kind.DEAD: 100,
        Kind.REDIRECTING: 50,
        Kind.REBINDING: 20,
    }
    assert kinds == mix_kinds(1000, MIXED, seed=1) != mix_kinds(1000, MIXED, seed=2)


def test_changes_go_to_the_ten_endpoints_of_each_partner_in_turn_and_are_due_at_the_rate():
    kinds = [Kind.HEALTHY] * 15 + [Kind.SLOW] * 5
    load = Load("run", [f"u{number}" for number in range(20)], kinds, changes=3, rate=4.0, begins_at=100.0)
    assert [list(load.list_endpoints(change)) for change in range(3)] == [
        list(range(10)),
        list(range(10, 20)),
        list(range(10)),
    ]
    assert [load.find_due(change) for change in range(3)] == [100.0, 100.25, 100.5]
    assert list(load.list_webhooks(Kind.SLOW)) == [(endpoint, 1) for endpoint in range(15, 20)]


def test_receivers_note_what_arrives_and_count_connections_to_the_forbidden_address():
    with Receivers() as receivers:
        kinds = [Kind.HEALTHY, Kind.DEAD, Kind.REDIRECTING, *[Kind.HEALTHY] * 7]
        load = make_load(receivers, "run", kinds, 2, 0.0, begins_at=0.0)
        assert [send(load.urls[0], f"msg_{load.name_change(0)}") for _ in range(2)] == [200, 200]
        found = [receivers.count_missing(load, Kind.HEALTHY), receivers.count_repeats()]
        assert found == [15, 1]
        closed = receivers.make_url(2, Kind.DEAD)
        assert (send(closed, "msg_1"), receivers.forbidden) == (0, 0)
        send(receivers.make_url(2, Kind.REBINDING).replace(f"e2{SUFFIX}", "0.0.0.0"), "msg_1")
        assert receivers.forbidden == 1
        receivers.forget()
        assert (receivers.arrivals, receivers.forbidden) == ({}, 0)


@heavy
@pytest.mark.slow
@only_in_long_runs
def test_a_short_run_reaches_each_healthy_and_each_slow_endpoint_and_no_refused_address(tmp_path):
    options = Options(tmp_path, quick=True)
    with BenchRunner(tmp_path, seed=1) as runner, Receivers() as receivers:
        sample = Measuring(runner, receivers, options).measure_ours(MIXED, 0)
    assert sample.void_reason is None
    assert {name: sample.counts[name] for name in ("webhooks", MISSING, STARVED, FORBIDDEN)} == {
        "webhooks": 400,
        MISSING: 0,
        STARVED: 0,
        FORBIDDEN: 0,
    }
    assert sample.counts["ended with address_refused"] > 0
    assert sample.value > sample.beside["delay p50"].value > 0
