"""Runs the tests that touch the database on a PostgreSQL of their own: `python -m tests.on_postgres`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from laboratory.local.errors import LocalError
from laboratory.local.postgres import Postgres, describe_postgres, make_password
from tests.touching_database import OPTION

READY_WITHIN_S = 60.0


def main() -> int:
    """Run pytest with the given arguments on a new server; return its exit code, 1 without a server."""
    parser = argparse.ArgumentParser(prog="python -m tests.on_postgres", description=__doc__)
    _, arguments = parser.parse_known_args()
    folder = Path(tempfile.mkdtemp(prefix="swiftlogix-postgres-"))
    try:
        return _run(folder, arguments)
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, arguments: list[str]) -> int:
    server = Postgres(folder, find_free_port(), make_password(), is_durable=False)
    child = start_child(describe_postgres(server, folder / "postgres.log"))
    try:
        child.wait_ready(READY_WITHIN_S)
        command = (sys.executable, "-m", "pytest", OPTION, *arguments)
        environment = os.environ | {"TEST_DATABASE_URL": server.make_url()}
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        child.stop()


if __name__ == "__main__":
    sys.exit(main())
