"""Tables between marks: written in their places, and refused without one."""

import pytest

from laboratory.marked_tables import make_table, write_marked

DOCUMENT = "# A\n\n<!-- x one -->\nold\n<!-- end x one -->\n\nwords\n\n<!-- x two -->\n\n<!-- end x two -->\n"


def test_a_table_is_written_between_its_marks_and_nothing_else_changes():
    tables = {"one": make_table(("a", "b"), [("1", "2")]), "two": "second"}
    written = write_marked(DOCUMENT, "x", tables)
    assert written == (
        "# A\n\n<!-- x one -->\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- end x one -->\n\nwords\n\n"
        "<!-- x two -->\n\nsecond\n\n<!-- end x two -->\n"
    )
    assert write_marked(written, "x", tables) == written


@pytest.mark.parametrize(("document", "places"), [("# A\n", 0), (DOCUMENT + DOCUMENT, 2)])
def test_a_table_without_exactly_one_place_is_refused(document, places):
    with pytest.raises(ValueError, match=f"{places} places for table one"):
        write_marked(document, "x", {"one": "table"})
