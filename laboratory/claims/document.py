"""Tables of `docs/claims.md`: each number beside what was measured, and the offload by viewing."""

from collections.abc import Sequence

from laboratory.claims.claims import SEED, VANS, Claim
from laboratory.claims.edge_replay import POLICY
from laboratory.claims.looks import Viewing, count_fetches, make_looks, simulate_changes
from laboratory.marked_tables import make_table, write_marked

ANSWERS = {True: "yes", False: "**no**", None: "not shown"}
RELOADS = (0.0, 0.5, 1.0, 1.5, 3.0)


def write_tables(document: str, claims: Sequence[Claim]) -> str:
    """Return the document with its tables made anew. Raises `ValueError` if a table has no place in it."""
    return write_marked(document, "claims", {"all": tabulate_claims(claims), "viewing": _tabulate_viewing()})


def tabulate_claims(claims: Sequence[Claim]) -> str:
    """Return the claims as a table."""
    heads = ("what", "claimed", "measured", "holds", "how", "only an account can show")
    return make_table(
        heads,
        [
            (one.name, one.claimed, one.measured, ANSWERS[one.holds], one.how, one.only_an_account)
            for one in claims
        ],
    )


def _tabulate_viewing() -> str:
    changes, rows = simulate_changes(VANS, SEED), []
    for reloads in RELOADS:
        looks = make_looks(changes, Viewing(reloads=reloads), SEED)
        offload = 1 - count_fetches(looks, POLICY) / len(looks)
        rows.append((f"{reloads:g}", f"{len(looks):,}", f"{offload:.0%}"))
    return make_table(("looks again, times", "reads", "answered by the edge"), rows)
