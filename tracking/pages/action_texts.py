"""English texts of what a customer can do on the page, and of the moments of a journey, by code."""

ACTION: dict[str, str] = {
    "action.title": "Need to change something?",
    "action.title.help": "What would help?",
    "action.title.delivered": "How was the delivery?",
    "action.other_day": "Choose another day",
    "action.note": "Add a delivery note",
    "action.note.delivered": "Send us a message",
    "action.neighbour": "Leave it with a neighbour",
    "action.address": "Correct the address",
    "action.not_me": "I have not received it",
    "action.day": "Which day suits you?",
    "action.words.other_day": "Anything else? (optional)",
    "action.words.note": "Your note",
    "action.words.note.delivered": "Your message",
    "action.words.neighbour": "Neighbour's name and flat",
    "action.words.address": "The right address (optional)",
    "action.words.not_me": "What happened? (optional)",
    "action.words.hint": "Leave out phone numbers: we do not pass them on.",
    "action.send": "Send request",
    "action.send.not_me": "Report it",
    "send.busy": "We are busy, trying again…",
    "send.failed": "This could not be sent. What you typed is still here: please try again.",
    "action.promise": "The delivery team gets your request and will try its best.",
    "action.missing.other_day": "Choose one of these days.",
    "action.missing.note": "Write a short note first.",
    "action.missing.neighbour": "Write the neighbour's name and flat.",
    "action.limited": "You have sent 5 requests in 15 minutes. Please wait a little and try again.",
    "action.withdraw": "Withdraw",
    "action.withdraw.named": "Withdraw: {asked}",
    "action.late": "It is too late to withdraw this request: the delivery team has already acted on it.",
    "action.late.delivered": "It is too late to withdraw this request: the parcel has been delivered.",
    "action.call": "Call us",
    "request.neighbour": "Leave it with a neighbour",
    "rating.star": "{n} of 5 stars",
    "rating.star.1": "1 of 5 stars",
    "rating.thanks": "Thank you. You gave {n} of 5 stars.",
    "unlock.lead": "Unlock this page to choose another day or to leave a note.",
    "unlock.lead.due": (
        "Unlock this page to see the amount to pay, and to choose another day or leave a note."
    ),
    "unlock.lead.delivered": "Unlock this page to rate the delivery, or to report that it is not with you.",
    "unlock.lead.photo": "Unlock this page to see the delivery photo and to rate the delivery.",
    "unlock.lead.over": "Unlock this page to see who it was meant for.",
    "limited.day": (
        "To keep this parcel private, we stop after 15 wrong attempts in a day.|Please try again tomorrow. "
        "Until then this page shows where it is."
    ),
}

# Answers to requests, by the code of the result, and by the request where a word differs.
ANSWER: dict[str, str] = {
    "answer.agreed": "Agreed: we have passed it on to the driver.",
    "answer.agreed.other_day": "Agreed: the new day is {day}.",
    "answer.agreed.not_me": "You are right: we are looking for the parcel.",
    "answer.agreed.address": "Agreed: we deliver to the address you sent.",
    "answer.rescheduled": "Your delivery moves to another day. This page shows the new day once it is set.",
    "answer.address_corrected": "The address is corrected.",
    "answer.delivered": "The parcel was delivered.",
    "answer.sent_back": "Not possible: the parcel goes back to the sender.",
    "answer.compensated": "A compensation was agreed. Please ask the sender about it.",
    "answer.false_alarm": "We have checked it: nothing had to be changed.",
    "answer.not_served": "Not possible: we do not deliver there or on that day.",
    "answer.too_late": "Not possible: it is too late to change this delivery.",
    "answer.sender_refused": "Not possible: the sender does not allow this change.",
    "answer.other": "The delivery team has closed this request. If you still need it, please ask again.",
}

MOMENT: dict[str, str] = {
    "pickup.title": "Pick it up here",
    "pickup.address": "Address",
    "pickup.hours": "Open",
    "pickup.hours.text": "{start} to {end}, {days}",
    "pickup.hours.daily": "{start} to {end}, every day",
    "pickup.until": "Kept until",
    "pickup.directions": "Get directions",
    "days.two": "{first} and {last}",
    "days.span": "{first} to {last}",
    "sender.lead": "{name} sent this parcel. For refunds, returns and what is inside, please ask them.",
    "sender.title": "Sender",
    "sender.call": "Call the sender",
    "sender.mail": "E-mail the sender",
    "h1.door": "At your door",
    "h1.stops.0": "Your stop is next",
    "h1.stops.1": "1 stop away",
    "h1.stops": "{n} stops away",
    "line.driver": "{name} is bringing it.",
    "line.late.unknown": "This page shows the new time as soon as we know it.",
    "page.privacy.locked": (
        "The recipient's name, phone number and photo stay hidden until the page is unlocked."
    ),
    "page.privacy.unlocked": (
        "Only this browser shows these details, for one day. Share the link, not a screenshot."
    ),
    "page.share": "Share this page",
    "page.calendar": "Add to calendar",
    "page.print": "Print",
    "page.shared": "Link copied",
    "calendar.title": "Parcel {number} arrives",
    "calendar.title.from": "Parcel from {name} arrives",
}
