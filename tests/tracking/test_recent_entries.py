"""Recent entries: a cache that keeps what was used last, within its size."""

from tracking.recent_entries import RecentEntries


def read_all(entries: RecentEntries[str, int], keys: str) -> dict[str, int | None]:
    return {key: entries.find(key) for key in keys}


def test_entries_are_found_by_their_key_and_others_are_not():
    entries = RecentEntries[str, int](4)
    entries.add("a", 1)
    assert read_all(entries, "ab") == {"a": 1, "b": None}


def test_an_entry_that_is_added_again_replaces_the_one_before_and_needs_no_further_room():
    entries = RecentEntries[str, int](4)
    for key, entry in (("a", 1), ("b", 2), ("a", 3), ("b", 4), ("a", 5)):
        entries.add(key, entry)
    assert read_all(entries, "ab") == {"a": 5, "b": 4}


def test_a_replaced_entry_of_the_older_generation_is_not_found_again():
    entries = RecentEntries[str, int](4)
    for key, entry in (("a", 1), ("b", 2), ("c", 3), ("a", 4)):
        entries.add(key, entry)
    assert read_all(entries, "a") == {"a": 4}


def test_the_half_that_was_used_last_always_stays():
    entries = RecentEntries[str, int](6)
    for number, key in enumerate("abcdefghij"):
        entries.add(key, number)
        assert entries.find("a") == 0
    assert read_all(entries, "aij") == {"a": 0, "i": 8, "j": 9}


def test_entries_that_are_not_used_leave_once_there_are_too_many():
    entries = RecentEntries[str, int](4)
    for number, key in enumerate("abcdefgh"):
        entries.add(key, number)
    assert read_all(entries, "abcd") == {"a": None, "b": None, "c": None, "d": None}


def test_a_removed_entry_is_gone_from_both_generations():
    entries = RecentEntries[str, int](4)
    for key, entry in (("a", 1), ("b", 2), ("c", 3), ("a", 4)):
        entries.add(key, entry)
    entries.remove("a")
    entries.remove("a")
    assert read_all(entries, "a") == {"a": None}
