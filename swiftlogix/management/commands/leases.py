"""`manage.py leases`: list the leases of shards and queues; resume a halted shard."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workers.leases.ports import Lease, LeaseGroup
from workers.ports import ports
from workers.runtime import make_queue_workload

HEAD = ("entry", "phase", "owner", "epoch", "behind ms", "checkpoint")


class Command(BaseCommand):
    """Lists leases, and resumes halted shards."""

    help = "Leases of shards and queues: list, resume."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions `list` and `resume`, with their arguments."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="every lease and every worker")
        listing.add_argument("--json", action="store_true", help="one JSON object and nothing else")
        resuming = actions.add_parser("resume", help="let a halted shard be read again, from its checkpoint")
        resuming.add_argument("shard_id")
        resuming.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Run the action."""
        {"list": self._list, "resume": self._resume}[options["action"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        groups = [_read_stream(), *map(ports().leases.read_group, make_queue_workload().list_groups())]
        leases = [lease for group in groups for lease in group.leases]
        workers = [worker for group in groups for worker in group.workers]
        if options["json"]:
            listing = {
                "leases": [_to_json(lease) for lease in leases],
                "workers": [worker._asdict() for worker in workers],
            }
            self.stdout.write(json.dumps(listing))
            return
        self._write_table([HEAD, *map(_to_row, leases)])
        for worker in workers:
            leaving = ", leaving" if worker.draining else ""
            self.stdout.write(f"worker {worker.worker_id}: holds {worker.held} of {worker.slots}{leaving}")

    def _write_table(self, rows: list[tuple[str, ...]]) -> None:
        """Print rows as columns as wide as their widest cell; the first row is the head."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())

    def _resume(self, options: dict[str, Any]) -> None:
        shard_id = options["shard_id"].removeprefix("shard#")
        found = [lease for lease in _read_stream().leases if lease.entry == f"shard#{shard_id}"]
        if not found:
            raise CommandError(f"There is no lease on {shard_id}.")
        if not ports().leases.resume(found[0]):
            raise CommandError(f"{shard_id} is not halted; its phase is {found[0].phase}.")
        reason = found[0].halt_reason
        if options["json"]:
            self.stdout.write(json.dumps({"shard_id": shard_id, "phase": "open", "was_halted_for": reason}))
        else:
            self.stdout.write(f"{shard_id} is open again; it was halted for: {reason}")


def _read_stream() -> LeaseGroup:
    return ports().leases.read_group(ports().stream.incarnation())


def _to_row(lease: Lease) -> tuple[str, ...]:
    name = lease.entry if lease.entry.startswith("shard#") else f"{lease.group}/{lease.entry}"
    phase = f"{lease.phase} ({lease.halt_reason})" if lease.halt_reason else str(lease.phase)
    behind = str(lease.behind_ms) if lease.owner_id else "-"
    return (name, phase, lease.owner_id or "-", str(lease.epoch), behind, lease.checkpoint_sequence or "-")


def _to_json(lease: Lease) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in lease._asdict().items()
    }
