"""English texts of the customer pages that are the same for every status, by code: times, labels, notices."""

TIME: dict[str, str] = {
    "weekdays": "Mon Tue Wed Thu Fri Sat Sun",
    "weekdays.long": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    # A no-break space keeps the hour and its "am" or "pm" on one line. Other languages name the part of
    # the day.
    "clock.night": "{time}\u00a0am",
    "clock.morning": "{time}\u00a0am",
    "clock.afternoon": "{time}\u00a0pm",
    "clock.evening": "{time}\u00a0pm",
    "clock.late": "{time}\u00a0pm",
    "day": "{weekday} {day} {month}",
    "day.today": "today",
    "day.tonight": "tonight",
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
    "age.min.1": "1 min ago",
    "age.h": "{n} h ago",
    "age.h.1": "1 h ago",
    "age.day": "1 day ago",
    "age.days": "{n} days ago",
}

LIVE: dict[str, str] = {
    "title": "{h1} · SwiftLogix",
    "updated": "Updated {when}",
    "mode.live": "live",
    "mode.polling": "checked every 30 s",
    "banner.late": "Updates are delayed. This page may be out of date.",
    "banner.reconnecting": "Reconnecting. Last update {time}",
    "banner.offline": "Offline. Last update {time}",
    "copied": "Copied",
    "copy": "Copy",
    "more": "Show {n} earlier",
    "more.1": "Show 1 earlier",
}

MAP: dict[str, str] = {
    "map.done": "The parcel has covered {n} % of the way from {origin} to {destination}.",
    "near.text": "{stops} · {distance}",
    "near.door": "At your door",
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
    "page.languages": "Languages",
    "page.other": "Track another parcel",
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
    "page.private.open": "Unlock",
    "page.private.wrong": "This does not match the parcel. Please check it and try again.",
    "page.recipient": "Recipient",
    "page.phone": "Phone",
    "page.due": "To pay on delivery",
    "page.due.text": "₹{amount}",
    "page.request.waiting": "Request sent, awaiting a reply: {asked}.",
    "page.request.withdrawn": "Request withdrawn: {asked}.",
    "page.request.answered": "You asked: {asked}.",
    "page.request.early": "We had agreed on {day}, but it came earlier. We are sorry.",
    "page.request.overtaken": "Your delivery was stopped before we could answer.",
    "page.request.overtaken.delivered": "Your parcel was delivered before we could answer.",
    "request.other_day": "Another day",
    "request.of_day": "{asked}: {day}",
    "request.with_words": "{asked} (“{words}”)",
    "request.address": "The address is wrong",
    "request.note": "Your note",
    "request.not_me": "I have not received it",
    "page.proofs.photo": "Photo, {when}",
    "page.proofs.signature": "Signature, {when}",
    "page.messages": "Messages about this parcel",
    "page.messages.lead": "Choose what we send you ({names}), and see why you got a message.",
    "page.messages.open": "Message settings",
    "page.notify": "Notifications",
    "page.notify.lead": (
        "Get a notification here when your parcel is near or something changes. No app needed."
    ),
    "page.notify.on": "Turn on notifications",
    "page.notify.off": "Turn off notifications",
    "page.notify.done": "Done. You will get notifications here, about this parcel only.",
    "page.notify.denied": "Notifications are blocked in this browser. You can allow them in its settings.",
    "page.notify.failed": "That did not work. Please try again later.",
    "page.help": "Need help?",
    "page.help.sender": (
        "Contact the sender with the tracking number. They can change the delivery day or the address."
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
        "The phone number you gave the sender. You can also enter the full number. If you gave no phone "
        "number, enter the PIN code of the delivery address and the first letter of the recipient's name, "
        "such as 560034 A."
    ),
    "find.secret.missing": "Enter the last 4 digits of the phone number.",
    "find.secret.digits": "Enter the last 4 digits of the phone number, or the full number.",
    "find.secret.letter": "Add the first letter of the recipient's name to the PIN code, such as 560034 A.",
    "find.button": "Track parcel",
    "home.title": "SwiftLogix: track your parcel",
    "home.developers": "For developers",
    "home.developers.lead": (
        "Book shipments, report events, track parcels and follow every change. JSON over HTTPS."
    ),
    "home.sample": "Sample request",
    "home.docs": "API guide and reference",
    "home.schema": "OpenAPI document",
    "secret.phone": "Last 4 digits of the phone number",
    "secret.phone.hint": "The phone number given to the sender for this parcel.",
    "secret.pin": "PIN code and first letter of the name",
    "secret.pin.hint": (
        "The PIN code of the delivery address and the first letter of the recipient's name, such as 560034 A."
    ),
    "missing.pill": "Not found",
    "missing.h1": "We could not find this parcel",
    "missing.link": "The link may be incomplete. Open it again from the message.|Or find your parcel here.",
    "missing.number": (
        "These two details do not match any parcel.|Check both and try again. A parcel booked just now may "
        "take a minute to appear."
    ),
    "ended.pill": "Expired",
    "ended.h1": "This link has expired",
    "ended.lead": (
        "A link works for two weeks after the journey ends.|To know more, ask the sender for a new link."
    ),
    "limited.pill": "Please wait",
    "limited.h1": "Too many attempts",
    "limited.shipment": (
        "To keep this parcel private, we stop after 5 wrong attempts.|Please try again in 15 minutes."
    ),
    "limited.network": (
        "There were too many wrong attempts from your network.|Please try again in an hour, or on another "
        "network."
    ),
    "limited.all": "There are too many wrong attempts at the moment.|Please try again in 5 minutes.",
    "limited.requests": "You have sent 5 requests in 15 minutes.|Please wait 15 minutes.",
}

TROUBLE: dict[str, str] = {
    "trouble.400.h1": "We could not read this request",
    "trouble.400.lead": "Go back, reload the page and try again.",
    "trouble.403.h1": "You do not have access to this page",
    "trouble.403.lead": "Sign in with an account that has access, or ask the person who sent you here.",
    "trouble.csrf.h1": "This form has expired",
    "trouble.csrf.lead": "Nothing was sent. Go back, reload the page and try again.",
    "trouble.404.h1": "Page not found",
    "trouble.404.lead": "The address may be mistyped, or the page no longer exists.",
    "trouble.405.h1": "This page does not accept that request",
    "trouble.405.lead": "The address is right, but the request is not. Open the page in a browser.",
    "trouble.413.h1": "The upload is too large",
    "trouble.413.lead": "Nothing was saved. Make it smaller and try again.",
    "trouble.503.h1": "We are temporarily unavailable",
    "trouble.503.lead": "Your parcel is still on its way. Please try again in a minute.",
    "trouble.503.kept": "What you sent is kept on this page.",
    "trouble.503.again": "Send again",
    "trouble.500.h1": "Something went wrong on our side",
    "trouble.500.lead": (
        "We have recorded the error. Your parcel is still on its way. Please try again in a minute."
    ),
    "trouble.find": "Track a parcel",
}
