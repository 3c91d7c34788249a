"""Admin pages of tracking: the series of ids that partners book under."""

from django.contrib import admin

from tracking.models import IdSeries


@admin.register(IdSeries)
class IdSeriesAdmin(admin.ModelAdmin):
    """Series of ids; a new one must not overlap another."""

    list_display = ("prefix", "partner", "livemode", "created_at")
    list_filter = ("livemode",)
    search_fields = ("=prefix", "=partner__partner_id")
    search_help_text = "A whole prefix or partner id."
    readonly_fields = ("created_at",)
    ordering = ("prefix",)
