"""Comparison of the product's answers with the recorded golden answers, byte for byte.

`GOLDEN_RECORD=1 python -m pytest tests/golden` records them again; the diff then shows what has changed.
"""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from tests.golden.frozen import at, frozen
from tests.golden.play import play
from tests.golden.recording import read_rows, to_rows
from tests.golden.stored import list_shipments, read_others, read_shipments, read_values, write_shipments
from tests.opt_in import only_on_sqlite

# By this mark pytest-django sets up the database that the fixture `played` needs.
pytestmark = pytest.mark.django_db
ANSWERS = Path(__file__).parent / "answers"
RECORDS = os.environ.get("GOLDEN_RECORD") == "1"
FILES = [] if RECORDS else sorted(path.relative_to(ANSWERS).as_posix() for path in ANSWERS.rglob("*.*"))
# Static files have names without hashes, which would depend on their bytes; pictures are stored in memory.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Last minute of the scenario; rows that have expired by then are not read.
END = at(721)


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker) -> dict[str, str]:
    """Run the scenario once and return the product's answers by file."""
    with django_db_blocker.unblock(), override_settings(STORAGES=settings.STORAGES | STORAGES):
        files = play()
    if RECORDS:
        record(files)
    return files


def record(files: dict[str, str]) -> None:
    for path in ANSWERS.rglob("*.*"):
        path.unlink()
    for name, text in files.items():
        (ANSWERS / name).parent.mkdir(parents=True, exist_ok=True)
        (ANSWERS / name).write_text(text, encoding="utf-8")


def recorded_rows() -> list[dict]:
    return read_rows((ANSWERS / "items.json").read_text(encoding="utf-8"))


def test_the_set_of_answers_equals_the_recorded_one(played):
    recorded = {path.relative_to(ANSWERS).as_posix() for path in ANSWERS.rglob("*.*")}
    assert set(played) == recorded


@only_on_sqlite("the recorded answers contain row ids; PostgreSQL leaves out those of refused inserts")
@pytest.mark.parametrize("name", FILES)
def test_each_answer_equals_the_recorded_one(played, name):
    assert played[name] == (ANSWERS / name).read_text(encoding="utf-8")


def test_recorded_items_are_read_as_the_recorded_values(played):
    rows = recorded_rows()
    with frozen(END):
        values = {"shipments": read_values(rows), "others": read_others(rows)}
    assert json.loads(json.dumps(values)) == json.loads((ANSWERS / "values.json").read_text(encoding="utf-8"))


def test_items_from_before_the_reason_code_are_read_as_the_values_that_they_have_always_had(played):
    """These items are never recorded again: an older release wrote them."""
    folder = ANSWERS.parent
    old = json.loads((folder / "old_items.json").read_text(encoding="utf-8"))
    with frozen(END):
        values = json.loads(json.dumps(read_values(old)))
    assert values == json.loads((folder / "old_values.json").read_text(encoding="utf-8"))


def test_recorded_items_are_unchanged_after_a_read_and_a_write(played):
    shipments = set(list_shipments(recorded_rows()))
    rows = [
        row
        for row in recorded_rows()
        if row.get("shipment_id", {}).get("S") in shipments and "stream" not in row
    ]
    # Early enough that no row has expired.
    with frozen(at(-30 * 1440)):
        written = write_shipments(read_shipments(rows))
    assert json.loads(to_rows(written)) == json.loads(to_rows(rows))
