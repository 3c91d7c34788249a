"""Admin pages of tracking: accounts of staff, audit log, partners, series of ids, hours of hubs."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User

from tracking.models import Hub, IdSeries, Partner, StaffAction, StaffScope

admin.site.unregister(User)


class StaffScopeInline(admin.StackedInline):
    """Hubs and partners that an account is limited to."""

    model = StaffScope
    filter_horizontal = ("hubs", "partners")


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """Accounts of staff. The groups viewer, operator and supervisor are the roles."""

    inlines = (StaffScopeInline,)


@admin.register(StaffAction)
class StaffActionAdmin(admin.ModelAdmin):
    """Read-only list of the audit log."""

    list_display = ("at", "actor", "role", "verb", "subject", "reason", "request_id")
    list_filter = ("verb", "role")
    search_fields = ("=actor", "=shipment_id", "=request_id")
    search_help_text = "A whole account, shipment or request id."
    ordering = ("-id",)
    show_full_result_count = False

    def _refuse(self, *_: Any) -> bool:
        """Refuse the permission to everyone: the audit log is append-only."""
        return False

    has_add_permission = has_change_permission = has_delete_permission = _refuse


@admin.register(Partner)
class PartnerAdmin(admin.ModelAdmin):
    """Partners with their contact address; `manage.py issue_key` creates them."""

    list_display = ("partner_id", "name", "contact_email", "created_at")
    search_fields = ("=partner_id", "name")
    fields = ("partner_id", "name", "contact_email", "created_at")
    readonly_fields = ("partner_id", "created_at")
    ordering = ("partner_id",)

    def _refuse(self, *_: Any) -> bool:
        """Refuse the permission to everyone: shipments and keys go with their partner."""
        return False

    has_add_permission = has_delete_permission = _refuse


@admin.register(IdSeries)
class IdSeriesAdmin(admin.ModelAdmin):
    """Series of ids; a new one must not overlap another."""

    list_display = ("prefix", "partner", "livemode", "created_at")
    list_filter = ("livemode",)
    search_fields = ("=prefix", "=partner__partner_id")
    search_help_text = "A whole prefix or partner id."
    readonly_fields = ("created_at",)
    ordering = ("prefix",)


@admin.register(Hub)
class HubAdmin(admin.ModelAdmin):
    """Hubs with their delivery hours, opening, cut-off and holidays; the Indian clock."""

    list_display = (
        "hub_id",
        "name",
        "delivers_from",
        "delivers_until",
        "working_days",
        "cut_off_at",
        "region",
    )
    search_fields = ("=hub_id", "name", "town")
    ordering = ("hub_id",)
