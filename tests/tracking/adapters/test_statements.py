"""Rows are put 25 per call; only those that were throttled are put again."""

from typing import Any

import pytest

from tests.workers.canned import answering, error
from tracking.adapters.aws import MAX_ATTEMPTS, build_client
from tracking.adapters.statements import (
    BYTES_PER_CALL,
    insert_bytes_statement,
    insert_statement,
    run_at_once,
    run_statements,
)
from tracking.domain.errors import PermanentError, TransientError

THROTTLED = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
DUPLICATE = {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
WRONG = {"Error": {"Code": "ValidationError", "Message": "no"}}


def make_rows(count: int, size: int = 1) -> list[dict[str, Any]]:
    return [{"entry": {"S": f"{number}"}, "raw": {"B": b"x" * size}} for number in range(count)]


def insert(rows: list[dict[str, Any]]) -> None:
    run_statements(
        build_client("dynamodb", hot=True), [insert_bytes_statement("leases", row) for row in rows]
    )


def entries(call: dict[str, Any]) -> list[str]:
    return [statement["Parameters"][0]["S"] for statement in call["Statements"]]


def test_a_row_is_one_statement_with_its_values_as_parameters():
    with answering("dynamodb", "BatchExecuteStatement", lambda _sent: (200, {"Responses": [{}]})) as sent:
        insert(make_rows(1))
    (statement,) = sent[0]["Statements"]
    assert statement["Statement"] == "INSERT INTO \"leases\" VALUE {'entry': ?, 'raw': ?}"
    assert statement["Parameters"] == [{"S": "0"}, {"B": "eA=="}]


def test_existing_rows_are_kept_and_not_put_again():
    with answering(
        "dynamodb", "BatchExecuteStatement", lambda _sent: (200, {"Responses": [DUPLICATE, {}]})
    ) as sent:
        insert(make_rows(2))
    assert len(sent) == 1


def test_only_the_rows_that_were_throttled_are_put_again():
    answers = iter([[{}, THROTTLED, {}, THROTTLED], [THROTTLED, {}], [{}]])
    with answering(
        "dynamodb", "BatchExecuteStatement", lambda _sent: (200, {"Responses": next(answers)})
    ) as sent:
        insert(make_rows(4))
    assert [entries(call) for call in sent] == [["0", "1", "2", "3"], ["1", "3"], ["1"]]


def test_rows_that_stay_throttled_are_a_transient_error_after_a_few_rounds():
    with (
        answering(
            "dynamodb", "BatchExecuteStatement", lambda _sent: (200, {"Responses": [THROTTLED]})
        ) as sent,
        pytest.raises(TransientError),
    ):
        insert(make_rows(1))
    assert len(sent) == MAX_ATTEMPTS


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, {"Responses": [WRONG]}), PermanentError),
        (error("ThrottlingException"), TransientError),
        (error("ResourceNotFoundException"), PermanentError),
    ],
)
def test_other_failures_raise_an_error_of_their_kind(answer, expected):
    with answering("dynamodb", "BatchExecuteStatement", lambda _sent: answer), pytest.raises(expected):
        insert(make_rows(1))


def test_a_call_carries_twenty_five_rows_and_four_megabytes_at_most():
    def answer(sent):
        return 200, {"Responses": [{}] * len(sent["Statements"])}

    with answering("dynamodb", "BatchExecuteStatement", answer) as sent:
        insert(make_rows(60))
        insert(make_rows(5, size=BYTES_PER_CALL // 2 + 1))
    assert [len(entries(call)) for call in sent] == [25, 25, 10, 1, 1, 1, 1, 1]


def test_batches_in_parallel_are_built_of_their_sources_and_answered_in_their_order():
    def answer(sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, {"Responses": [DUPLICATE if entry.endswith("7") else {} for entry in entries(sent)]}

    client, numbers = build_client("dynamodb", hot=True), range(60)
    with answering("dynamodb", "BatchExecuteStatement", answer) as sent:
        answers = run_at_once(
            client, lambda number: insert_statement("leases", {"entry": {"S": f"{number}"}}), numbers
        )
    batches = (numbers[:25], numbers[25:50], numbers[50:])
    assert sorted(map(entries, sent)) == sorted([f"{number}" for number in batch] for batch in batches)
    assert [answer.error for answer in answers] == [
        "DuplicateItem" if number % 10 == 7 else "" for number in numbers
    ]
