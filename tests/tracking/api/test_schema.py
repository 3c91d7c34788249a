"""Committed document equals the served one, and the docs page works under its policy."""

import re

import msgspec
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.tracking.api.document import PATH, read_document
from tests.yaml_texts import read_yaml
from tracking.api.schema import EXAMPLES
from tracking.services.requests.bodies import EventReport, NewBooking


def test_the_committed_document_is_the_one_we_serve(client):
    response = client.get("/api/schema/")
    assert response.status_code == 200
    served = read_yaml(response.content)
    assert served == read_document(), (
        f"manage.py spectacular --file {PATH.relative_to(PATH.parents[1])} brings it up to date"
    )


def test_the_document_is_valid_openapi():
    validate_schema(SchemaGenerator().get_schema(public=True))


# Texts of reports are read leniently, and stored in the store of shipments alone.
LENIENT = {"EventReport", "EventReplacement"}


def test_every_text_of_a_body_for_the_database_says_which_characters_it_takes():
    schemas = read_document()["components"]["schemas"]
    used = _list_used(schemas, _find_bodies(read_document())) - LENIENT
    free = {name: [*_find_free_texts(schemas[name])] for name in used}
    assert len(used) > 12
    assert {name: found for name, found in free.items() if found} == {}


def _find_bodies(document):
    for path in document["paths"].values():
        for operation in path.values():
            yield operation.get("requestBody", {})


def _list_used(schemas, nodes):
    found = set()
    waiting = [*_find_refs([*nodes])]
    while waiting:
        name = waiting.pop().split("#/components/schemas/")[1]
        if name not in found:
            found.add(name)
            waiting += _find_refs(schemas[name])
    return found


def _find_free_texts(node):
    if isinstance(node, dict):
        if node.get("type") == "string" and not node.keys() & {"pattern", "enum", "format", "const"}:
            yield node
        for entry in node.values():
            yield from _find_free_texts(entry)
    elif isinstance(node, list):
        for entry in node:
            yield from _find_free_texts(entry)


def test_every_reference_in_the_document_resolves():
    schemas = read_document()["components"]["schemas"]
    named = {name.split("#/components/schemas/")[1] for name in _find_refs(read_document())}
    assert (named - set(schemas), set(schemas) - named) == (set(), set())


def test_the_examples_of_the_docs_are_valid():
    kinds = {"EventReport": EventReport, "NewBooking": NewBooking}
    assert [msgspec.convert(example, kinds[name]) for name, example in EXAMPLES.items()]


def test_the_docs_page_loads_everything_from_our_own_host(client, settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    response = client.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert (re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', page), "<script>" in page) == ([], False)
    policy = response["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy + ";"


def _find_refs(node):
    if isinstance(node, list):
        return [ref for entry in node for ref in _find_refs(entry)]
    if not isinstance(node, dict):
        return []
    found = [node["$ref"]] if "$ref" in node else []
    return found + [ref for value in node.values() for ref in _find_refs(value)]
