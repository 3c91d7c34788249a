"""English texts of the page on which a recipient checks whether a message is from us, by code."""

VERIFY: dict[str, str] = {
    "verify.title": "{h1} · SwiftLogix",
    "verify.h1": "Is this message from us?",
    "verify.lead": (
        "Each of our messages has a number of 8 letters and digits, such as #K7M2Q9XB. Enter it to see what "
        "we sent."
    ),
    "verify.number": "Message number",
    "verify.hint": "Capital or small letters, with or without # and spaces.",
    "verify.button": "Check",
    "verify.again": "Check another number",
    "verify.known.pill": "From us",
    "verify.known.h1": "We sent this message",
    "verify.known.lead": (
        "Compare it with the one you received. If anything differs, the one you received is fake."
    ),
    "verify.unknown.pill": "Not from us",
    "verify.unknown.h1": "We sent no message with this number",
    "verify.unknown.lead": "Check the number once more. If it is right, the message is fake.",
    "verify.limited.pill": "Please wait",
    "verify.limited.h1": "Too many attempts",
    "verify.limited.lead": (
        "Too many wrong numbers were entered from your network. Please try again in an hour."
    ),
    "verify.what": "What it says",
    "verify.when": "Sent",
    "verify.transport": "Sent by",
    "verify.to": "To",
    "verify.language": "Language",
    "verify.erased": "No longer kept",
    "verify.safe": "How to recognise our messages",
    "verify.safe.text": (
        "We never ask for money, passwords, PINs or one-time codes, neither in a message nor on the "
        "phone.|Links in our messages begin with {site}/ and with nothing else.|A fake message may contain a"
        " real number: compare the time and the recipient too."
    ),
    "verify.forged": "If a message is fake",
    "verify.forged.text": (
        "Do not open its links, do not install anything, and do not call a number it gives.|"
        "If you have lost money or given away a code, call 1930 at once, the national cybercrime helpline, "
        "and your bank. You can also report it at cybercrime.gov.in.|"
        "If nothing is lost, report the message at sancharsaathi.gov.in (Chakshu)."
    ),
}
