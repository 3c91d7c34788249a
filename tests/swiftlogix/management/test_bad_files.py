"""Every command that reads a file ends with exit code 2 and the line and column of the first error."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from tracking import input_files

LEG = "leg_id,origin,destination,vehicle_class,departed_at,arrived_at,planned_minutes\n"
GOOD_LEG = "L1,BLR,MAA,truck,2026-09-07T00:00:00Z,2026-09-07T06:00:00Z,330\n"
DEMO = {"web": "http://x", "api_key": "k", "aws_endpoint": "http://y", "names": {"stream": "s"}, "region": 5}
BOOKED = {"put_at": "2026-09-07T00:00:00Z", "kind": "shipment", "body": {}}


def run(folder, command: str, content: bytes) -> CommandError:
    """Run the command with a file of this content; return its error."""
    path = folder / "input"
    path.write_bytes(content)
    (folder / "legs.csv").write_text(LEG + GOOD_LEG)
    (folder / "bookings.jsonl").write_text("")
    (folder / "records.jsonl").write_bytes(content)
    words = [word.format(file=path, folder=folder, legs=folder / "legs.csv") for word in command.split()]
    with pytest.raises(CommandError) as refused:
        call_command(*words)
    return refused.value


CSV = {
    "locate {file}": "lat,lon\n12.9,77.5\n",
    "import_lanes {file}": "origin,destination,planned_minutes\nBLR,MAA,330\n",
    "replay_legs {file}": LEG + GOOD_LEG,
    "import_history {file}": LEG + GOOD_LEG,
    "replay_legs {legs} --seed-with {file}": "origin,destination,legs,median_ratio\nBLR,MAA,12,2.3\n",
    "replay_legs {legs} --checkpoints {file}": "leg_id,at,remaining_planned_minutes\nL1,2026-09-07,9\n",
}
JSON = {
    "delay_report --replay {folder}": '{"put_at": "2026-09-07T00:00:00Z", "raw": "?"}\n',
    "simulate --demo {file}": "\n\n",
}
COMMANDS = CSV | JSON


@pytest.mark.parametrize("command", COMMANDS)
def test_a_byte_that_is_no_text_is_refused_with_its_line_and_column(tmp_path, command):
    good = COMMANDS[command].encode()
    error = run(tmp_path, command, good + b"abc\xe9\n")
    place = f"line {good.count(10) + 1}, column 4: byte 0xE9 is no UTF-8 text"
    assert (error.returncode, place in str(error)) == (2, True)


@pytest.mark.parametrize("command", CSV)
def test_a_line_that_is_too_long_is_refused_before_it_is_read_whole(tmp_path, command, monkeypatch):
    monkeypatch.setattr(input_files, "MAX_LINE", 1000)
    good = CSV[command]
    error = run(tmp_path, command, good.encode() + b"x" * 1001)
    place = f"line {good.count(chr(10)) + 1}, column 1: the line has more than 1000 characters"
    assert (error.returncode, place in str(error)) == (2, True)


@pytest.mark.parametrize("command", CSV)
def test_an_open_quote_is_refused_with_its_line_and_column(tmp_path, command):
    good = CSV[command]
    error = run(tmp_path, command, f'{good}x,"open\n{good}'.encode())
    place = f"line {good.count(chr(10)) + 1}, column 3: a quote is opened here and not closed"
    assert (error.returncode, place in str(error)) == (2, True)


@pytest.mark.parametrize(
    ("command", "content", "place"),
    [
        ("locate {file}", "lat,lon\n1e308,77.5\n", "line 2, column lat: must be at least -90 and at most 90"),
        (
            "import_lanes {file}",
            "origin,destination,planned_minutes\nBLR,MAA,99999999\n",
            "line 2, column planned_minutes: must be above 0 and at most 20160: '99999999'",
        ),
        (
            "import_lanes {file}",
            "origin,destination,planned_minutes\nBLR,MAA,1e308\n",
            "line 2, column planned_minutes: must be above 0 and at most 20160: '1e308'",
        ),
        (
            "import_lanes {file}",
            f"origin,destination,planned_minutes\n{'x' * 3000},MAA,1\n",
            "line 2, column origin: has more than 64 characters",
        ),
        (
            "replay_legs {file}",
            LEG + GOOD_LEG.replace("2026-09-07T00:00:00Z", "0001-01-01T00:00:00+05:30"),
            "line 2, column departed_at: is not between 2000 and 2099",
        ),
        (
            "replay_legs {file}",
            LEG + GOOD_LEG.replace("330", "1e308"),
            "line 2, column planned_minutes: must be above 0 and at most 20160: '1e308'",
        ),
        (
            "delay_report --replay {folder}",
            '{"put_at": "0001-01-01T00:00:00+05:30", "raw": "?"}\n',
            "line 1, column 2: put_at is not between 2000 and 2099",
        ),
        (
            "delay_report --replay {folder}",
            '{"put_at": 5}\n',
            "line 1, column 2: put_at: Expected `str`, got `int`",
        ),
        (
            "delay_report --replay {folder}",
            json.dumps(BOOKED),
            "line 1, column 56: body Object missing required field `reference`",
        ),
        ("simulate --demo {file}", json.dumps(DEMO), "line 1, column 91: region: Expected `str`, got `int`"),
    ],
)
def test_an_absurd_value_is_refused_with_its_line_and_column(tmp_path, command, content, place):
    error = run(tmp_path, command, content.encode())
    assert (error.returncode, re.search(re.escape(place), str(error)) is not None) == (2, True), str(error)


@pytest.mark.parametrize(
    "words",
    [
        "replay_legs legs.csv --promise-factor nan",
        "replay_legs legs.csv --promise-factor 1e300",
        "replay_legs legs.csv --score-from 0001-01-01T00:00:00+05:30",
        "simulate --start 0001-01-01T00:00:00+05:30",
        "simulate --speed nan",
        "delay_report --from 0001-01-01",
        "quarantine list --limit -1",
    ],
)
@pytest.mark.django_db
def test_an_absurd_option_is_refused(words):
    with pytest.raises(CommandError, match=r"must be|is not between"):
        call_command(*words.split())
