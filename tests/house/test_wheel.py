"""Content of the wheel: every file of the product, including the places of India, and no laboratory."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.house.sources import PACKAGES, ROOT, SOURCES, paths

BUILD = ["-m", "pip", "wheel", ".", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]


@pytest.mark.slow
def test_the_wheel_contains_every_file_of_the_four_packages(tmp_path):
    sources = [path for path in paths() if path.split("/")[0] in SOURCES]
    for path in [*sources, "pyproject.toml", "README.md"]:
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "tree" / path)
    tree = [path for path in sources if path.split("/")[0] in PACKAGES]
    wheels = tmp_path / "wheels"
    subprocess.run([sys.executable, *BUILD, str(wheels)], cwd=tmp_path / "tree", check=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert set(tree) - names == set()
    assert [name for name in names if name.startswith("laboratory/")] == []
    assert "workers/places/india.npz" in tree
