"""A process of the role `queues` starts only if it can listen to all queues by itself."""

import pytest
from django.core.checks import Error, run_checks

from workers.bootstep import check_settings


def test_enough_slots_for_all_queues_pass(settings):
    settings.LISTENER_SLOTS = 12
    assert run_checks() == []


def test_too_few_slots_are_refused_with_the_number_needed(settings):
    settings.LISTENER_SLOTS = 11
    message = "LISTENER_SLOTS is 11: a single process cannot listen to all queues."
    hint = "Set it to 12 or more (2 for each of the 6 queues)."
    assert run_checks() == [Error(message, hint=hint, id="workers.E001")]


def test_a_worker_does_not_start_with_too_few_slots(settings):
    settings.LISTENER_SLOTS = 1
    with pytest.raises(SystemExit, match=r"workers\.E001"):
        check_settings()
