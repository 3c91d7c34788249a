"""Settings: variables, the example file, and required secrets."""

import ast
import re
import subprocess
import sys

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
MODULES = ("swiftlogix/settings.py", "swiftlogix/transport_rows.py")
LINE = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def variables_read() -> list[str]:
    """Return the names passed to `env.<type>(...)` or `_required(...)` in the modules of the settings."""
    trees = [ast.parse((ROOT / path).read_text()) for path in MODULES]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and _reads_environment(node.func)]
    named = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    return sorted(set(named))


def _reads_environment(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return isinstance(function.value, ast.Name) and function.value.id == "env"
    return isinstance(function, ast.Name) and function.id == "_required"


def test_the_example_lists_every_variable_and_no_other():
    assert sorted(LINE.findall((ROOT / ".env.example").read_text())) == variables_read()


def test_each_variable_of_the_example_has_a_comment_before_it():
    lines = (ROOT / ".env.example").read_text().splitlines()
    before = {LINE.match(line)[1]: lines[place - 1] for place, line in enumerate(lines) if LINE.match(line)}
    assert [name for name, line in before.items() if not re.fullmatch(r"# [A-Z].*\.", line)] == []


@pytest.mark.parametrize("missing", ["SECRET_KEY", "TRACKING_TOKEN_KEY", "RECIPIENT_KEYS", "STREAM_KEYS"])
def test_a_missing_secret_stops_the_start_with_its_name(missing):
    given = {"SECRET_KEY": "a", "TRACKING_TOKEN_KEY": "b", "RECIPIENT_KEYS": "c", "STREAM_KEYS": "d"}
    del given[missing]
    answer = subprocess.run(
        [sys.executable, "-c", "import swiftlogix.settings"],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, f"Set the {missing} environment variable" in answer.stderr) == (1, True)


@pytest.mark.parametrize("networks", ["10.0.0.1/8", "proxy.example", "10.0.0.0/8,*"])
def test_a_proxy_that_is_no_network_stops_the_start_with_its_variable(networks):
    answer = subprocess.run(
        [sys.executable, "-c", "import swiftlogix.settings"],
        cwd=ROOT,
        env={"BUILDING": "1", "TRUSTED_PROXIES": networks},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, "ImproperlyConfigured: TRUSTED_PROXIES: " in answer.stderr) == (1, True)


def test_building_needs_no_secret():
    answer = subprocess.run(
        [sys.executable, "-c", "import swiftlogix.settings"], cwd=ROOT, env={"BUILDING": "1"}, check=False
    )
    assert answer.returncode == 0


def test_threads_of_the_web_role_keep_a_checked_database_connection_unless_the_url_says_otherwise():
    shown = (
        "from swiftlogix.settings import DATABASES; kept = DATABASES['default'];"
        "print(kept['CONN_MAX_AGE'], kept['CONN_HEALTH_CHECKS'])"
    )
    for url, kept in (("", "600 True"), ("postgres://u:p@db/name?conn_max_age=5", "5 True")):
        answer = subprocess.run(
            [sys.executable, "-c", shown],
            cwd=ROOT,
            env={"BUILDING": "1", "ROLE": "web", "DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.strip() == kept


def test_an_unknown_way_of_emails_stops_the_start():
    answer = subprocess.run(
        [sys.executable, "-c", "import swiftlogix.settings"],
        cwd=ROOT,
        env={"BUILDING": "1", "NOTIFICATIONS_EMAIL": "pigeon"},
        capture_output=True,
        text=True,
        check=False,
    )
    refused = "ImproperlyConfigured: NOTIFICATIONS_EMAIL is sns or smtp, not 'pigeon'"
    assert (answer.returncode, refused in answer.stderr) == (1, True)
