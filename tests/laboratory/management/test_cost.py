"""`manage.py cost`: JSON for programs, exit codes, bad input, and the document that it writes."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from laboratory.cost.cases import ESTIMATED

DOCUMENT = settings.BASE_DIR / "docs" / "cost.md"


def cost(*arguments):
    """Return what the command prints."""
    out = StringIO()
    call_command("cost", *arguments, stdout=out)
    return out.getvalue()


def test_the_json_has_the_estimated_cases_within_a_hundredth_and_the_line_of_iot_core():
    answer = json.loads(cost("--json"))
    cases = {case["case"]: case["same_lines"] / case["estimated"] for case in answer["estimated_cases"]}
    assert cases == pytest.approx(dict.fromkeys(ESTIMATED, 1.0), rel=0.01)
    assert "iot.rules" in {line["price"] for line in answer["lines"]}
    assert answer["total"] == pytest.approx(sum(line["usd"] for line in answer["lines"]), abs=0.5)


def test_volumes_and_what_ifs_change_the_month():
    base, more = (
        json.loads(cost(*arguments, "--json")) for arguments in ((), ("--events-per-day", "5000000"))
    )
    assert more["total"] > base["total"]
    assert json.loads(cost("--what-if", "one-nat-gateway", "--json"))["total"] < base["total"]
    assert json.loads(cost("--set", "log_kb=2", "--json"))["total"] > base["total"]
    estimate = json.loads(cost("--assumptions", "estimate", "--json"))
    assert estimate["case"]["position_write_units"] == 1.93


def test_a_month_over_the_budget_exits_with_one_after_it_was_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("cost", "--sms-per-shipment", "1", "--sms-route", "international")
    assert ended.value.code == 1
    assert "over the budget of $4,500" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shards", "0"], "shards is 0"),
        (["--set", "colour=3"], "colour is nothing that --set can vary"),
        (["--set", "log_kb=much"], "log_kb=much: the value is not a number"),
        (["--from-run", "pyproject.toml"], "is not a report of `manage.py bench calls`"),
    ],
)
def test_bad_input_exits_with_two_and_says_what_is_wrong(arguments, message):
    with pytest.raises(CommandError, match=message) as refused:
        cost(*arguments)
    assert refused.value.returncode == 2


def test_the_document_is_what_the_command_writes(tmp_path):
    written = tmp_path / "cost.md"
    cost("--document", str(written))
    assert written.read_text() == DOCUMENT.read_text()
