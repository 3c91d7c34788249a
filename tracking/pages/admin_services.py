"""Admin of models that services write: refusals at the fields, buttons, secrets that are shown once."""

from typing import Any, NamedTuple, TypeVar

import msgspec
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from tracking.api.bodies import read_body
from tracking.domain.errors import TransientError
from tracking.models import Partner
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import Mistake, RefusedError, RequestRefusedError
from tracking.services.requests.staff_accounts import PREFIX

Kind = TypeVar("Kind")
REFUSALS = (RequestRefusedError, RefusedError, TransientError)
UNREACHABLE = "A store cannot be reached. Nothing was changed; try again in a minute."
# Fields that no form sends; a refusal without a place stands above the form.
ABOVE = None


class Button(NamedTuple):
    """Button below a record: the method that it calls, and what is said when it is done.

    A button with a `question` asks it first. `ends_row` is true if the record does not exist afterwards.
    """

    method: str
    label: str
    done: str
    question: str = ""
    ends_row: bool = False

    @property
    def field(self) -> str:
        """Name of the button in the form."""
        return f"_{self.method}"


class Secret(NamedTuple):
    """Secret in clear, and what it belongs to. It is stored nowhere in this form."""

    label: str
    value: str


def as_caller(request: HttpRequest, partner: Partner, *, livemode: bool) -> Caller:
    """Return the caller of a partner's services for which the signed-in account acts."""
    return Caller(partner, livemode, f"{PREFIX}{request.user.pk}")


def read_as(kind: type[Kind], given: dict[str, Any]) -> Kind:
    """Return the values of a form as the body of the API. Raises `RequestRefusedError`, as the API does."""
    return read_body(msgspec.json.encode(given), kind)


def list_errors(refusal: Exception) -> list[tuple[str | None, str]]:
    """Return the errors of a refusal, each with the name of its field, or None."""
    if isinstance(refusal, RequestRefusedError):
        return [(_name_field(mistake), mistake.detail) for mistake in refusal.mistakes]
    return [(ABOVE, refusal.detail if isinstance(refusal, RefusedError) else UNREACHABLE)]


def _name_field(mistake: Mistake) -> str:
    return mistake.pointer.strip("/").partition("/")[0]


class RefusingAdmin(ModelAdmin):
    """Admin that shows what a service refuses at the fields of the form. A refused write changes nothing."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save the form; if a service refuses, show the form again with the reasons."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except REFUSALS as refusal:
            request.refusal = refusal
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[ModelForm]:
        """Return the form, which is not valid once a service has refused its values."""
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        def clean(self: Any) -> Any:
            for field, text in list_errors(refusal):
                self.add_error(field if field in self.fields else ABOVE, text)
            return self.cleaned_data

        return type(form.__name__, (form,), {"clean": clean})


class ServiceAdmin(RefusingAdmin):
    """Admin whose every write is a call of a service, with the rules of the API.

    A subclass has `add_row()`, and `change_row()` if a row has fields that can be changed.
    """

    change_form_template = "admin/service_change_form.html"
    buttons: tuple[Button, ...] = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse the deletion of Django, which reads all that belongs to a row; a button calls a service."""
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Call the service, and take over the row that it has stored."""
        given = dict(form.cleaned_data)
        stored = self.change_row(request, obj, given) if change else self.add_row(request, given)
        obj.pk = stored.pk
        obj.refresh_from_db()
        obj._state.adding = False  # noqa: SLF001 - documented API of models

    def add_row(self, request: HttpRequest, given: dict[str, Any]) -> Model:
        """Create a row by its service."""
        raise PermissionDenied

    def change_row(self, request: HttpRequest, obj: Model, given: dict[str, Any]) -> Model:
        """Change a row by its service."""
        raise PermissionDenied

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save the form, or do what the pressed button stands for."""
        object_id = kwargs.get("object_id", args[0] if args else None)
        pressed = next((button for button in self.buttons if button.field in request.POST), None)
        if object_id is None or pressed is None:
            return super().changeform_view(request, *args, **kwargs)
        if not self.has_change_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if pressed.question and "confirmed" not in request.POST:
            return self._ask(request, obj, pressed)
        return self._press(request, obj, pressed)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **more: Any) -> HttpResponse:
        """Render the form with the buttons of the row, and with "Save" only if it has a field to change."""
        obj = more.get("obj")
        if obj is not None:
            context["buttons"] = self.get_buttons(obj) if self.has_change_permission(request, obj) else ()
            if not context["adminform"].form.fields:
                context |= dict.fromkeys(
                    ("show_save", "show_save_and_continue", "show_save_and_add_another"), False
                )
        return super().render_change_form(request, context, **more)

    def get_buttons(self, obj: Model) -> tuple[Button, ...]:
        """Return the buttons that a row has in its present state."""
        return self.buttons

    def response_add(
        self, request: HttpRequest, obj: Model, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret of the new row, if it has one."""
        secret = getattr(request, "secret", None)
        if secret is not None:
            return self.show_secret(request, obj, secret)
        return super().response_add(request, obj, post_url_continue)

    def show_secret(self, request: HttpRequest, obj: Model, secret: Secret) -> HttpResponse:
        """Answer with the secret itself: it is in no message and no session, and no cache may store it."""
        context = self._describe(obj) | {"title": f"new {secret.label}", "secret": secret}
        response = TemplateResponse(request, "admin/secret.html", self._complete(request, context))
        response["Cache-Control"] = "no-store"
        return response

    def _press(self, request: HttpRequest, obj: Model, button: Button) -> HttpResponse:
        try:
            with transaction.atomic():
                secret = getattr(self, button.method)(request, obj)
                if button.ends_row:
                    self.log_deletions(request, [obj])
                else:
                    self.log_change(request, obj, button.done)
        except REFUSALS as refusal:
            for _, text in list_errors(refusal):
                self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.path)
        if isinstance(secret, Secret):
            return self.show_secret(request, obj, secret)
        self.message_user(request, f"{obj}: {button.done}", messages.SUCCESS)
        return HttpResponseRedirect(self._list_path() if button.ends_row else request.path)

    def _ask(self, request: HttpRequest, obj: Model, button: Button) -> HttpResponse:
        context = self._describe(obj) | {"title": button.label, "button": button}
        return TemplateResponse(request, "admin/question.html", self._complete(request, context))

    def _describe(self, obj: Model) -> dict[str, Any]:
        return {"opts": self.opts, "original": obj, "list_path": self._list_path()}

    def _complete(self, request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), **context}

    def _list_path(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
