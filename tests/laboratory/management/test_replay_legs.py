"""`manage.py replay_legs` and `import_lanes`: their JSON output and exit codes."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.legs import draw_checkpoints, draw_legs, write_csv
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.eta.lanes import Plan, plan_key
from tracking.ports import TrackingPorts, ports, wire

pytestmark = pytest.mark.slow

KEYS = (
    "legs scored skipped skipped_reasons mae_min medae_min wape_pct mape_pct bias_min coverage_pct below_pct "
    "above_pct median_relative_width_pct interval_score baseline_mae_min gain_pct unseen by_bucket by_day "
    "us_per_prediction us_per_update lateness in_trip"
).split()


@pytest.fixture
def file(tmp_path):
    return write_csv(tmp_path / "legs.csv", draw_legs(seed=1, count=300))


def run_alone(*arguments):
    """Run the command in a process of its own, without secrets in its environment."""
    unset = ("SECRET_KEY", "TRACKING_TOKEN_KEY", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_thousand_legs_print_one_object(tmp_path):
    rows = draw_legs(seed=2, count=2_000)
    file = write_csv(tmp_path / "legs.csv", rows)
    checkpoints = write_csv(tmp_path / "checkpoints.csv", draw_checkpoints(1, rows[1000:1500]))
    seed = write_csv(tmp_path / "seed.csv", draw_legs(seed=3, count=200))
    options = ("--json", "--seed-with", seed, "--promise-factor", 2, "--checkpoints", checkpoints)
    done = run_alone("replay_legs", file, *options, "--score-from", "2026-09-10")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(json.loads(done.stdout)) == KEYS


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("planned_minutes", "soon", "line 4, column planned_minutes: is no number: 'soon'"),
        ("planned_minutes", "-3", "line 4, column planned_minutes: must be above 0 and at most 20160: '-3'"),
        ("arrived_at", "yesterday", "line 4, column arrived_at: is no ISO time: 'yesterday'"),
        ("origin", "", "line 4, column origin: is empty"),
    ],
)
def test_a_bad_cell_ends_the_command_naming_line_and_column(tmp_path, capsys, column, value, message):
    rows = draw_legs(seed=1, count=5)
    rows[2][column] = value
    with pytest.raises(CommandError) as refused:
        call_command("replay_legs", write_csv(tmp_path / "legs.csv", rows), "--json")
    assert (refused.value.returncode, capsys.readouterr().out) == (2, "")
    assert message in str(refused.value)


def test_a_missing_column_is_named(tmp_path):
    rows = [{name: row[name] for name in row if name != "vehicle_class"} for row in draw_legs(1, 2)]
    with pytest.raises(CommandError, match="line 1, column vehicle_class: is missing"):
        call_command("replay_legs", write_csv(tmp_path / "legs.csv", rows))


def test_a_file_that_is_not_there_is_a_bad_file(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("replay_legs", tmp_path / "nowhere.csv")
    assert refused.value.returncode == 2


def test_without_planned_minutes_the_base_time_comes_from_the_distance(tmp_path, capsys):
    rows = draw_legs(seed=1, count=200)
    for row in rows:
        row["planned_minutes"] = ""
    call_command("replay_legs", write_csv(tmp_path / "legs.csv", rows), "--json")
    assert json.loads(capsys.readouterr().out)["scored"] == 200


def test_history_may_be_one_line_per_lane(file, tmp_path, capsys):
    rows = draw_legs(seed=1, count=1)
    history = [
        {
            "origin": rows[0]["origin"],
            "destination": rows[0]["destination"],
            "legs": "12",
            "median_ratio": "2.3",
        }
    ]
    call_command("replay_legs", file, "--json", "--seed-with", write_csv(tmp_path / "seed.csv", history))
    unseen = json.loads(capsys.readouterr().out)["unseen"]["n"]
    assert 0 < unseen < 300


def test_the_table_names_every_bucket_and_day(file, capsys):
    call_command("replay_legs", file)
    table = capsys.readouterr().out
    assert [f"bucket {n}" in table for n in range(4)] == [True] * 4
    assert "coverage_pct" in table


def test_imported_lanes_are_found_by_predictions(tmp_path, capsys):
    wired = ports()
    lanes = MemoryLaneStatisticsStore()
    wire(TrackingPorts(wired.store, wired.stream, wired.live, wired.vehicles, lanes=lanes))
    rows = [{"origin": "BLR", "destination": "MAA", "planned_minutes": "330"}]
    try:
        call_command("import_lanes", write_csv(tmp_path / "lanes.csv", rows), "--json")
    finally:
        wire(wired)
    assert json.loads(capsys.readouterr().out) == {"rows": 1, "lanes": 1}
    key = plan_key("BLR", "MAA")
    assert lanes.read([key])[key].statistic == Plan(planned_minutes=330.0)


def test_of_a_file_with_a_bad_line_no_lane_is_imported(tmp_path):
    rows = [
        {"origin": "BLR", "destination": "MAA", "planned_minutes": "330"},
        {"origin": "BLR", "destination": "HYD", "planned_minutes": "0"},
    ]
    with pytest.raises(CommandError, match="line 3, column planned_minutes: must be above 0") as refused:
        call_command("import_lanes", write_csv(tmp_path / "lanes.csv", rows))
    assert refused.value.returncode == 2
