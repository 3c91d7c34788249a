"""Site of Django's admin: both factors of the sign-in, writes by superusers alone, each in the audit log."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.i18n import JavaScriptCatalog

from tracking.pages.admin_changes import FormChange, read_change
from tracking.pages.admin_lists import BoundedPaginator
from tracking.pages.next_page import read_next, redirect_to_next
from tracking.pages.staff import find_signed_in
from tracking.services.requests.audit import record_administration
from tracking.services.requests.staff_accounts import find_staff

# Notes of Django's script at fields of times, by the hours between the clock of the browser and that of the
# server. The times are Indian ones wherever the reader is.
CLOCK_NOTES = ("Note: You are %s hour ahead of server time.", "Note: You are %s hour behind server time.")
CLOCK_NOTE = "Indian time"
# Names of columns in lists, filters and forms, where the name of the field is not a word of staff.
COLUMN_NAMES = {"livemode": "live", "region": "state"}
# Fields that hold the id of a record: partners and devices name it so, not by its number in the table.
PUBLIC_IDS = ("hub_id", "vehicle_id", "key_id", "partner_id")
# What is said of a value that a field cannot read, by the kind of the field.
VALID_VALUES: dict[type[forms.Field], str] = {
    forms.TimeField: "A time of the day, such as 09:30.",
    forms.IntegerField: "A whole number, such as 30.",
    forms.FloatField: "A number, such as 13.0290.",
    forms.EmailField: "An e-mail address, such as help@example.com.",
}


class AuditedAdmin(ModelAdmin):
    """Admin of a model, for superusers alone, since it knows no scope; writes are in the audit log.

    The admin of the model may name `logged_texts`: fields of text whose values the log keeps, since they are
    neither secret nor personal. Its `is_name_logged` is False where the name of a record is that of a person.
    Its list never counts a whole table.
    """

    show_full_result_count = False
    paginator = BoundedPaginator

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Return the field of a column; what it refuses says which values are valid."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        for kind, text in VALID_VALUES.items():
            if isinstance(field, kind) and "invalid" not in options.get("error_messages", {}):
                field.error_messages["invalid"] = text
        return field

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **more: Any) -> Any:
        """Render the form; the focus is on the first field with a mistake."""
        shown = context["adminform"]
        wrong = (name for name in flatten_fieldsets(shown.fieldsets) if name in shown.form.errors)
        if (name := next(wrong, None)) in shown.form.fields:
            for field in shown.form.fields.values():
                field.widget.attrs.pop("autofocus", None)
            shown.form.fields[name].widget.attrs["autofocus"] = True
        return super().render_change_form(request, context, *args, **more)

    def construct_change_message(self, request: HttpRequest, *args: Any, **more: Any) -> Any:
        """Read also the values of the fields, for the audit log."""
        form, formsets, add = (*args, *more.values(), False)[:3]
        sent = [form, *(one for formset in formsets or () for one in formset.forms if one.has_changed())]
        request.form_change = read_change(sent, getattr(self, "logged_texts", ()), add=add)
        return super().construct_change_message(request, *args, **more)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Permit superusers what the admin of the model permits."""
        return request.user.is_superuser and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Permit superusers what the admin of the model permits."""
        return request.user.is_superuser and super().has_add_permission(request, *args)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Permit superusers what the admin of the model permits."""
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Permit superusers what the admin of the model permits."""
        return request.user.is_superuser and super().has_delete_permission(request, obj)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Record the addition."""
        self._record(request, obj, "add", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Record the change with its fields, or with what a button has done."""
        self._record(request, obj, "change", message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Record each deletion."""
        for obj in queryset:
            self._record(request, obj, "delete", "")
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: Model, change: str, message: Any) -> None:
        staff = find_staff(request.user, getattr(request, "request_id", ""))
        if staff is None:
            return
        before, after, hidden = getattr(request, "form_change", None) or FormChange({}, {}, [])
        done = {"done": message} if isinstance(message, str) and message else {}
        record_administration(
            staff,
            f"{obj._meta.label_lower} {obj.pk}",  # noqa: SLF001 - documented API of models
            before={"values": before} if before else {},
            after={
                "change": change,
                "object": _name(obj) if getattr(self, "is_name_logged", True) else "",
                "values": after,
                "hidden": hidden,
            }
            | done,
        )


def _name(obj: Model) -> str:
    """Return the name of a record, with the id by which people know it if the name does not have it."""
    name = str(obj)
    ids = (field.name for field in obj._meta.fields if field.name in PUBLIC_IDS)  # noqa: SLF001 - as above
    known_as = next((str(getattr(obj, field)) for field in ids), "")
    return name if known_as in name else f"{name} ({known_as})"


class AdminTexts(JavaScriptCatalog):
    """Texts of the scripts of Django's admin, with a note of our own beside fields of times."""

    def get_catalog(self) -> dict[str, Any]:
        """Return Django's texts by their English ones, and ours."""
        return super().get_catalog() | dict.fromkeys(CLOCK_NOTES, CLOCK_NOTE)


class StaffAdminSite(AdminSite):
    """Admin site for staff whose sign-in is complete. Each request is one transaction with its entries."""

    site_header = site_title = "SwiftLogix admin"
    index_title = "Records"
    # The bar of each page leads to the console.
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Admit staff after both factors."""
        return find_signed_in(request)[0] is not None

    def login(self, request: HttpRequest, *_args: Any, **_more: Any) -> HttpResponse:
        """Redirect to the console's sign-in, which limits wrong passwords and asks for the second factor."""
        staff, sign_in_path = find_signed_in(request)
        if staff is not None:
            return redirect_to_next(request, reverse("admin:index"))
        return redirect_to_login(read_next(request) or reverse("admin:index"), sign_in_path)

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Answer with the texts of the admin's scripts."""
        return AdminTexts.as_view(packages=["django.contrib.admin"])(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT002 - Django's signature
        """Run the view in a transaction, so that a write and its entry are stored together."""
        return super().admin_view(transaction.atomic(view), cacheable)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register models with an admin that is audited, also those of other packages."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        for field in (field for model in models for field in model._meta.fields):  # noqa: SLF001 - as above
            # Migrations keep the name that the model gives.
            field.verbose_name = COLUMN_NAMES.get(field.name, field.verbose_name)
        plain = admin_class or ModelAdmin
        audited = type(plain.__name__, (AuditedAdmin, plain), {"__module__": plain.__module__})
        super().register(model_or_iterable, audited, **options)
