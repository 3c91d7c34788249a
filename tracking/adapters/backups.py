"""Backups of AWS: a table as it was, restored under another name, and objects as they were at a moment."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from tracking.adapters.aws import AWS_ERRORS, build_client, to_domain_error
from tracking.domain.errors import TransientError

PAUSE_S = 5.0
# A restore takes from minutes to hours, by the size of the table.
PATIENCE_S = 4 * 3600.0


class ObjectVersion(NamedTuple):
    """Version of an object in the bucket."""

    key: str
    version: str


class TableBackups:
    """Point-in-time recovery of DynamoDB. Methods raise `TransientError` or `PermanentError`."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._client, self._pause_s = build_client("dynamodb"), pause_s

    def restore(self, source: str, target: str, moment: datetime | None = None) -> None:
        """Make the table `target` of what `source` held at the moment (None: the newest), and wait for it."""
        when = {"UseLatestRestorableTime": True} if moment is None else {"RestoreDateTime": moment}
        try:
            self._client.restore_table_to_point_in_time(
                SourceTableName=source, TargetTableName=target, **when
            )
            self._wait(target)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def drop(self, target: str) -> None:
        """Delete a restored table."""
        try:
            self._client.delete_table(TableName=target)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def _wait(self, table: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self._client.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
            if time.monotonic() > deadline:
                raise TransientError(f"{table} is not restored after {PATIENCE_S / 3600:.0f} hours")
            time.sleep(self._pause_s)


class ObjectBackups:
    """Versions of the objects in a bucket. Methods raise `TransientError` or `PermanentError`."""

    def __init__(self, bucket: str) -> None:
        self._client, self._bucket = build_client("s3"), bucket

    def list_at(self, moment: datetime) -> Iterator[ObjectVersion]:
        """Yield the version that each object had at the moment, without objects that were deleted then."""
        newest: dict[str, dict[str, Any]] = {}
        for entry in self._list_all():
            known = newest.get(entry["Key"])
            if entry["LastModified"] <= moment and (
                not known or entry["LastModified"] >= known["LastModified"]
            ):
                newest[entry["Key"]] = entry
        # A mark of deletion has no ETag.
        kept = (entry for _, entry in sorted(newest.items()) if "ETag" in entry)
        return (ObjectVersion(entry["Key"], entry["VersionId"]) for entry in kept)

    def read(self, version: ObjectVersion) -> bytes:
        """Return the bytes of a version."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=version.key, VersionId=version.version)
            return bytes(answer["Body"].read())
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def read_newest(self, key: str) -> bytes | None:
        """Return the bytes of an object as it is now; None if it is deleted."""
        try:
            return bytes(self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        except self._client.exceptions.NoSuchKey:
            return None
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def put_back(self, version: ObjectVersion) -> None:
        """Make a version the newest one of its object again."""
        source = {"Bucket": self._bucket, "Key": version.key, "VersionId": version.version}
        try:
            self._client.copy_object(Bucket=self._bucket, Key=version.key, CopySource=source)
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error

    def _list_all(self) -> Iterator[dict[str, Any]]:
        """Yield all versions and marks of deletion; of one time, the newest version comes last."""
        try:
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket):
                yield from reversed([*page.get("DeleteMarkers", []), *page.get("Versions", [])])
        except AWS_ERRORS as error:
            raise to_domain_error(error) from error
