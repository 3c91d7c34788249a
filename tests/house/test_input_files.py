"""Files that people give to commands are read at one place."""

from tests.house.sources import modules

# They read tables that are part of the release, or write a table.
OWN_TABLES = {
    "laboratory/basemap/layers.py",
    "laboratory/gazetteer/names.py",
    "laboratory/simulator/legs.py",
    "tracking/pages/map_names.py",
}


def test_only_the_reader_of_input_files_reads_csv():
    users = {module.path for module in modules() if "\nimport csv\n" in module.text}
    assert users == OWN_TABLES | {"tracking/csv_files.py"}
