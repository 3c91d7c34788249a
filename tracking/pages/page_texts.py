"""English texts of the customer pages that are the same for every status, by code: times, labels, notices."""

TIME: dict[str, str] = {
    "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
    "weekdays.long": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    # A no-break space keeps the hour and its "am" or "pm" on one line.
    "am": "{time}\u00a0am",
    "pm": "{time}\u00a0pm",
    "day": "{weekday} {day} {month}",
    "day.today": "today",
    "day.tomorrow": "tomorrow",
    "moment": "{day}, {time}",
    "moment.today": "Today, {time}",
    "moment.yesterday": "Yesterday, {time}",
    "span": "{from} – {to}",
    "span.day": "{day}, {span}",
    "by": "by {time}",
    "by.leading": "By {time}",
    "part.morning": "In the morning",
    "part.afternoon": "In the afternoon",
    "part.evening": "In the evening",
    "likely": "most likely {time}",
    "likely.leading": "Most likely {time}",
    "join": "{one} · {other}",
    "age.now": "just now",
    "age.s": "{n} s ago",
    "age.min": "{n} min ago",
    "age.h": "{n} h ago",
    "age.day": "1 day ago",
    "age.days": "{n} days ago",
}

LIVE: dict[str, str] = {
    "title": "{h1} · SwiftLogix",
    "updated": "Updated {when}",
    "mode.live": "live",
    "mode.polling": "checked every 30 s",
    "banner.reconnecting": "Reconnecting. Last update {time}",
    "banner.offline": "Offline. Last update {time}",
    "copied": "Copied",
    "copy": "Copy",
    "more": "Show {n} earlier",
}

MAP: dict[str, str] = {
    "map.done": "The parcel has covered {n} % of the way from {origin} to {destination}.",
    "near.text": "{stops} · {distance}",
    "near.stops.0": "You are next",
    "near.stops.1": "1 stop before you",
    "near.stops": "{n} stops before you",
    "near.metres": "{n} m",
    "near.km": "{n} km",
    "near.description": (
        "The vehicle as seen from the middle of your PIN code area, north at the top: {near}."
    ),
}

