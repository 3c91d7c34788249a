"""Guide on the page of the API: up to date with `docs/api.md`."""

import subprocess
import sys

from tests.house.sources import ROOT


def test_the_guide_on_the_page_is_up_to_date():
    script = ROOT / "scripts" / "render_guide.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
