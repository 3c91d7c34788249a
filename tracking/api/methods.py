"""Methods of views that only show something."""

from collections.abc import Callable

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponse]


def read_only(view: View) -> View:
    """Restrict a view to GET and HEAD. Others get 405; nothing is changed, so no form token is asked for."""
    exempt: View = csrf_exempt(require_safe(view))
    return exempt
