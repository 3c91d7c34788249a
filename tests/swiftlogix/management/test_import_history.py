"""`manage.py import_history`: its output, its exit codes, and that the same file changes nothing again."""

import dataclasses
import json

import pytest
from django.core.management import CommandError, call_command

from tests.legs import draw_legs, write_csv
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.models import Hub
from tracking.ports import ports, wire
from tracking.services.prediction.history import find_imported, hash_file

pytestmark = pytest.mark.django_db
COLUMNS = ["n", "error_min", "error_pct", "coverage_pct", "width_min"]


@pytest.fixture
def lanes(time_machine):
    """Wire lane statistics in memory, a year after the legs."""
    time_machine.move_to("2027-09-07T00:00:00Z", tick=False)
    wired, memory = ports(), MemoryLaneStatisticsStore()
    wire(dataclasses.replace(wired, lanes=memory))
    yield memory
    wire(wired)


@pytest.fixture
def file(tmp_path):
    return write_csv(tmp_path / "legs.csv", draw_legs(seed=6, count=400, lanes=12))


def run(capsys, *words) -> dict:
    call_command("import_history", *words, "--json")
    return json.loads(capsys.readouterr().out)


def test_it_says_what_the_legs_bring_and_learns_them(lanes, file, capsys):
    result = run(capsys, file)
    trial = result.pop("what_if")
    assert result == {
        "sha256": result["sha256"],
        "legs": 800,
        "usable": 800,
        "skipped": {},
        "imported_before": False,
        "unknown_hubs": [f"HUB00{number}" for number in range(8)],
        "learned": 800,
        "learned_before": 0,
    }
    assert {
        run: {source: list(figures) for source, figures in trial[run].items()} for run in ("cold", "seeded")
    } == {
        "cold": {"distance": COLUMNS, "planned": COLUMNS},
        "seeded": {"distance": COLUMNS, "planned": COLUMNS},
    }
    assert trial["seeded"]["planned"]["error_pct"] < trial["cold"]["planned"]["error_pct"]
    assert len(lanes.legs) == 800


def test_the_same_content_again_changes_nothing_under_any_name(lanes, file, tmp_path, capsys):
    first = run(capsys, file)
    (tmp_path / "copy.csv").write_bytes(file.read_bytes())
    again = run(capsys, tmp_path / "copy.csv")
    assert (again["imported_before"], again["learned"], again["learned_before"]) == (True, 0, 800)
    assert (again["sha256"], len(lanes.legs)) == (first["sha256"], 800)


def test_what_if_learns_nothing_and_says_the_same(lanes, file, capsys):
    only_tried = run(capsys, file, "--what-if")
    assert (only_tried["learned"], lanes.legs) == (0, {})
    assert run(capsys, file)["what_if"] == only_tried["what_if"]


def test_progress_goes_to_standard_error(lanes, file, capsys):
    call_command("import_history", file)
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [f"{done} of 800 legs" for done in range(100, 801, 100)]
    lines = printed.out.splitlines()
    assert (lines[0], lines[-1]) == ("800 legs, 800 usable", "800 legs learned")
    assert lines[1] == (
        "8 hubs are not in the network, so their lanes will not be used: "
        "HUB000, HUB001, HUB002, HUB003, HUB004, ..."
    )
    assert [line.split()[:2] for line in lines[4:-1]] == [
        ["distance", "cold"],
        ["distance", "seeded"],
        ["planned", "cold"],
        ["planned", "seeded"],
    ]
    call_command("import_history", file)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "This file was imported before: 800 legs were learned then."
    )


def test_legs_that_are_left_out_are_counted_by_reason(lanes, tmp_path, capsys):
    rows = draw_legs(seed=6, count=3, lanes=12)
    rows[0]["arrived_at"] = rows[0]["departed_at"]
    rows[1]["leg_id"] = rows[2]["leg_id"]
    call_command("import_history", write_csv(tmp_path / "legs.csv", rows), "--what-if")
    assert capsys.readouterr().out.splitlines()[0] == (
        "6 legs, 2 usable (left out: leg_id_again 2, under_3_min 2)"
    )


def test_hubs_of_the_network_are_not_named(lanes, tmp_path, capsys):
    rows = draw_legs(seed=6, count=1, lanes=12)
    for column in ("origin", "destination"):
        Hub.objects.create(hub_id=rows[0][column], name="Hub", town="Town", pin_code="560058", lat=13, lon=77)
    assert run(capsys, write_csv(tmp_path / "legs.csv", rows))["unknown_hubs"] == []


def test_legs_that_had_not_ended_are_learned_by_a_later_import(lanes, file, capsys, time_machine):
    time_machine.move_to("2026-09-17T00:00:00Z", tick=False)
    first = run(capsys, file)
    time_machine.move_to("2027-09-07T00:00:00Z", tick=False)
    later = run(capsys, file)
    assert 0 < first["learned"] < 800
    assert (later["imported_before"], later["learned_before"]) == (False, first["learned"])
    assert first["learned"] + later["learned"] == len(lanes.legs) == 800
    assert run(capsys, file)["learned_before"] == 800


def test_legs_that_were_learned_before_are_said_to_be_in_the_figures(lanes, file, tmp_path, capsys):
    run(capsys, file)
    (tmp_path / "copy.csv").write_bytes(file.read_bytes() + b"\n")
    call_command("import_history", tmp_path / "copy.csv")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "0 legs learned",
        "800 legs were learned before, so the figures above rest on them already.",
    ]


@pytest.mark.parametrize(
    ("minutes", "why"), [(None, "no leg can be learned"), (-5, "(left out: arrived_before_departed 2)")]
)
def test_a_file_without_a_leg_to_learn_gives_exit_code_2_and_is_not_remembered(lanes, tmp_path, minutes, why):
    rows = draw_legs(seed=6, count=1, lanes=12)
    if minutes:
        rows[0]["arrived_at"] = "2026-01-01T00:00:00Z"
    path = write_csv(tmp_path / "legs.csv", rows)
    if not minutes:
        path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(CommandError) as refused:
        call_command("import_history", path)
    assert (refused.value.returncode, why in str(refused.value)) == (2, True)
    assert find_imported(lanes, hash_file(path)) is None


def test_a_hub_that_is_no_id_is_refused_with_its_line_and_nothing_is_learned(lanes, tmp_path):
    rows = draw_legs(seed=6, count=3, lanes=12)
    rows[1]["destination"] = "Chennai Guindy"
    with pytest.raises(
        CommandError, match="line 3, column destination: is no id: 'Chennai Guindy'"
    ) as refused:
        call_command("import_history", write_csv(tmp_path / "legs.csv", rows))
    assert (refused.value.returncode, lanes.legs) == (2, {})


def test_a_store_that_cannot_be_reached_gives_exit_code_1(lanes, file):
    class Lost(MemoryLaneStatisticsStore):
        def read(self, keys):
            raise TransientError("no route")

    wire(dataclasses.replace(ports(), lanes=Lost()))
    with pytest.raises(CommandError, match="cannot be reached, run it again: no route") as refused:
        call_command("import_history", file)
    assert refused.value.returncode == 1
