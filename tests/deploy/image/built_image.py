"""Image of deploy/Dockerfile as folders of this machine: its stages are carried out line by line."""

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.image.debian_root import DebianRoot, read_stages

ALLOWED = {"COPY", "RUN", "ENV", "WORKDIR", "USER", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT"}


@dataclass
class BuiltImage:
    """Result of the last stage: its root, its variables, and the command that starts a role."""

    root: DebianRoot
    environment: dict[str, str] = field(default_factory=dict)
    user: str = ""
    entrypoint: list[str] = field(default_factory=list)

    def list_role(self, role: str) -> list[str]:
        """Return the command that starts a role as the image's user, in the image's folder."""
        inner = ["/bin/sh", "-c", 'cd /app && exec "$@"', "start", *self.entrypoint, role]
        return self.root.list_user_command(inner)


def build_image(folder: Path) -> BuiltImage:
    """Build both stages under `folder`, each from a new Debian root, and return the last one."""
    first, last = read_stages()
    base = DebianRoot(folder / "base")
    base.create()
    base.take_machine_files()
    build, image = DebianRoot(folder / "build"), BuiltImage(DebianRoot(folder / "image"))
    for root in (build, image.root):
        # With device files as such: to copy one by reading it would never end.
        subprocess.run(["cp", "-a", str(base.folder), str(root.folder)], check=True)
    carry_out(first, BuiltImage(build), build)
    carry_out(last, image, build)
    image.root.forget_machine_files()
    return image


def carry_out(instructions: list[tuple[str, str]], image: BuiltImage, build: DebianRoot) -> None:
    """Carry out the instructions of one stage; raises ValueError for one that is not known here."""
    for name, rest in instructions:
        if name not in ALLOWED:
            raise ValueError(f"{name} is not carried out here")
        if name == "COPY":
            _copy(rest, image.root, build)
        elif name == "RUN":
            image.root.run(rest)
        elif name == "ENV":
            image.environment |= dict(re.findall(r"(\w+)=(\S+)", rest))
        elif name == "USER":
            image.user = rest
        elif name == "ENTRYPOINT":
            image.entrypoint = [word.strip('",') for word in shlex.split(rest.strip("[]").replace(",", " "))]


def _copy(rest: str, root: DebianRoot, build: DebianRoot) -> None:
    words = rest.split()
    if words[0] == "--from=build":
        source, target = words[1:]
        subprocess.run(
            ["cp", "-a", str(build.folder / source[1:]), str(root.folder / target[1:])], check=True
        )
    else:
        root.copy_in(words[:-1], words[-1])
