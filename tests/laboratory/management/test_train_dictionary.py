"""`manage.py train_dictionary`: a dictionary of a recorded run, and what is refused."""

import json

import pytest
import zstandard
from django.core.management import CommandError, call_command

from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.simulation import Options, record_run
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT


def record(folder, vehicles, seconds):
    options = Options(FleetOptions(vehicles, hour=14.0), started_at=STARTED_AT, seconds=seconds, world=LIVELY)
    record_run(options, folder)
    return folder


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return record(tmp_path_factory.mktemp("recording"), 4, 1500)


def train(recording, folder, *further):
    words = ("--replay", str(recording), "--into", str(folder), "--number", "7", *further)
    call_command("train_dictionary", *words, "--json")


def test_a_dictionary_has_its_number_and_makes_values_smaller_that_are_new_to_it(recording, tmp_path, capsys):
    train(recording, tmp_path, "--bytes", "4096")
    report = json.loads(capsys.readouterr().out)
    written = (tmp_path / "7.zdict").read_bytes()
    assert zstandard.ZstdCompressionDict(written).dict_id() == 7
    assert (report["file"], report["bytes"], list(report["sizes"])) == (
        "7.zdict",
        len(written),
        ["state", "detail"],
    )
    assert all(one["with_dictionary"] < one["compressed"] < one["json"] for one in report["sizes"].values())


def test_a_dictionary_is_never_replaced(recording, tmp_path):
    (tmp_path / "7.zdict").write_bytes(b"as it was")
    with pytest.raises(CommandError, match=r"7\.zdict exists, and rows may name it"):
        train(recording, tmp_path)
    assert (tmp_path / "7.zdict").read_bytes() == b"as it was"


def test_a_run_that_is_too_short_is_refused(tmp_path):
    folder = tmp_path / "dictionaries"
    folder.mkdir()
    with pytest.raises(CommandError, match="values are too few for 16384 bytes"):
        train(record(tmp_path / "recording", 1, 1), folder)
    assert list(folder.iterdir()) == []
