"""Pictures of the documents: one command takes each of them."""

from importlib import import_module

import pytest

from tests.house.sources import ROOT


@pytest.fixture
def take_screens(monkeypatch):
    """Import `scripts/take_screens.py`, which is run by name."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return import_module("take_screens")


def test_the_command_takes_every_picture_of_the_documents(take_screens):
    kept = {path.stem for path in (ROOT / "docs/screens").glob("*.png")}
    assert set(take_screens.LATER) | set(take_screens.AT_ONCE) == kept


def test_a_demo_that_does_not_run_is_a_clear_error(take_screens, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["take_screens.py", "--demo", "missing.json"])
    with pytest.raises(SystemExit) as ended:
        take_screens.main()
    said = capsys.readouterr().err
    assert (ended.value.code, "missing.json does not exist: does the demo run?" in said) == (2, True)
