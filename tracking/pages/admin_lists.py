"""Lists of the admin on tables of any size: rows are counted up to a limit, and found by indexes."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

# Rows that a list counts and leads to by page numbers; a search finds those behind them.
COUNTED_AT_MOST = 1000


class BoundedPaginator(Paginator):
    """Paginator that counts at most `COUNTED_AT_MOST` rows, so that a large table is never read whole."""

    @cached_property
    def count(self) -> int:
        """Number of rows, at most the limit."""
        return min(self._counted, COUNTED_AT_MOST)

    @property
    def has_uncounted(self) -> bool:
        """True if there are more rows than are counted."""
        return self._counted > COUNTED_AT_MOST

    @cached_property
    def _counted(self) -> int:
        rows: QuerySet[Any] | list[Any] = self.object_list
        if isinstance(rows, QuerySet):
            # Without an order, the database may stop at the limit.
            return rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
        return len(rows[: COUNTED_AT_MOST + 1])


class ExactSearch(ModelAdmin):
    """List with a search for whole values of indexed columns: an index gives the rows and their order.

    `search_fields` names columns of the table. `search_related` names relations, each with the column by
    which its row is found. The first that finds a row counts.
    """

    search_related: Mapping[str, str] = {}
    # Another order than that of the key would sort the whole table.
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows that a whole value names; all rows for an empty one."""
        term = search_term.strip()
        if not term:
            return queryset, False
        for name in self.search_fields:
            rows = queryset.filter(**{name: term})
            if rows.order_by().exists():
                return rows, False
        named = {
            relation: self._find_related(relation, column, term)
            for relation, column in self.search_related.items()
        }
        found = next(((relation, pk) for relation, pk in named.items() if pk is not None), None)
        return (queryset.none() if found is None else queryset.filter(**{f"{found[0]}_id": found[1]})), False

    def _find_related(self, relation: str, column: str, term: str) -> int | None:
        rows = self.opts.get_field(relation).related_model.objects.filter(**{column: term})
        return rows.values_list("pk", flat=True).first()
