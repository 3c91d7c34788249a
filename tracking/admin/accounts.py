"""Admin of accounts: staff with roles and scope, devices for one-time codes, sign-ins that are locked."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django_otp.plugins.otp_totp.admin import TOTPDeviceAdmin
from django_otp.plugins.otp_totp.models import TOTPDevice

from tracking.models import StaffScope
from tracking.pages.admin_lists import ExactSearch
from tracking.services.requests.roles import ROLE_TEXTS, Role
from tracking.services.requests.staff_accounts import find_role, is_active_staff

admin.site.unregister([User, Group])
if admin.site.is_registered(TOTPDevice):
    admin.site.unregister(TOTPDevice)
ROLES = [role.group for role in Role]
ROLE_LINES = [
    "The highest role that is ticked counts; without one the account sees nothing.",
    *(f"{role.group.capitalize()}: {text}." for role, text in ROLE_TEXTS.items()),
]
NO_ROLE = "This account has no role yet: it can sign in, and sees nothing. Choose its role below."


class StaffScopeInline(admin.StackedInline):
    """Hubs and partners that an account is limited to."""

    model = StaffScope
    verbose_name_plural = "scope"
    can_delete = False
    autocomplete_fields = ("hubs", "partners")


@admin.register(User)
class StaffUserAdmin(UserAdmin):
    """Accounts of staff. The groups viewer, operator and supervisor are the roles."""

    inlines = (StaffScopeInline,)
    add_fieldsets = (
        (
            None,
            {
                "fields": ("username", "usable_password", "password1", "password2"),
                "description": "The next page asks for the role. Without one the account sees nothing.",
            },
        ),
    )
    is_name_logged = False
    logged_texts = ("username",)
    list_display = ("username", "roles", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username__exact", "email__exact", "first_name", "last_name")
    search_help_text = "A whole user name or e-mail address, or a part of a name."
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Role", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Return the accounts with their groups, read in one query."""
        return super().get_queryset(request).prefetch_related("groups")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **more: Any) -> Any:
        """Warn of an account that may sign in and has no role."""
        user = more.get("obj")
        if user is not None and is_active_staff(user) and find_role(user) is None:
            messages.warning(request, NO_ROLE)
        return super().render_change_form(request, context, *args, **more)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:
        """Store the account; a new one may sign in, since only staff have accounts."""
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)

    @admin.display(description="Role")
    def roles(self, user: User) -> str:
        """Return the names of the account's roles; without one it sees nothing."""
        names = {group.name for group in user.groups.all()}
        return ", ".join(name for name in ROLES if name in names) or "–"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles as boxes to tick."""
        if db_field.name == "groups":
            roles = Group.objects.filter(name__in=ROLES)
            kwargs |= {"queryset": roles, "widget": forms.CheckboxSelectMultiple}
            kwargs["help_text"] = format_html_join(mark_safe("<br>"), "{}", [(line,) for line in ROLE_LINES])
            return db_field.formfield(**kwargs | {"label": "Roles"})
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ReadOnly(admin.ModelAdmin):
    """Rows that nobody changes by hand."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse it to everyone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse it to everyone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse it to everyone."""
        return False


@admin.register(Group)
class RoleAdmin(ReadOnly, GroupAdmin):
    """Roles. A role is found by its name, so no group is changed by hand."""

    fields = ("name",)


@admin.register(TOTPDevice)
class DeviceAdmin(TOTPDeviceAdmin):
    """Devices for one-time codes. Removing one ends the sessions that it has verified."""

    raw_id_fields = ()
    is_name_logged = False
    autocomplete_fields = ("user",)
    list_filter = ("confirmed",)
    search_fields = ("user__username__exact",)
    search_help_text = "A whole user name."


@admin.register(AccessAttempt)
class LockedSignInAdmin(ExactSearch, ReadOnly):
    """Wrong passwords by account and address. Deleting a row unlocks the sign-in at once."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start")
    fields = (*list_display, "user_agent", "path_info")
    search_fields = ("username", "ip_address")
    search_help_text = "A whole user name or address."
    ordering = ("-id",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Permit it: a row is the only thing that keeps the sign-in locked."""
        return True


@admin.register(AccessLog)
class SignInAdmin(ExactSearch, ReadOnly):
    """Sign-ins that succeeded."""

    list_display = ("attempt_time", "username", "ip_address", "logout_time")
    fields = (*list_display, "user_agent", "path_info")
    search_fields = ("username", "ip_address")
    search_help_text = "A whole user name or address."
    ordering = ("-id",)
