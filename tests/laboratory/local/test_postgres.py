"""PostgreSQL as a child process: addresses it listens on, its password, its data, and no server at all."""

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from laboratory.local import postgres
from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from laboratory.local.errors import LocalError
from laboratory.local.postgres import Postgres, describe_postgres, find_programs
from tests.laboratory.local.sockets import listening_addresses
from tests.opt_in import only_with_a_postgres_server
from tests.waiting import PATIENCE_S


@pytest.fixture
def folder():
    """A folder that an unprivileged user can reach, as pytest's own cannot."""
    made = Path(tempfile.mkdtemp(prefix="swiftlogix-postgres-"))
    yield made
    shutil.rmtree(made)


def run(folder: Path, *statements: str) -> list[tuple]:
    """Start the server, execute the statements and stop it; return the rows of the last one."""
    server = Postgres(folder, find_free_port(), 'pass "word"/')
    child = start_child(describe_postgres(server, folder / "postgres.log"))
    try:
        child.wait_ready(PATIENCE_S)
        assert listening_addresses([child.pid]) == {("127.0.0.1", server.port)}
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(Postgres(folder, server.port, "other").make_url())
        with psycopg.connect(server.make_url()) as connection:
            for statement in statements[:-1]:
                connection.execute(statement)
            rows = connection.execute(statements[-1]).fetchall()
    finally:
        child.stop()
    assert child.exit_code == 0
    assert "word" not in " ".join(child.program.command)
    return rows


@only_with_a_postgres_server()
@pytest.mark.slow
def test_the_server_listens_on_loopback_asks_for_its_password_and_keeps_its_data(folder):
    run(folder, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('yes') RETURNING word")
    assert run(folder, "SELECT word FROM kept") == [("yes",)]


def test_without_a_server_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "DEBIAN_FOLDER", tmp_path)
    with pytest.raises(LocalError, match=r"\(Debian: apt-get install postgresql\)"):
        find_programs()


def test_the_newest_of_debians_versions_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "DEBIAN_FOLDER", tmp_path)
    for version in ("9.6", "15", "16"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "pg_ctl").touch()
    assert find_programs() == tmp_path / "16" / "bin"
