"""English texts of the pages on messages, by code: choices, the end of messages, the reason of one."""

TRANSPORTS: dict[str, str] = {
    "transport.sms": "SMS",
    "transport.sms.plural": "SMS messages",
    "transport.email": "E-mail",
    "transport.email.plural": "e-mails",
    "transport.webpush": "Browser notification",
    "transport.webpush.plural": "browser notifications",
    "transport.whatsapp": "WhatsApp",
    "transport.whatsapp.plural": "WhatsApp messages",
    "transport.to": "to {address}",
    "transport.with_address": "{transport} to {address}",
}

PREFERENCES: dict[str, str] = {
    "preferences.h1": "Your messages",
    "preferences.parcel": "Back to the parcel",
    "preferences.lead": (
        "Choose what we send you, and how. What you change here applies to all your parcels, from every "
        "sender. What you leave as it is follows what each sender told us about your consent."
    ),
    "preferences.saved": "Saved.",
    "preferences.stopped": "We have stopped all messages to you.",
    "preferences.started": "Messages to you have started again.",
    "preferences.start.lead": "If you start them again, your earlier choices apply to new messages.",
    "preferences.start.button": "Start messages again",
    "preferences.wrong": (
        "Enter both times of your quiet hours, such as 21:00 and 08:00. Nothing was saved."
    ),
    "preferences.language": "Language",
    "preferences.language.sender": "Chosen by the sender",
    "preferences.quiet": "Quiet hours",
    "preferences.quiet.from": "From",
    "preferences.quiet.until": "Until",
    "preferences.quiet.held": "These wait until the quiet hours end: {names}.",
    "preferences.quiet.urgent": "Sent all the same, since they need you: {names}.",
    "preferences.quiet.silent": "Sent at any hour: {names}.",
    "preferences.quiet.none": "For no quiet hours, set both times the same.",
    "preferences.save": "Save",
    "preferences.messages": "Messages about this parcel",
    "preferences.messages.why": "Why did I get this message?",
    "preferences.messages.unsent": "not sent, {at}",
    "preferences.messages.none": "No message about this parcel was sent to you. These were not sent:",
    "preferences.messages.nothing": (
        "No message about this parcel was sent to you yet: nothing has happened that we send a message about."
    ),
    "preferences.stop": "Stop everything",
    "preferences.stop.lead": "You will get no messages at all, not even when a parcel is at your door.",
    "preferences.stop.button": "Stop all messages",
}

STOP: dict[str, str] = {
    "stop.h1": "Stop {transport}?",
    "stop.lead": "You will get no more {transport}, from any sender.",
    "stop.lead.to": "No more {transport} will be sent to {address}, for any sender.",
    "stop.button": "Stop {transport}",
    "stop.done": "Stopped",
    "stop.start": "Start {transport} again",
    "stop.started": "Started again",
    "stop.started.lead": "You will get {transport} again, from every sender.",
    "stop.choose": "Choose your messages",
}

WHY: dict[str, str] = {
    "why.sent.h1": "Why did I get this?",
    "why.not_sent.h1": "Why was nothing sent?",
    "why.what": "What happened",
    "why.occurred": "When",
    "why.parcel": "Parcel",
    "why.sent": "Sent",
    "why.decided": "Decided",
    "why.due": "Waiting until",
    "why.transport": "Sent by",
    "why.repeats": "Repeats",
    "why.repeats.text": "{n}. Nothing more was sent.",
    "why.times": "Times are in Indian Standard Time (IST).",
    "why.less": "Too many messages?",
    "basis.choice": "You chose to get messages this way.",
    "basis.booking": "The sender says that you agreed to get messages this way.",
}

# Rules by which the triggers are sent, in plain words; the same rules as those of `decisions`.
RULES: dict[str, str] = {
    "rule.created": "We send a message when a sender books a parcel for you.",
    "rule.picked_up": "We send a message when we have picked up your parcel.",
    "rule.out_for_delivery": "We send a message when your parcel goes out for delivery, at any hour.",
    "rule.arriving": "We send a message when the vehicle is close to you, at any hour.",
    "rule.delayed": "We send one message for each delay of your parcel.",
    "rule.attempt_failed": "We send a message when we could not deliver your parcel, at any hour.",
    "rule.available_for_pickup": "We send a message when your parcel is ready for pickup.",
    "rule.pickup_reminder": "We send a reminder if your parcel is not picked up within a day.",
    "rule.delivered": "We send a message when your parcel is delivered.",
    "rule.on_hold": "We send a message when your parcel is on hold and needs your help.",
    "rule.exception": "We send a message when your parcel is held up and needs your help.",
    "rule.returning": "We send a message when your parcel is going back to the sender.",
    "rule.returned": "We send a message when your parcel is back with the sender.",
}

# Why nothing was sent, or not yet: a sentence for the recipient. `notifications.reasons` has the codes.
REASONS: dict[str, str] = {
    "reason.test_mode": "This is a test shipment, so nothing was sent.",
    "reason.shadow": "We are testing a new system on the vehicle of this parcel, so nothing was sent.",
    "reason.duplicate": "This update was a repeat, so nothing more was sent.",
    "reason.not_first": "You already had this update, so it was not sent again.",
    "reason.transport_disabled": "This update is sent this way only if you choose it.",
    "reason.late_event": "This update reached us too late to be useful to you.",
    "reason.superseded": "This update was no longer true when it could be sent, so it was not sent.",
    "reason.quiet_hours": "It is waiting for the end of your quiet hours, so that it does not disturb you.",
    "reason.reminder": "A reminder, in case the parcel is not picked up.",
    "reason.opted_out": "You have stopped these messages.",
    "reason.no_consent": "You had not agreed to get messages this way.",
    "reason.invalid_address": "We have no valid phone number or e-mail address for you.",
    "reason.not_mobile": "The phone number is not a mobile number.",
    "reason.no_template_language": "This update is not available in your language.",
    "reason.no_dlt_template": "The text is not registered with the telecom operators yet.",
    "reason.budget": "You had already received enough messages about this parcel that day.",
    "reason.over_budget": "The sender had used up the messages for that day.",
    "reason.spend_cap": "Only the most important messages were sent at that time.",
    "reason.rate_limited": "Too many messages went to this address within an hour.",
    "reason.refused": "The provider refused the message.",
    "reason.unreadable": "A fault on our side stopped the message.",
    "reason.unreachable": "The message is on its way. The first attempt did not succeed.",
}
