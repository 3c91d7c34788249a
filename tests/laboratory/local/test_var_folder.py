"""Var folder of a demo: its lock, its secrets and its files."""

import json
import os
import re
import subprocess
import sys

import pytest

from laboratory.local.errors import AlreadyRunningError
from laboratory.local.var_folder import VarFolder, make_api_key, remove, write_json


def test_secrets_are_generated_once_and_readable_by_the_owner_only(tmp_path):
    folder = VarFolder(tmp_path)
    generated = folder.read_secrets()
    assert folder.read_secrets() == generated
    assert sorted(generated) == [
        "admin_password",
        "api_key",
        "aws_access_key",
        "ops_password",
        "postgres_password",
        "recipient_keys",
        "redis_password",
        "secret_key",
        "stream_keys",
        "tracking_token_key",
        "web_push_key",
    ]
    assert oct(folder.secrets_file.stat().st_mode & 0o777) == "0o600"


def test_only_the_owner_may_enter_the_folder_also_if_it_was_open_before(tmp_path):
    fresh, old = VarFolder(tmp_path / "fresh"), VarFolder(tmp_path / "old")
    old.path.mkdir(mode=0o755)
    fresh.read_secrets()
    os.close(old.lock())
    assert [oct(folder.path.stat().st_mode & 0o777) for folder in (fresh, old)] == ["0o700"] * 2


def test_two_folders_share_no_secret(tmp_path):
    one, other = VarFolder(tmp_path / "a").read_secrets(), VarFolder(tmp_path / "b").read_secrets()
    assert set(one.values()).isdisjoint(other.values())


def test_a_secret_added_later_leaves_the_others_as_they_are(tmp_path):
    folder = VarFolder(tmp_path)
    write_json(folder.secrets_file, {"secret_key": "kept"})
    assert folder.read_secrets()["secret_key"] == "kept"
    assert len(folder.read_secrets()) == 11


def test_an_api_key_has_the_documented_form():
    assert re.fullmatch(r"slx_live_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", make_api_key())


def test_a_folder_is_locked_by_one_demo_at_a_time(tmp_path):
    folder = VarFolder(tmp_path)
    lock = folder.lock()
    write_json(folder.demo_file, {"web": "http://127.0.0.1:8000"})
    with pytest.raises(AlreadyRunningError) as raised:
        folder.lock()
    assert str(raised.value) == (
        f"A demo is already running in {tmp_path} (http://127.0.0.1:8000)."
        " Stop it with Ctrl-C in its terminal, or start another one in another folder with --var DIR."
    )
    os.close(lock)
    os.close(folder.lock())


def test_the_lock_of_a_killed_demo_is_released(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from laboratory.local.var_folder import VarFolder;"
        f"VarFolder(Path({str(tmp_path)!r})).lock(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    os.close(VarFolder(tmp_path).lock())


def test_a_file_is_replaced_completely_and_leaves_no_temporary_file(tmp_path):
    write_json(tmp_path / "demo.json", {"web": 1})
    write_json(tmp_path / "demo.json", {"web": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]
    assert json.loads((tmp_path / "demo.json").read_text()) == {"web": 2}


def test_a_missing_file_reads_as_none(tmp_path):
    folder = VarFolder(tmp_path)
    remove(folder.demo_file)
    assert folder.read_demo() is None
