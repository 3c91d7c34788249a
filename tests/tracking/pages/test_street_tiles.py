"""`GET /ops/streets.pmtiles` answers staff with parts of the archive, within limits."""

import dataclasses

import pytest
from django.contrib.auth.models import User

from tracking.adapters.tile_archives import LocalTileArchive
from tracking.domain.errors import TransientError
from tracking.map_ports import MapData
from tracking.pages.street_tiles import MAX_PART_BYTES
from tracking.ports import ports, wire

PATH = "/ops/streets.pmtiles"
CONTENT = bytes(range(256)) * 2


class Unreachable:
    def read(self, start, length):
        raise TransientError("throttled")


def use(archive):
    wire(dataclasses.replace(ports(), maps=MapData(tiles=archive)))


@pytest.fixture
def staff(client, world, db):
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def archive(tmp_path, world):
    (tmp_path / "a.pmtiles").write_bytes(CONTENT)
    use(LocalTileArchive(tmp_path / "a.pmtiles"))


def ask(client, wanted):
    return client.get(PATH, headers={"Range": wanted})


def test_staff_get_the_part_and_may_keep_it(staff, archive):
    answer = ask(staff, "bytes=10-19")
    etag = ports().maps.tiles.read(0, 1).etag
    assert (answer.status_code, answer.content) == (206, CONTENT[10:20])
    assert {name: answer[name] for name in ("Content-Range", "Cache-Control", "ETag", "Content-Type")} == {
        "Content-Range": "bytes 10-19/512",
        "Cache-Control": "private, max-age=86400",
        "ETag": etag,
        "Content-Type": "application/vnd.pmtiles",
    }


def test_a_part_ends_with_the_archive(staff, archive):
    answer = ask(staff, "bytes=500-9999")
    assert (answer.status_code, answer.content, answer["Content-Range"]) == (
        206,
        CONTENT[500:],
        "bytes 500-511/512",
    )


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "bytes=",
        "bytes=0-",
        "bytes=-5",
        "bytes=5-4",
        "bytes=512-600",
        "bytes=0-1,4-5",
        "bytes=\u0660-\u0669",
        f"bytes=0-{MAX_PART_BYTES}",
        "lines=0-9",
    ],
)
def test_any_other_range_is_refused_with_the_size(staff, archive, wanted):
    answer = ask(staff, wanted)
    assert (answer.status_code, answer.content, answer["Content-Range"]) == (416, b"", "bytes */512")


def test_without_an_archive_or_its_store_the_answer_is_a_problem(staff, world, tmp_path):
    answers = []
    for archive in (None, LocalTileArchive(tmp_path / "gone.pmtiles"), Unreachable()):
        use(archive)
        answer = ask(staff, "bytes=0-9")
        answers.append((answer.status_code, answer.json()["code"]))
    assert answers == [(404, "not_found"), (404, "not_found"), (503, "unavailable")]


def test_only_staff_read_the_archive(client, archive, db):
    assert ask(client, "bytes=0-9").status_code == 401
    client.force_login(User.objects.create(username="guest"))
    assert ask(client, "bytes=0-9").status_code == 401
