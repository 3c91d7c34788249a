"""Adds the option `--touching-database` to pytest: run only tests that use the relational database."""

import pytest

OPTION = "--touching-database"
FIXTURES = frozenset({"db", "transactional_db"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="run only tests that use the relational database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what does not ask for the database, by its mark or by a fixture."""
    if not config.getoption(OPTION):
        return
    left_out = [item for item in items if not _touches(item)]
    items[:] = [item for item in items if _touches(item)]
    config.hook.pytest_deselected(items=left_out)


def _touches(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not FIXTURES.isdisjoint(fixtures)
