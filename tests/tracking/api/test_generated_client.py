"""A public generator makes a client from the document, and a program books, reports and reads with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking.api.document import PATH

pytestmark = [pytest.mark.slow]

PROGRAM = Path(__file__).parents[3] / "docs" / "examples" / "generated_client.py"
WITHIN_S = 120


@pytest.fixture
def generated(tmp_path) -> Path:
    """Generate the client into a folder of its own; return the folder to import it from."""
    tool = Path(sys.executable).with_name("openapi-python-client")
    target = tmp_path / "swift_logix_api_client"
    _run([tool, "generate", "--path", PATH, "--output-path", target, "--meta", "none"], os.environ)
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_a_generated_client_books_reports_and_reads(served, generated):
    output = _run([sys.executable, PROGRAM], served | {"PYTHONPATH": str(generated)})
    assert output == "order-77 1 picked_up contradiction future\n"


def _run(command, environment) -> str:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
