"""`/track/`: find a shipment by its number and the recipient's secret, with a limit on tries.

The answer is the same for a wrong number and for a wrong secret, so that numbers cannot be guessed.
"""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracking.models import Shipment
from tracking.pages.guessing import Limit, count_right, count_try, list_secret_limits, list_shipment_limits
from tracking.pages.links import render_limited, render_notice, set_no_store, set_private
from tracking.pages.page_secret import find_mistake, find_secret, is_right_secret
from tracking.pages.texts import render_text
from tracking.pages.unlocking import set_unlock_cookie
from tracking.services.partners.recipients import read_no_contact
from tracking.services.reading.typed_numbers import MAX_TYPED, find_bookings, make_plain
from tracking.services.requests.phones import BadAddressError, read_phone
from tracking.tokens import make_token


class FindForm(NamedTuple):
    """Texts of the form's fields as they were typed, and the error of each; an empty error is not shown."""

    number: str = ""
    secret: str = ""
    number_error: str = ""
    secret_error: str = ""
    # Whether number and secret were tried together and found nothing.
    is_refused: bool = False


# Nothing is changed and no session is read, so no CSRF token is needed; one would make each body different.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Show the form; a right pair of number and secret redirects to the shipment's page, unlocked."""
    if request.method != "POST":
        return set_private(_render_form(request, FindForm()))
    typed, secret = request.POST.get("number", "")[:MAX_TYPED], request.POST.get("secret", "")[:MAX_TYPED]
    form = read_form(typed, secret)
    # The form of what was typed says nothing of any shipment, so a mistake of form costs no try.
    if form.number_error or form.secret_error:
        return set_no_store(_render_form(request, form, status=422))
    found = find_bookings(typed)
    limits = _list_limits(found, typed, request.META.get("REMOTE_ADDR", ""))
    if refused := count_try(limits):
        return render_limited(request, refused)
    booking = _choose(found, secret)
    if booking is None:
        return _render_missing(request, form)
    count_right(limits)
    token = make_token(booking.shipment_id, booking.token_n)
    return set_unlock_cookie(set_private(redirect("customer", token=token)), token, booking)


def read_form(number: str, secret: str) -> FindForm:
    """Check the form of both fields, without a look at any shipment."""
    mistake = find_mistake(secret)
    return FindForm(
        number=number,
        secret=secret,
        number_error="" if make_plain(number) else render_text("find.number.missing"),
        secret_error=render_text(f"find.secret.{mistake}") if mistake else "",
    )


def _choose(found: list[Shipment], secret: str) -> Shipment | None:
    """Return the first booking that the secret belongs to.

    Without a booking a secret is compared too, so that the time taken does not reveal if one exists.
    """
    if not found:
        read_no_contact()
        is_right_secret(None, secret)
    return next((each for each in found if is_right_secret(find_secret(each), secret)), None)


def _list_limits(found: list[Shipment], typed: str, address: str) -> list[Limit]:
    """Return the limits of a try, which counts for each shipment that was found."""
    subjects = [each.shipment_id for each in found] or [make_plain(typed)]
    others = [limit for subject in subjects[1:] for limit in list_shipment_limits(subject)]
    return [*others, *list_secret_limits("number", subjects[0], address)]


def _render_missing(request: HttpRequest, form: FindForm) -> HttpResponse:
    """Render the form again with what was typed; it does not reveal which of both was wrong."""
    error = render_text("find.number.phone") if _is_phone(form.number) else ""
    form = form._replace(number_error=error, is_refused=True)
    return set_no_store(render_notice(request, "missing", status=404, lead="missing.number", form=form))


def _is_phone(typed: str) -> bool:
    try:
        read_phone(typed)
    except BadAddressError:
        return False
    return True


def _render_form(request: HttpRequest, form: FindForm, status: int = 200) -> HttpResponse:
    context = {
        "state": "find",
        "h1": render_text("find.h1"),
        "lead": [render_text("find.lead")],
        "has_form": True,
        "form": form,
        "secret_kind": "any",
    }
    return render(request, "tracking/find.html", context, status=status)
