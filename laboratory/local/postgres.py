"""Describes PostgreSQL as a child process on loopback, with its data in one folder."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from laboratory.local.addresses import LOOPBACK
from laboratory.local.children import Program
from laboratory.local.errors import LocalError
from laboratory.local.var_folder import write_private

USER = "swiftlogix"
# Debian does not put the server's programs on PATH.
DEBIAN_FOLDER = Path("/usr/lib/postgresql")
# A server refuses to run as root; the first of these that exists runs it then.
UNPRIVILEGED = ("postgres", "nobody")
MISSING = (
    "No PostgreSQL server found: neither pg_ctl on PATH nor /usr/lib/postgresql/*/bin/pg_ctl. Install it"
    " (Debian: apt-get install postgresql)."
)
# A restart after a power cut loses what tests have written, which nobody needs then.
WITHOUT_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Postgres:
    """Folder of a server's data, its port, and the password of its only user."""

    folder: Path
    port: int
    password: str
    is_durable: bool = True

    def make_url(self, database: str = "postgres") -> str:
        """Return the DATABASE_URL of a database of this server."""
        return f"postgres://{USER}:{quote(self.password, safe='')}@{LOOPBACK}:{self.port}/{database}"


def find_programs() -> Path:
    """Return the folder of the server's programs; raises `LocalError` that says what to install."""
    if on_path := shutil.which("pg_ctl"):
        folder = Path(on_path).resolve().parent
        if (folder / "postgres").is_file():
            return folder
    versions = [path for path in DEBIAN_FOLDER.glob("*/bin") if (path / "pg_ctl").is_file()]
    if not versions:
        raise LocalError(MISSING)
    return max(versions, key=lambda path: float(path.parent.name))


def describe_postgres(server: Postgres, log: Path) -> Program:
    """Return PostgreSQL as a program, and make its data if there is none yet.

    Started by root, it runs as an unprivileged user, who must be able to reach `server.folder`; raises
    `LocalError` otherwise.
    """
    programs = find_programs()
    server.folder.mkdir(parents=True, exist_ok=True)
    data = server.folder / "data"
    if not (data / "PG_VERSION").exists():
        _make_data(programs, server, data)
    options = (
        f"port={server.port}",
        f"listen_addresses={LOOPBACK}",
        "unix_socket_directories=",
        *(() if server.is_durable else WITHOUT_DURABILITY),
    )
    flags = [part for option in options for part in ("-c", option)]
    return Program(
        name="postgres",
        command=(*_as_unprivileged(), str(programs / "postgres"), "-D", str(data), *flags),
        environment=_environment(),
        log=log,
        folder=server.folder,
        parent_death_signal=signal.SIGINT,
        is_ready=lambda: _is_answering(programs, server.port),
        is_vital=True,
    )


def place_data(folder: Path) -> Path:
    """Return the folder of a server's data: the given one, or where root starts the server, what it links to.

    A private folder of root is closed to the user who runs the server then, so the data lie in the home of
    that user. A missing link means that the given folder is new: data of the last one are removed. Raises
    `LocalError` if that user has no home.
    """
    user = _find_unprivileged()
    if user is None:
        return folder
    home = Path(user.pw_dir)
    if not home.is_dir():
        raise LocalError(f"The user {user.pw_name} has no home for PostgreSQL's data; start it as another.")
    name = hashlib.sha256(str(folder.parent.resolve() / folder.name).encode()).hexdigest()[:12]
    there = home / f"swiftlogix-{name}"
    if not folder.is_symlink():
        shutil.rmtree(there, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(there)
    return there


def make_password() -> str:
    """Return a new password for the only user of a server."""
    return secrets.token_urlsafe(24)


def _make_data(programs: Path, server: Postgres, data: Path) -> None:
    """Make the data of a new server, whose only user has the password."""
    word = server.folder / "password"
    write_private(word, server.password)
    if owner := _find_unprivileged():
        for path in (server.folder, word):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    initdb = (str(programs / "initdb"), "-D", str(data), "-U", USER, "--pwfile", str(word))
    settings = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
    try:
        subprocess.run(  # noqa: S603 - the command is our own
            (*_as_unprivileged(), *initdb, *settings),
            check=True,
            capture_output=True,
            text=True,
            cwd=server.folder,
            env=_environment(),
        )
    except subprocess.CalledProcessError as error:
        raise LocalError(f"initdb could not make {data}:\n{error.stdout}{error.stderr}") from None
    finally:
        word.unlink()


def _is_answering(programs: Path, port: int) -> bool:
    command = (str(programs / "pg_isready"), "--quiet", "--host", LOOPBACK, "--port", str(port))
    return subprocess.run(command, check=False, env=_environment()).returncode == 0  # noqa: S603 - our own


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _find_unprivileged() -> pwd.struct_passwd | None:
    """Return the user who runs the server; None if this process is unprivileged itself."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def _as_unprivileged() -> tuple[str, ...]:
    """Return the command that runs another one as the unprivileged user; empty if this process is one."""
    user = _find_unprivileged()
    if user is None:
        return ()
    # A change of user clears the signal that a process gets when its parent ends, so it is set again.
    signals = ("--pdeathsig", "INT") if sys.platform == "linux" else ()
    groups = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return ("setpriv", *groups, *signals, "--")
