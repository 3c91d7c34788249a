"""One module creates the AWS clients: one region, one endpoint, one retry policy."""

import ast

from tests.house.sources import Module, import_names, modules

CLIENT_FACTORY = "tracking/adapters/aws.py"
# The simulator uses the product only from outside, so it has its own client of the stream.
# Peers of the benches use plain boto3, which is measured beside the product.
OWN_CLIENTS = {
    "laboratory/simulator/stream_sink.py",
    "laboratory/bench/peers/plain.py",
    "laboratory/bench/peers/starlette_reads.py",
}
# The embedded default creates its tables and queues with the same clients that use them.
MAY_BUILD_CLIENTS = (
    "/adapters/",
    "/transports/",
    "laboratory/local/",
    "laboratory/bench/recovery_environment.py",
    "laboratory/bench/handled_records.py",
    "laboratory/bench/stored_tables.py",
)
CONSTRUCTORS = {"client", "resource", "Session", "create_client", "get_session"}


def test_only_one_module_creates_aws_clients() -> None:
    creators = {
        module.path
        for module in modules()
        if import_names(module) & {"boto3", "botocore"}
        and _creates_clients(module)
        and module.path not in OWN_CLIENTS
    }
    assert creators <= {CLIENT_FACTORY}


def test_only_adapters_and_the_embedded_default_build_a_client() -> None:
    callers = {
        module.path
        for module in modules()
        if "build_client(" in module.text and not any(part in module.path for part in MAY_BUILD_CLIENTS)
    }
    assert callers == set()


def _creates_clients(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CONSTRUCTORS
        for node in ast.walk(module.tree)
    )
