"""English texts of e-mails around the fact, by code: button, details and footer."""

EMAILS: dict[str, str] = {
    "email.button": "Follow your parcel",
    "email.shipment": "Shipment",
    "email.code": "Message number",
    "email.check": "Is this message from us? Check its number",
    "email.safe": "We never ask for money, passwords or one-time codes.",
    "email.times": "All times are Indian time (IST).",
    "email.why": "Why did I get this?",
    "email.preferences": "Choose your messages",
    "email.stop": "Stop these e-mails",
}
