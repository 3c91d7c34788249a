"""English words are found in texts, in what is read aloud, in titles and in the texts of scripts."""

from tests.english import find_english


def test_words_are_found_wherever_a_reader_sees_or_hears_them():
    page = (
        "<html><head><title>one</title></head><body><p class='hidden'>two</p>"
        '<button aria-label="three" data-on="four">हाँ</button>'
        '<script id="texts" type="application/json">{"copy": "five", "ages": [[10, "six"]]}</script></body>'
    )
    assert find_english(page) == ["two", "three", "four", "one", "five", "six"]


def test_names_code_placeholders_and_places_on_maps_are_no_english():
    page = "<p>SwiftLogix, Mysuru Hub, {time}, 560034 A</p><code>curl</code><svg><text>Kochi</text></svg>"
    assert find_english(page, ["Mysuru Hub"]) == []
