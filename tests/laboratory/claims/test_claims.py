"""Claims of the case study: the short form of the command, and the document that it writes."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from laboratory.claims.claims import list_claims, read_kept
from laboratory.claims.document import tabulate_claims

DOCUMENT = settings.BASE_DIR / "docs" / "claims.md"


def test_every_claim_has_a_figure_a_way_and_what_only_an_account_can_show():
    claims = list_claims(read_kept())
    assert [claim.claimed for claim in claims] == [
        "1.8 s",
        "5 million",
        "5,000",
        "40 %",
        "30 %",
        "-70 %",
        "99.99 %",
    ]
    assert all(claim.measured and claim.how and claim.only_an_account for claim in claims)
    # Availability is never shown here, whatever the kills say.
    assert claims[-1].holds is None


def test_without_a_cache_the_edge_is_not_shown_and_the_row_says_how_to_install_one():
    (edge,) = (claim for claim in list_claims(None) if claim.claimed == "40 %")
    assert (edge.holds, "apt-get install" in edge.how) == (None, True)


@pytest.mark.parametrize(("fetched", "holds"), [(600, True), (601, False)])
def test_the_edge_holds_from_forty_percent_on(fetched, holds):
    edge = read_kept() | {"reads": 1_000, "fetched": fetched}
    assert list_claims(edge)[3].holds is holds


def test_the_kept_claims_are_printed_as_json():
    out = StringIO()
    call_command("claims", "--kept", "--json", stdout=out)
    assert json.loads(out.getvalue())["claims"][0]["claimed"] == "1.8 s"


def test_the_documents_table_is_that_of_the_kept_results():
    assert tabulate_claims(list_claims(read_kept())) in DOCUMENT.read_text()
