"""Rows of the lease table: the defaults of a row that only names its entry."""

from workers.leases.ports import Lease, Phase, Worker


def test_a_new_lease_is_free_and_open_and_has_no_checkpoint():
    assert Lease("scans@1", "shard#a")._asdict() == {
        "group": "scans@1",
        "entry": "shard#a",
        "owner_id": None,
        "epoch": 0,
        "heartbeat": 0,
        "checkpoint": "",
        "checkpoint_sequence": "",
        "behind_ms": 0,
        "owner_changes": 0,
        "checkpoint_arrived_at": None,
        "caught_up_at": None,
        "renewed_at": None,
        "phase": Phase.OPEN,
        "halt_reason": "",
        "parent_ids": (),
        "hash_from": "",
        "hash_to": "",
        "expires_at": None,
    }


def test_a_new_worker_holds_no_lease_and_does_not_drain():
    assert Worker("scans@1", "host:1:a")._asdict() == {
        "group": "scans@1",
        "worker_id": "host:1:a",
        "heartbeat": 0,
        "slots": 0,
        "held": 0,
        "draining": False,
        "version": "",
        "expires_at": 0,
    }
