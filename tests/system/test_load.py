"""Load on the running product: everything that was sent is recorded, and on its screen."""

import pytest

from laboratory.load_test.product import reach_demo
from laboratory.load_test.run import Load, run_load
from tests.distribution import heavy
from tests.system.product import HUBS
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.slow, heavy]


def test_a_small_load_is_recorded_and_shown_whole(product):
    outcome = run_load(
        reach_demo(product.demo), (HUBS[0], HUBS[1]), Load(10, 3, 6, 6), lambda _text: None, PATIENCE_S
    )
    assert (outcome.sent, outcome.looked_up, outcome.is_whole) == (30, 30, True)
    assert outcome.frames >= 6
