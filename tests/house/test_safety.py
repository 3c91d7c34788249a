"""Coverage of docs/checkpoint-safety.md: it lists every fault, each with an existing test."""

import re

import pytest

from tests.house.sources import modules, read

DOCUMENT = "docs/checkpoint-safety.md"
# A word of each fault in the order of the document; a new fault needs a word here and a test there.
FAULTS = (
    "killed",
    "deploy",
    "paused",
    "hangs",
    "lease renewer's thread",
    "broker",
    "beat",
    "stream throttles",
    "cursor",
    "dropped",
    "made anew",
    "split",
    "row is deleted",
    "store throttles",
    "table of leases is down",
    "two writers",
    "several shipments",
    "cannot be read",
    "our code fails",
    "producer repeats",
    "hot",
    "between record and publish",
    "bus, the topics or the queues",
    "Redis is down for the live",
    "Redis is down for public",
    "between an effect and its mark",
    "while webhooks leave",
    "slow, dead or hostile",
)


def read_rows() -> list[tuple[str, list[str]]]:
    """Read each fault of the table with the tests it names."""
    rows = re.findall(r"^\| (?!fault|-)(.+?) \| .+? \| (`tests/.+?) \|$", read(DOCUMENT), re.MULTILINE)
    return [(fault, re.findall(r"`(tests/[^`]+)`", tests)) for fault, tests in rows]


def test_the_document_lists_every_fault_and_each_has_a_test():
    rows = read_rows()
    assert [word for word, (fault, _) in zip(FAULTS, rows, strict=True) if word not in fault] == []
    assert [fault for fault, tests in rows if not tests] == []


@pytest.mark.parametrize("row", read_rows(), ids=lambda row: row[0][:40])
def test_every_test_named_for_a_fault_exists(row):
    texts = {module.path: module.text for module in modules("tests")}
    missing = [
        name
        for name in row[1]
        if not re.search(
            rf"^(?:(?:async )?def |class |)({name.partition('::')[2]})\b",
            texts.get(name.partition("::")[0], ""),
            re.MULTILINE,
        )
    ]
    assert missing == []
