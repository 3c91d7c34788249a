"""What the server alone says on the customer's pages, by code; the browser's scripts need none of it."""

from django.utils.translation import gettext_noop as _

PAGE = {
    "page.other": _("Track another"),
    "page.map": _("Map"),
    "page.before": _("Before:"),
    "page.next": _("What happens next"),
    "page.journey": _("Journey"),
    "page.details": _("Details"),
    "page.number": _("Tracking number"),
    "page.route": _("Route"),
    "page.route.text": _("{origin} to {destination}"),
    "page.promised": _("Promised"),
    "page.private": _("For the recipient"),
    "page.private.locked": _("Whom it goes to, who sends it, and what is due."),
    "page.private.proofs": _("There are pictures of how it was handed over."),
    "page.private.ask": _("Is it yours?"),
    "page.private.unlock": _("Show me"),
    "page.private.wrong": _("That does not belong to this parcel. Check it and try again."),
    "page.recipient": _("Goes to"),
    "page.phone": _("Phone"),
    "page.sender": _("Sent by"),
    "page.due": _("To pay at the door"),
    "page.due.text": _("₹{amount}"),
    "page.wish": _("Ask for something"),
    "page.wish.kind": _("What"),
    "page.wish.words": _("In your words"),
    "page.wish.hint": _("It goes to the people who handle your parcel. It is passed on, not promised."),
    "page.wish.button": _("Pass it on"),
    "page.wish.waiting": _("Passed on and not answered yet: {asked}."),
    "wish.other_day": _("Another day"),
    "wish.address": _("The address is not right"),
    "wish.note": _("Something else"),
    "wish.not_me": _("It is not with me"),
    "page.rating": _("How was it?"),
    "page.rating.button": _("Rate"),
    "page.rating.kept": _("You gave {n} of 5."),
    "page.proofs.photo": _("Photo, {when}"),
    "page.proofs.signature": _("Signature, {when}"),
    "page.help": _("Need help?"),
    "page.help.sender": _(
        "Ask the shop or person who sent it, with the tracking number at hand. They can change the day or "
        "the address."
    ),
    "page.help.safe": _("We never ask for money, passwords or one-time codes on this page."),
    "page.privacy": _("This page shows no names, phone numbers or street addresses."),
    "page.credit": _("Boundaries © MapSVG (CC BY 4.0) · Cities © GeoNames (CC BY 4.0) · Natural Earth"),
    "page.km": _("{n} km"),
    "find.h1": _("Track your parcel"),
    "find.lead": _("Two things from the sender's message, and you see where it is."),
    "find.number": _("Tracking number"),
    "find.number.hint": _("It stands in the message from the sender."),
    "find.secret": _("PIN code or phone"),
    "find.secret.hint": _(
        "The PIN code of the delivery address, or the last 4 digits of the phone number the sender has."
    ),
    "find.button": _("Show my parcel"),
    "missing.pill": _("Not found"),
    "missing.h1": _("We cannot find that"),
    "missing.link": _(
        "A link of ours ends in 22 letters and digits. It may have been cut off: open it from the message.|"
        "Or find your parcel here."
    ),
    "missing.number": _(
        "The number and the PIN code or phone do not belong together, or there is no such parcel.|"
        "Check both and try again. A parcel booked a moment ago may take a minute to show."
    ),
    "ended.pill": _("Ended"),
    "ended.h1": _("This link has ended"),
    "ended.lead": _(
        "A link works until two weeks after the journey's end.|Need to know more? Ask the sender: they can "
        "look it up and send you a new link."
    ),
    "limited.pill": _("Please wait"),
    "limited.h1": _("Too many tries"),
    "limited.lead": _(
        "To keep parcels private we stop after 5 tries.|Please try again in 15 minutes, or open the link in "
        "the sender's message."
    ),
}
