"""Services take their ports as arguments; only entry points fetch the adapters that are wired."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import Module, modules


def test_no_service_fetches_its_ports() -> None:
    services = [*modules("tracking/services"), *_services_of_notifications()]
    assert len(services) > 30
    assert [place for module in services for place in _find_fetches(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from tracking.ports import TrackingPorts, ports",
        "from tracking.ports import ports as tracking_ports",
        "import tracking.ports\ndef read():\n    return tracking.ports.ports().store",
        "from tracking import ports\nstore = ports.ports().store",
        "def read(ports):\n    return ports().store",
    ],
)
def test_every_way_to_fetch_the_ports_is_found(text: str) -> None:
    assert list(_find_fetches(Module("service.py", text, ast.parse(text)))) != []


@pytest.mark.parametrize(
    "text",
    [
        "from tracking.ports import ShipmentStore, TrackingPorts",
        "def read(ports):\n    return ports.store.read_state('123')",
    ],
)
def test_a_service_that_takes_its_ports_as_an_argument_is_accepted(text: str) -> None:
    assert list(_find_fetches(Module("service.py", text, ast.parse(text)))) == []


def _services_of_notifications() -> list[Module]:
    return [module for module in modules("notifications") if module.path == "notifications/services.py"]


def _find_fetches(module: Module) -> Iterator[str]:
    """List the places (`path:line`) where a module imports or calls `ports()`."""
    for node in ast.walk(module.tree):
        if _imports_ports(node) or _calls_ports(node):
            yield f"{module.path}:{node.lineno}"  # type: ignore[attr-defined]


def _imports_ports(node: ast.AST) -> bool:
    is_of_ports = isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".ports")
    return is_of_ports and any(alias.name == "ports" for alias in node.names)


def _calls_ports(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    return name == "ports"
