"""Templates of deploy/ as read by cfn-lint, with short ways to ask about their resources."""

from typing import Any

from cfnlint.decode import decode
from django.conf import settings

FOLDER = settings.BASE_DIR / "deploy" / "templates"
NAMES = ("data", "network", "compute", "edge", "observe")
TEMPLATES: dict[str, Any] = {name: decode(str(FOLDER / f"{name}.yaml"))[0] for name in NAMES}


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
