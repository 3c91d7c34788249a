"""Tables of docs/scaling.md are those of the model and of the kept simulations."""

import json
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from laboratory.cost.idle import read_counted
from laboratory.cost.prices import read_prices
from laboratory.cost.report import CostModel
from laboratory.scaling.arithmetic import (
    FACTORS,
    LEASE_ROW_BYTES,
    PARTITION_READS,
    count_lease_reads,
    find_largest_stream,
    work_out_needs,
)
from laboratory.scaling.document import write_tables
from laboratory.scaling.simulations import read_kept
from tracking.adapters.items import Item
from workers.adapters.lease_rows import lease_item
from workers.leases.ports import Lease

DOCUMENT = settings.BASE_DIR / "docs" / "scaling.md"
MODEL = CostModel(read_prices(), read_counted())


def test_the_documents_tables_are_what_the_command_writes():
    written = DOCUMENT.read_text()
    assert write_tables(written, MODEL, read_kept()) == written


def test_a_document_without_a_place_for_a_table_is_refused(tmp_path):
    file = tmp_path / "other.md"
    file.write_text("# Nothing\n")
    with pytest.raises(CommandError, match="0 places for table needs") as refused:
        call_command("scaling", "--document", str(file))
    assert refused.value.returncode == 2


def test_the_command_prints_the_simulations_of_at_most_so_many_shards(capsys):
    call_command("scaling", "--most-shards", "10")
    printed = json.loads(capsys.readouterr().out)
    assert {row["shards"] for rows in printed.values() for row in rows} == {10}


def test_a_larger_load_needs_no_less_of_anything():
    needs = [work_out_needs(MODEL, factor) for factor in FACTORS]
    assert [one.shards for one in needs] == [10, 100, 1_000, 10_000]
    for smaller, larger in pairwise(needs):
        assert all(more >= less for less, more in zip(smaller, larger, strict=True))


def test_the_largest_stream_is_the_last_one_whose_leases_fit_into_a_partition():
    largest = find_largest_stream()
    assert count_lease_reads(largest) <= PARTITION_READS < count_lease_reads(largest + 1)


def test_a_row_of_a_lease_is_about_as_large_as_the_arithmetic_says():
    lease = Lease(
        "swiftlogix-production-scans@1767225600",
        "shard#shardId-000000000000",
        "ip-10-20-48-11.ap-south-1.compute.internal:1:0123abcd",
        checkpoint="0" * 64 + ".000000",
        checkpoint_sequence="4" * 56,
        checkpoint_arrived_at=None,
        hash_from="1" * 38,
        hash_to="3" * 39,
    )
    moments = 3 * len("checkpoint_arrived_at2026-11-29T12:00:00.123456+00:00")
    assert _count_bytes(lease_item(lease)) + moments == pytest.approx(LEASE_ROW_BYTES, rel=0.15)


def _count_bytes(item: Item) -> int:
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())
