"""One place makes the clients of AWS: one region, one endpoint, one rule for retries."""

import ast

from tests.house.sources import Module, import_names, modules

THE_ONE_PLACE = "tracking/adapters/aws.py"
# It knows the product from outside only, so it brings its own way to the stream.
# The benches' peers call boto3 as it comes, to be measured beside us.
MAKE_THEIR_OWN = {"laboratory/simulator/stream_sink.py", "laboratory/bench/peers/plain.py"}
# The embedded default makes the stack with the same clients that use it.
ASK_FOR_ONE = (
    "/adapters/",
    "/transports/",
    "laboratory/local/",
    "laboratory/bench/recovery_environment.py",
    "laboratory/bench/handled_records.py",
)
MAKERS = {"client", "resource", "Session", "create_client", "get_session"}


def test_only_one_module_makes_clients_of_aws() -> None:
    makers = {
        module.path
        for module in modules()
        if import_names(module) & {"boto3", "botocore"}
        and _makes_clients(module)
        and module.path not in MAKE_THEIR_OWN
    }
    assert makers <= {THE_ONE_PLACE}


def test_only_adapters_and_the_embedded_default_ask_for_a_client() -> None:
    askers = {
        module.path
        for module in modules()
        if "build_client(" in module.text and not any(part in module.path for part in ASK_FOR_ONE)
    }
    assert askers == set()


def _makes_clients(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS
        for node in ast.walk(module.tree)
    )
