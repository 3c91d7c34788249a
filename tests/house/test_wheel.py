"""The wheel of the product carries all that the product reads, the places of India among it."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.house.sources import PACKAGES, ROOT, paths

BUILD = ["-m", "pip", "wheel", ".", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir"]


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_four_packages(tmp_path):
    tree = [path for path in paths() if path.split("/")[0] in PACKAGES]
    for path in [*tree, "pyproject.toml", "README.md"]:
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / "tree" / path)
    wheels = tmp_path / "wheels"
    subprocess.run([sys.executable, *BUILD, str(wheels)], cwd=tmp_path / "tree", check=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        assert set(tree) - set(held.namelist()) == set()
    assert "workers/places/india.npz" in tree
