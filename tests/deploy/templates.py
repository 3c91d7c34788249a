"""Templates of deploy/ as cfn-lint reads them, with short ways to ask about their resources."""

from typing import Any

import yaml
from django.conf import settings

FOLDER = settings.BASE_DIR / "deploy" / "templates"
NAMES = ("data", "network", "compute", "edge", "observe")
# Functions that keep their short name; all others begin with `Fn::`.
_PLAIN = ("Ref", "Condition")


class _Loader(yaml.CSafeLoader):
    """Loader of YAML that writes the short forms of CloudFormation (`!Sub`) as `Fn::Sub`.

    cfn-lint's own takes seconds to import; a test compares what the two read.
    """


def _write_out(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in _PLAIN else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _write_out)


def read_template(text: str) -> Any:
    """Return a template as plain data."""
    return yaml.load(text, _Loader)


TEMPLATES: dict[str, Any] = {name: read_template((FOLDER / f"{name}.yaml").read_text()) for name in NAMES}


def list_resources(kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Return all resources of a type in all templates as (template/name, resource)."""
    return [
        (f"{template}/{name}", resource)
        for template, content in TEMPLATES.items()
        for name, resource in content["Resources"].items()
        if resource["Type"] == kind
    ]


def find_values(tree: Any, key: str) -> list[Any]:
    """Return each value that stands under a key anywhere in a part of a template."""
    if isinstance(tree, list):
        return [value for entry in tree for value in find_values(entry, key)]
    if not isinstance(tree, dict):
        return []
    own = [tree[key]] if key in tree else []
    return own + [value for entry in tree.values() for value in find_values(entry, key)]
