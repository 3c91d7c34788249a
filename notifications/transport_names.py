"""Names of transports for recipients, in their language."""

from notifications.domain import TransportDeclaration
from notifications.texts.catalog import TEXTS, render_text
from tracking.translation import Language


def name_transport(name: str, declared: TransportDeclaration | None, language: Language) -> str:
    """Return the name of a transport; one without a text has its label, one that is not wired its code."""
    code = f"transport.{name}"
    if code in TEXTS:
        return render_text(code, language)
    return declared.label if declared else name


def name_messages(name: str, declared: TransportDeclaration | None, language: Language) -> str:
    """Return the name of the messages that a transport sends, such as `e-mails`."""
    code = f"transport.{name}.plural"
    if code in TEXTS:
        return render_text(code, language)
    return declared.plural if declared else name
