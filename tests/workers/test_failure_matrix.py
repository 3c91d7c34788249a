"""Every fault that workers must tolerate has a test that names it, and tests name only these faults.

A test names a fault by a line `Failure matrix: <fault>` in its docstring; several are separated by ` · `.
"""

import re

from tests.house.sources import modules

WORKERS_FAULTS = {
    "SIGKILL, OOM, host gone",
    "SIGTERM, deploy, scale-in",
    "SIGSTOP, long pause, partition",
    "shard consumer wedged, lease renewer alive",
    "lease renewer dead",
    "broker down, or worker silent after a reconnect",
    "beat down",
    "Kinesis throttles, or is unreachable",
    "iterator expired",
    "trimmed past the checkpoint",
    "stream re-created, emulator restarted empty",
    "split, merge",
    "lease row deleted by hand",
    "DynamoDB throttles",
    "DynamoDB down",
    "undecodable record",
    "our bug on one record / on many",
    "crash between record and publish / publish and unmark",
    "EventBridge, SNS or SQS down",
}
NAMED = re.compile(r"Failure matrix: (.*)\.\"\"\"")


def test_every_fault_has_a_test_that_names_it_and_every_name_is_a_fault_of_the_matrix():
    named = {
        fault
        for module in modules("tests")
        if module.path.startswith("tests/workers/")
        for line in NAMED.findall(module.text)
        for fault in line.split(" · ")
    }
    assert named == WORKERS_FAULTS
