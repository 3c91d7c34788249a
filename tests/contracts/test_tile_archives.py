"""Contract of `TileArchive`, in a file and in a bucket of the emulator."""

import pytest
from django.conf import settings

from tests.environment import NOWHERE
from tracking.adapters.aws import build_client
from tracking.adapters.tile_archives import BucketTileArchive, LocalTileArchive, open_tile_archive
from tracking.domain.errors import TransientError

pytestmark = pytest.mark.slow
CONTENT = bytes(range(256)) * 400


@pytest.fixture(params=["file", "bucket"])
def place(request, tmp_path):
    """Return a function that gives the address of an archive by its name; one of them exists."""
    if request.param == "file":
        (tmp_path / "here.pmtiles").write_bytes(CONTENT)
        return lambda name: str(tmp_path / name)
    request.getfixturevalue("local_aws")
    bucket = settings.AWS_NAMES["bucket"]
    build_client("s3").put_object(Bucket=bucket, Key="maps/here.pmtiles", Body=CONTENT)
    return lambda name: f"s3://{bucket}/maps/{name}"


@pytest.mark.parametrize(
    ("start", "length"), [(0, 127), (255, 2), (0, 70_000), (len(CONTENT) - 5, 5), (len(CONTENT) - 5, 900)]
)
def test_a_part_has_its_bytes_and_the_size_of_the_archive(place, start, length):
    archive = open_tile_archive(place("here.pmtiles"))
    part = archive.read(start, length)
    assert (part.content, part.size) == (CONTENT[start : start + length], len(CONTENT))
    # The same for every part, so that a reader notices another archive.
    assert {archive.read(at, 1).etag for at in (0, 9)} == {part.etag}


def test_behind_the_end_there_is_no_byte(place):
    part = open_tile_archive(place("here.pmtiles")).read(len(CONTENT), 10)
    assert (part.content, part.size) == (b"", len(CONTENT))


def test_an_archive_that_does_not_exist_is_not_found(place):
    with pytest.raises(FileNotFoundError):
        open_tile_archive(place("elsewhere.pmtiles")).read(0, 10)


def test_a_bucket_that_cannot_be_reached_is_a_transient_error(settings):
    settings.AWS_ENDPOINT_URL = f"http://{NOWHERE}"
    build_client.cache_clear()
    with pytest.raises(TransientError):
        BucketTileArchive("files", "india.pmtiles").read(0, 10)
    build_client.cache_clear()


def test_the_setting_names_a_file_or_an_object_or_nothing():
    opened = [
        open_tile_archive(place) for place in ("", "maps/india.pmtiles", "s3://files/maps/india.pmtiles")
    ]
    assert [type(archive) for archive in opened] == [type(None), LocalTileArchive, BucketTileArchive]
