"""Reads of a day, their exact misses, and the policy of the cache: that of edge.yaml and of our header."""

import pytest

from laboratory.claims import http_cache
from laboratory.claims.edge_replay import POLICY
from laboratory.claims.looks import CachePolicy, Change, Look, Viewing, count_fetches, make_looks
from tests.deploy.templates import TEMPLATES
from tracking.api.public import CACHE_CONTROL

DAY = [
    Change(0.0, "A", "out_for_delivery"),
    Change(60.0, "B", "out_for_delivery"),
    Change(7_200.0, "A", "delivered"),
    Change(9_000.0, "B", "attempt_failed"),
]
EDGE = TEMPLATES["edge"]["Resources"]


@pytest.mark.parametrize(
    ("times", "fetches"),
    [([0], 1), ([0, 59], 1), ([0, 60], 2), ([0, 59, 118], 2), ([0, 30, 59, 61, 62, 130], 3), ([], 0)],
)
def test_an_answer_is_fetched_again_when_it_is_no_longer_fresh(times, fetches):
    assert count_fetches([Look(at, "A") for at in times], CachePolicy(60, 30)) == fetches


def test_each_shipment_has_an_answer_of_its_own():
    assert count_fetches([Look(0, "A"), Look(1, "B"), Look(2, "A")], CachePolicy(60, 30)) == 2


def test_looks_are_in_order_of_time_and_the_same_for_a_seed():
    looks = make_looks(DAY, Viewing(opens_when_notified=1.0), 3)
    assert looks == sorted(looks)
    assert {look.shipment_id for look in looks} == {"A", "B"}
    assert make_looks(DAY, Viewing(opens_when_notified=1.0), 3) == looks


def test_nobody_looks_who_is_not_notified_and_does_not_wait():
    assert make_looks(DAY, Viewing(opens_when_notified=0, looks_an_hour_while_waiting=0), 1) == []
    waiting = make_looks(DAY, Viewing(opens_when_notified=0, looks_an_hour_while_waiting=20, reloads=0), 1)
    assert waiting
    assert all(0 <= look.at <= 9_000 for look in waiting)


def test_who_looks_again_sooner_is_answered_by_the_edge_more_often():
    shares = []
    for reloads in (0.0, 1.0, 4.0):
        looks = make_looks(DAY * 50, Viewing(opens_when_notified=1.0, reloads=reloads, previews=0), 1)
        shares.append(1 - count_fetches(looks, POLICY) / len(looks))
    assert shares == sorted(shares)


def test_the_policy_is_that_of_the_template_and_of_the_products_header():
    behaviours = EDGE["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert http_cache.PATH in {behaviour["PathPattern"] for behaviour in behaviours}
    config = EDGE["TrackingCache"]["Properties"]["CachePolicyConfig"]
    assert (config["MaxTTL"], config["DefaultTTL"]) == (http_cache.MOST_TTL_S, http_cache.DEFAULT_TTL_S)
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"]["QueryStrings"] == [http_cache.KEY_PARAMETER]
    assert key["CookiesConfig"]["CookieBehavior"] == "none"
    assert f"s-maxage={POLICY.fresh_s:.0f}, stale-while-revalidate={POLICY.stale_s:.0f}," in CACHE_CONTROL


def test_the_policy_of_varnish_divides_lifetimes_and_names_path_and_parameter():
    policy = http_cache.write_policy(1234, 360)
    assert '.port = "1234"' in policy
    assert 'req.url !~ "^/tracking/"' in policy
    assert "beresp.ttl / 360" in policy
