"""Archives of vector tiles on this machine and in S3."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.map_ports import ArchivePart

# Parts up to this size are kept: the header, directories and most tiles; at most 16 MB a process.
KEPT_BYTES, KEPT_PARTS = 65_536, 256
_PAST_THE_END, _MISSING = "InvalidRange", ("NoSuchKey", "NoSuchBucket", "404")


def open_tile_archive(place: str) -> "LocalTileArchive | BucketTileArchive | None":
    """Return the archive at a path or an `s3://bucket/key`; None for an empty text. Nothing is read yet."""
    if not place:
        return None
    address = urlsplit(place)
    if address.scheme == "s3":
        return BucketTileArchive(address.netloc, address.path.lstrip("/"))
    return LocalTileArchive(Path(place))


class LocalTileArchive:
    """`TileArchive` in a file of this machine."""

    def __init__(self, path: Path) -> None:
        """`path` is the archive."""
        self._path = path

    def read(self, start: int, length: int) -> ArchivePart:
        """Read a part of the file. Raises `FileNotFoundError`."""
        with self._path.open("rb") as file:
            found = os.fstat(file.fileno())
            file.seek(start)
            return ArchivePart(file.read(length), found.st_size, f'"{found.st_mtime_ns:x}-{found.st_size:x}"')


class BucketTileArchive:
    """`TileArchive` in an S3 bucket. Small parts are kept, so an archive is never replaced under its name."""

    def __init__(self, bucket: str, key: str) -> None:
        """`bucket` and `key` name the object."""
        self._bucket, self._key = bucket, key
        self._read_small = lru_cache(maxsize=KEPT_PARTS)(self._fetch)

    def read(self, start: int, length: int) -> ArchivePart:
        """Read a part of the object. Raises `FileNotFoundError` and `TransientError`."""
        return self._read_small(start, length) if length <= KEPT_BYTES else self._fetch(start, length)

    def _fetch(self, start: int, length: int) -> ArchivePart:
        client = build_client("s3")
        try:
            answer = client.get_object(
                Bucket=self._bucket, Key=self._key, Range=f"bytes={start}-{start + length - 1}"
            )
            size = int(answer["ContentRange"].rpartition("/")[2])
            return ArchivePart(answer["Body"].read(), size, answer["ETag"])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _MISSING:
                raise FileNotFoundError(self._key) from error
            if code == _PAST_THE_END:
                return self._measure(client)
            raise to_domain_error(error) from error
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def _measure(self, client: Any) -> ArchivePart:
        """Return no bytes, and the size of the object."""
        try:
            head = client.head_object(Bucket=self._bucket, Key=self._key)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
        return ArchivePart(b"", head["ContentLength"], head["ETag"])