PAGE: dict[str, str] = {
    "page.other": "Track another",
    "page.map": "Map",
    "page.before": "Before:",
    "page.next": "What happens next",
    "page.journey": "Journey",
    "page.details": "Details",
    "page.number": "Tracking number",
    "page.route": "Route",
    "page.route.text": "{origin} to {destination}",
    "page.promised": "Promised",
    "page.private": "For the recipient",
    "page.private.ask": "Is this your parcel?",
    "page.private.unlock": "Show details",
    "page.private.wrong": "That does not belong to this parcel. Check it and try again.",
    "page.recipient": "Goes to",
    "page.phone": "Phone",
    "page.due": "To pay at the door",
    "page.due.text": "₹{amount}",
    "page.request.waiting": "Sent, and not answered yet: {asked}.",
    "request.other_day": "Another day",
    "request.address": "The address is not right",
    "request.note": "Something else",
    "request.not_me": "It is not with me",
    "page.proofs.photo": "Photo, {when}",
    "page.proofs.signature": "Signature, {when}",
    "page.notify": "Notifications",
    "page.notify.lead": "See here when your parcel is near or something changes, without an app.",
    "page.notify.on": "Notify me on this phone",
    "page.notify.off": "Stop notifications here",
    "page.notify.done": "Done. You get notifications here, about this parcel only.",
    "page.notify.denied": "This browser does not allow our notifications. Its settings can change that.",
    "page.notify.failed": "That did not work. Please try again later.",
    "page.help": "Need help?",
    "page.help.sender": (
        "Contact the shop or person who sent it, and give the tracking number. They can change the day or "
        "the address."
    ),
    "page.help.safe": "We never ask for money, passwords or one-time codes on this page.",
    "page.privacy": "This page shows no names, phone numbers or street addresses.",
    "page.credit": "Boundaries © MapSVG (CC BY 4.0) · Cities © GeoNames (CC BY 4.0) · Natural Earth",
    "page.km": "{n} km",
    "find.h1": "Track your parcel",
    "find.lead": "Enter two details from the sender's message.",
    "find.number": "Tracking number or order number",
    "find.number.hint": "Both are in the sender's message. You can paste the tracking link instead.",
    "find.number.missing": "Enter the tracking number or the order number.",
    "find.number.phone": (
        "This looks like a phone number. Enter the tracking number or the order number here, and the phone "
        "number below."
    ),
    "find.secret": "Last 4 digits of the phone number",
    "find.secret.hint": (
        "The phone number that the sender has for you; the whole number works too. If you gave no phone "
        "number, enter the PIN code of the delivery address and the first letter of the recipient's name, "
        "such as 560034 A."
    ),
    "find.secret.missing": "Enter the last 4 digits of the phone number.",
    "find.secret.digits": "Enter the last 4 digits of the phone number, or the whole number.",
    "find.secret.letter": "Add the first letter of the recipient's name to the PIN code, such as 560034 A.",
    "find.button": "Show my parcel",
    "home.title": "SwiftLogix: track your parcel",
    "home.developers": "For developers",
    "home.developers.lead": (
        "Book shipments, report events, read where a parcel is and follow every change, by JSON over HTTPS."
    ),
    "home.sample": "Sample request",
    "home.docs": "API guide and reference",
    "home.schema": "OpenAPI document",
    "secret.phone": "Last 4 digits of the phone number",
    "secret.phone.hint": "Of the phone number the sender has for this parcel.",
    "secret.pin": "PIN code and first letter of the name",
    "secret.pin.hint": (
        "The PIN code of the delivery address and the first letter of the recipient's name, such as 560034 A."
    ),
    "missing.pill": "Not found",
    "missing.h1": "We cannot find that",
    "missing.link": (
        "A link of ours ends in 22 letters and digits. It may have been cut off: open it from the message.|"
        "Or find your parcel here."
    ),
    "missing.number": (
        "These two details do not belong together, or there is no such parcel.|"
        "Check both and try again. A parcel booked just now may take a minute to appear."
    ),
    "ended.pill": "Ended",
    "ended.h1": "This link has ended",
    "ended.lead": (
        "A link works until two weeks after the journey's end.|Need to know more? Ask the sender: they can "
        "look it up and send you a new link."
    ),
    "limited.pill": "Please wait",
    "limited.h1": "Too many tries",
    "limited.shipment": (
        "To keep this parcel private we stop after 5 wrong tries.|Please try again in 15 minutes."
    ),
    "limited.network": (
        "There were many wrong tries from your network.|Please try again in an hour, or over another network."
    ),
    "limited.all": (
        "There are many wrong tries at the moment, so we take them slowly.|Please try again in 5 minutes."
    ),
    "limited.requests": "You have asked for 5 things in 15 minutes.|Please wait 15 minutes.",
}

TROUBLE: dict[str, str] = {
    "trouble.400.h1": "We could not read that request",
    "trouble.400.lead": "Go back, load the page again and try once more.",
    "trouble.403.h1": "You may not see this page",
    "trouble.403.lead": "Sign in with an account that may, or ask the one who sent you here.",
    "trouble.csrf.h1": "The form was open too long",
    "trouble.csrf.lead": "Nothing was sent. Go back, load the page again and send it once more.",
    "trouble.404.h1": "There is no such page",
    "trouble.404.lead": "The address may be mistyped, or what was here is gone.",
    "trouble.405.h1": "This page cannot do that",
    "trouble.405.lead": "The address is right, but what was asked of it is not. Open it in a browser.",
    "trouble.413.h1": "That was too large",
    "trouble.413.lead": "Nothing was sent. Make it smaller and send it once more.",
    "trouble.503.h1": "This is not possible just now",
    "trouble.503.lead": "Your shipment travels on; please try again in a minute.",
    "trouble.500.h1": "Something broke on our side",
    "trouble.500.lead": "It has been noted. Your shipment travels on; please try again in a minute.",
    "trouble.find": "Find a shipment",
}
