"""`manage.py locate`: its JSON, its table, and its errors for invalid files."""

import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.house.sources import ROOT

SHEET = "stop,lat,lon\nOffice,12.9716,77.5946\nAt sea,15.0,66.0\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(SHEET)
    return path


def test_each_row_comes_back_with_its_own_columns_and_its_place(file, capsys):
    call_command("locate", str(file), "--json")
    report = json.loads(capsys.readouterr().out)
    version = report["dataset_version"]
    assert report["places"] == [
        {
            "stop": "Office",
            "lat": 12.9716,
            "lon": 77.5946,
            "town": "Bengaluru",
            "district": "Bengaluru Urban",
            "state": "Karnataka",
            "pincode": "560001",
            "quality": "area",
            "hub_id": None,
            "hub_name": None,
            "distance_km": 0.0,
            "town_distance_km": 0.1,
            "source": "offline",
            "dataset_version": version,
        },
        {
            "stop": "At sea",
            "lat": 15.0,
            "lon": 66.0,
            "town": None,
            "district": None,
            "state": None,
            "pincode": None,
            "quality": "none",
            "hub_id": None,
            "hub_name": None,
            "distance_km": None,
            "town_distance_km": None,
            "source": "offline",
            "dataset_version": version,
        },
    ]
    assert (report["rows"], report["by_quality"]) == (2, {"area": 1, "none": 1})
    assert version.startswith("in-20")
    assert report["us_per_point"] == pytest.approx(report["seconds"] / 2 * 1e6, abs=1)


def test_exchanged_axes_are_put_right_and_flagged(file, capsys):
    file.write_text("lat,lon\n94.912,27.4728\n")
    call_command("locate", str(file), "--json")
    (row,) = json.loads(capsys.readouterr().out)["places"]
    assert (row["lat"], row["lon"], row["fix_flags"], row["state"]) == (27.4728, 94.912, "swapped", "Assam")


def test_without_json_the_output_is_a_table(file, capsys):
    call_command("locate", str(file))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "lat",
        "lon",
        "town",
        "district",
        "state",
        "pincode",
        "quality",
        "distance_km",
    ]
    assert lines[-1].startswith("2 rows (1 area, 1 none), ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("latitude,lon\n1,2\n", "line 1, column lat: is missing"),
        ("", "line 1, column lat: is missing"),
        ("lat,lon\n12.9,77.5\n12.9,east\n", "line 3, column lon: is no number: 'east'"),
        (
            "lat,lon\n12.9,77.5\n95,77.5\n",
            "line 3, column lat: must be at least -90 and at most 90: '95'",
        ),
        ("lat,lon\n12.9\n", "line 2, column lon: is empty"),
        ("lat,lon\nnan,77.5\n", "line 2, column lat: must be at least -90 and at most 90: 'nan'"),
    ],
)
def test_an_invalid_file_is_refused_with_its_line_and_column(file, content, said):
    file.write_text(content)
    with pytest.raises(CommandError, match=said) as refused:
        call_command("locate", str(file), "--json")
    assert refused.value.returncode == 2


def test_the_exit_code_is_two_for_a_missing_file(tmp_path):
    command = [sys.executable, "manage.py", "locate", str(tmp_path / "none.csv"), "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={"BUILDING": "1"}
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "none.csv" in done.stderr
