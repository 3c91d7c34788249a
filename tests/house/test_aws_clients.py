"""One place makes the clients of AWS: one region, one endpoint, one rule for retries."""

import ast

from tests.house.sources import Module, import_names, modules

THE_ONE_PLACE = "tracking/adapters/aws.py"
# The stack of the embedded default is made before there is anything to adapt; the simulator knows the
# product from outside only.
MAKE_THEIR_OWN = ("swiftlogix/local/", "swiftlogix/simulator/outlet.py")
MAKERS = {"client", "resource", "Session", "create_client", "get_session"}


def test_only_one_module_makes_clients_of_aws() -> None:
    makers = {
        module.path
        for module in modules()
        if import_names(module) & {"boto3", "botocore"}
        and _makes_clients(module)
        and not module.path.startswith(MAKE_THEIR_OWN)
    }
    assert makers <= {THE_ONE_PLACE}


def test_only_adapters_ask_for_a_client() -> None:
    askers = {
        module.path
        for module in modules()
        if "build_client(" in module.text
        and "/adapters/" not in module.path
        and "/transports/" not in module.path
    }
    assert askers == set()


def _makes_clients(module: Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS
        for node in ast.walk(module.tree)
    )
