"""Image without an engine: the steps of deploy/Dockerfile, run in a new Debian root under `chroot`."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

DOCKERFILE = settings.BASE_DIR / "deploy" / "Dockerfile"
SUITE = "bookworm"
USER = 10001
# Where Debian's and Python's packages are found is the machine's affair, as it is an engine's.
PASSED_ON = ("PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
MACHINE_FILES = (
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/debian.sources",
    "/etc/apt/auth.conf.d",
    "/etc/apt/keyrings",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
)
# The authorities that this machine trusts; Debian's package of them would replace a file in its usual place.
MACHINE_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
AUTHORITIES = "/machine-authorities.crt"
_BUILDING = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


class DebianRoot:
    """Root folder of a Debian system, in which commands run as root or as the user of the image."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make the root as the base image has it: Debian's essential packages and nothing else."""
        sources = [name for name in MACHINE_FILES[:2] if Path(name).is_file()]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", SUITE, str(self.folder), *sources]
        subprocess.run(command, check=True, capture_output=True, text=True)

    def take_machine_files(self) -> None:
        """Copy what says where packages are found on this machine, and whom it trusts."""
        shutil.copy(MACHINE_AUTHORITIES, self.folder / AUTHORITIES[1:])
        for name in MACHINE_FILES:
            source, target = Path(name), self.folder / name[1:]
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source.resolve(), target)

    def copy_in(self, sources: Sequence[str], target: str) -> None:
        """Copy files and folders of the repository, as COPY of a Dockerfile does."""
        for name in sources:
            source = settings.BASE_DIR / name
            into = self.folder / target.lstrip("/")
            if source.is_dir():
                shutil.copytree(
                    source, into, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
                )
            else:
                into = into / source.name if target.endswith("/") else into
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into)

    def run(self, command: str) -> None:
        """Run a build step as root; fail with its output if it fails."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment = _BUILDING | passed | {"PIP_CERT": AUTHORITIES}
        shell = ["/usr/sbin/chroot", str(self.folder), "/bin/sh", "-c", command]
        done = subprocess.run(shell, check=False, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"

    def list_user_command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs arguments as the user of the image, without any capability."""
        return ["/usr/sbin/chroot", f"--userspec={USER}:{USER}", str(self.folder), *arguments]

    def forget_machine_files(self) -> None:
        """Delete what was copied for building, so that it is not counted as part of the image."""
        (self.folder / AUTHORITIES[1:]).unlink()

    def measure_bytes(self) -> int:
        """Return the bytes of all files of the root, each inode once."""
        seen: dict[int, int] = {}
        for path in self.folder.rglob("*"):
            about = path.lstat()
            seen[about.st_ino] = about.st_blocks * 512
        return sum(seen.values())


def read_stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage of the Dockerfile as (name, rest), without FROM."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    stages: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, rest = line.split(None, 1)
        if name == "FROM":
            stages.append([])
        else:
            stages[-1].append((name, rest))
    return stages
