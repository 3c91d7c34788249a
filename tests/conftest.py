"""Fixtures for all tests: the emulator with our stack, a Redis, and memory where Redis is not asked for."""

import dataclasses
import gc
import os
import sys
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.servers.basehttp import WSGIRequestHandler
from django.test import override_settings
from playwright.sync_api import sync_playwright

from laboratory.local.addresses import find_free_port
from laboratory.local.children import Child, Program, start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.redis_server import describe_redis
from tests.browser.chromium import OPTIONS, find_chromium
from tests.browser.patience import be_patient
from tests.environment import SCRATCH
from tests.properties import load_profile
from tests.session_settings import settings_for_session
from tracking import ports
from tracking.services.reading.parcels_aboard import read_worst_parcels

load_profile()

READY_WITHIN_S = 60.0
REASON_LINES = 25
PATIENT_TIMEOUT_S = 30.0
PLAIN_STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


# The live server writes head and body of a response apart, and Nagle's algorithm would hold the body back for
# the client's delayed ACK: 40 ms a response.
WSGIRequestHandler.disable_nagle_algorithm = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests in a real browser run once more if they fail: a busy Chromium drops a message at times."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why each test that was run once more had failed; pytest names the test alone."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"rerun: {report.nodeid}")
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-REASON_LINES:]))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Look for no garbage among what was imported: there is none, and looking costs a tenth of the CPU.

    The ASGI application must not be among it: it lists static files, which `collected_static` makes later.
    """
    assert "swiftlogix.asgi" not in sys.modules, "a test imports the ASGI application before it runs"
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let what is left end with the process; to look through it takes a busy machine seconds."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix) -> None:
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    # A file and not memory: threads of a live server would lock each other out of a shared memory database.
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(SCRATCH / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Make the test database without the triggers of the audit log: tests with commits empty every table."""
    from tests.audit_triggers import drop_audit_triggers

    with django_db_blocker.unblock():
        drop_audit_triggers()


@pytest.fixture(scope="session", autouse=True)
def _memory_instead_of_redis():
    """Cache and live groups in memory; `local_redis` puts the real ones back."""
    wired = ports.ports()
    ports.wire(dataclasses.replace(wired, groups=None))
    with settings_for_session(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    ):
        yield
    ports.wire(wired)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """Hash passwords by one round: what the product's own rounds cost, hundreds of sign-ins would pay."""
    with settings_for_session(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def groups_in_memory(settings):
    """Live groups in memory, also after a test of this process has asked for `local_redis`."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture(autouse=True)
def _empty_cache():
    """No test sees what another has cached."""
    yield
    cache.clear()
    read_worst_parcels.cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Return the launch options of the installed Chromium."""
    browser = find_chromium()
    assert browser is not None, "no Chromium: run tests/browser/install_browser.py"
    return browser_type_launch_args | {"executable_path": str(browser), "args": OPTIONS}


@pytest.fixture(scope="module")
def playwright():
    """Ends with the module: while it lives, its event loop runs in the thread of the tests."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser_type(playwright):
    return playwright.chromium


@pytest.fixture(scope="module")
def browser(browser_type, browser_type_launch_args):
    """Start Chromium. Its windows wait as long as all tests: a map without a graphics card takes a minute."""
    launched = be_patient(browser_type.launch(**browser_type_launch_args))
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def browser_context_args():
    """No arguments: tests that want some make their own context."""
    return {}


@pytest.fixture(scope="session")
def collected_static() -> None:
    """Collect the static files, then load the ASGI application, which lists them once."""
    call_command("collectstatic", "--no-input", verbosity=0)
    import_module("swiftlogix.asgi")


@pytest.fixture
def plain_static():
    """Names without hashes, so that no test of a page waits for `collectstatic`."""
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": PLAIN_STATIC}):
        yield


@pytest.fixture
def files(settings):
    """Files in memory; the names of those there are in its first folder."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": memory}
    return default_storage


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory):
    """Start the emulator with the stack of deploy/templates/data.yaml; yield its address, set in settings.

    Clients of the tests themselves wait longer than the product's: a busy machine may stop the emulator for
    seconds.
    """
    from laboratory.local.stack import apply_stack
    from tracking.adapters import aws

    folder = tmp_path_factory.mktemp("aws")
    port = find_free_port()
    endpoint = f"http://127.0.0.1:{port}"
    child = _start(describe_emulator(folder, folder / "aws.log", port, settings.AWS_REGION, "test"))
    settings_there = {"AWS_ENDPOINT_URL": endpoint, "STORAGES": _storages_at(endpoint)}
    patient = pytest.MonkeyPatch()
    patient.setattr(aws, "CONNECT_TIMEOUT_S", PATIENT_TIMEOUT_S)
    patient.setattr(aws, "READ_TIMEOUT_S", PATIENT_TIMEOUT_S)
    with settings_for_session(**settings_there), _variables(AWS_ENDPOINT_URL=endpoint):
        aws.build_client.cache_clear()
        apply_stack()
        yield endpoint
    aws.build_client.cache_clear()
    patient.undo()
    child.stop()


@pytest.fixture(scope="session")
def local_redis(tmp_path_factory, _memory_instead_of_redis):
    """A Redis of its own; settings (broker, live groups, cache) point at it. Yields its address."""
    folder = tmp_path_factory.mktemp("redis")
    port = find_free_port()
    url = f"redis://:local-redis@127.0.0.1:{port}"
    child = _start(describe_redis(folder, folder / "redis.log", port, "local-redis"))
    with settings_for_session(**_redis_settings(url)), _variables(REDIS_URL=url):
        yield url
    child.stop()


def _start(program: Program) -> Child:
    child = start_child(program)
    child.wait_ready(READY_WITHIN_S)
    return child


def _storages_at(endpoint: str) -> dict[str, object]:
    """Return the product's own settings for storage, with another address."""
    from swiftlogix import settings as product

    storages = deepcopy(product.STORAGES)
    storages["default"]["OPTIONS"]["endpoint_url"] = endpoint
    return storages


def _redis_settings(url: str) -> dict[str, object]:
    """Return the product's own settings for Redis, with another address."""
    from swiftlogix import settings as product

    layers, caches = deepcopy(product.CHANNEL_LAYERS), deepcopy(product.CACHES)
    layers["default"]["CONFIG"]["hosts"] = [f"{url}/1"]
    caches["default"]["LOCATION"] = f"{url}/2"
    return {
        "REDIS_URL": url,
        "CELERY_BROKER_URL": f"{url}/0",
        "CHANNEL_LAYERS": layers,
        "CACHES": caches,
    }


@contextmanager
def _variables(**values: str):
    """Set the same addresses in the environment, for child processes."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
