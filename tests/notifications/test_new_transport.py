"""A new transport is a file with its texts and a row of the settings; nothing of the product names it."""

import re
import subprocess
import sys

import pytest

from tests.house.sources import PACKAGES, ROOT, find_lines, paths

FOLDER = "tests/notifications/new_transport"
RUN = ["-m", "pytest", "--ds", f"{FOLDER.replace('/', '.')}.settings", "-p", "no:cacheprovider"]
# The limit and the order of the texts are checked for every wired transport, so for the new one too.
CHECKS = [f"{FOLDER}/journey.py", "tests/notifications/test_wording.py"]


@pytest.mark.slow
def test_a_new_transport_works_from_the_booked_consent_to_the_sent_message():
    # The rows are read when the product starts, so that the new one needs a process of its own.
    done = subprocess.run(
        [sys.executable, *RUN, *CHECKS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_of_the_product_names_the_new_transport():
    product = tuple(path for path in paths() if path.split("/")[0] in PACKAGES and path.endswith(".py"))
    assert find_lines(re.compile("pigeon", re.IGNORECASE), product) == []
