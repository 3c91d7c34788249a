"""English texts of the first card of the customer page and of what happens next, by code.

A code may end in a substatus (`line.attempt_failed.not_home`). A `|` separates the sentences of a list.
"""

PILL: dict[str, str] = {
    "pill.unknown": "Waiting for the first scan",
    "pill.expired": "No recent scan",
    "pill.created": "Booked",
    "pill.picked_up": "Picked up",
    "pill.in_transit": "On the way",
    "pill.on_hold": "On hold",
    "pill.exception": "Needs attention",
    "pill.out_for_delivery": "Out for delivery",
    "pill.attempt_failed": "Not delivered yet",
    "pill.available_for_pickup": "Ready for pickup",
    "pill.returning": "Going back",
    "pill.lost": "Lost",
    "pill.delivered": "Delivered",
    "pill.returned": "Returned",
    "pill.cancelled": "Cancelled",
    "pill.delayed": "Delayed",
}

HEAD: dict[str, str] = {
    "h1.unknown": "Waiting for the first scan",
    "h1.created": "Booked",
    "h1.promise": "With you by {day}",
    "h1.promise.today": "With you today",
    "h1.arriving": "Arriving {day}",
    "h1.arriving.by": "Arriving by {day}",
    "h1.arriving.span": "Arriving {day} {span}",
    "h1.in_transit": "On the way",
    "h1.picked_up": "Picked up",
    "h1.out_for_delivery": "Out for delivery",
    "h1.delayed": "Now arriving {day}",
    "h1.delayed.by": "Now arriving by {day}",
    "h1.attempt_failed": "We could not deliver",
    "h1.available_for_pickup": "Ready for pickup",
    "h1.available_for_pickup.at": "Ready at {place}",
    "h1.on_hold": "On hold",
    "h1.on_hold.at": "On hold at {place}",
    "h1.on_hold.in": "On hold in {place}",
    "h1.exception": "Something went wrong",
    "h1.exception.at": "Something went wrong at {place}",
    "h1.exception.in": "Something went wrong in {place}",
    "h1.expired": "No scan for a while",
    "h1.expired.days": "No scan for {n} days",
    "h1.delivered": "Delivered",
    "h1.delivered.time": "Delivered {day} {time}",
    "h1.delivered.day": "Delivered {day}",
    "h1.returning": "Going back to the sender",
    "h1.returned": "Back with the sender",
    "h1.cancelled": "Cancelled",
    "h1.lost": "We lost your parcel",
}

LINES: dict[str, str] = {
    "sure.high": "We are confident about this time.",
    "sure.medium": "A good estimate. It gets sharper on the way.",
    "sure.low": "An early estimate. It gets sharper on the way.",
    "line.review": "We are checking this.",
    "line.closed": "We deliver from {start} to {end}.",
    "line.overdue": "We expected it by {time}. It is taking longer.",
    "line.created": "The sender is packing.",
    "line.created.pickup_scheduled": "Packed. We are coming to fetch it from the sender.",
    "line.created.pickup_failed": "The sender was not ready for us. We will come again.",
    "line.unknown": "We know this number, but nobody has scanned the parcel yet.",
    "line.in_transit": "A time follows as soon as we can tell.",
    "line.picked_up": "A time follows as soon as we can tell.",
    "line.out_for_delivery": "It is on the vehicle and comes today.",
    "line.delayed.eta": "The road is taking longer than planned.",
    "line.delayed.promise": "It has not come when we promised. We are on it.",
    "line.delayed.reported": "The driver has told us about a delay.",
    "line.attempt_failed": "The delivery did not work out.",
    "line.attempt_failed.not_home": "Nobody was at home.",
    "line.attempt_failed.address_incomplete": "The address is not complete.",
    "line.attempt_failed.address_not_found": "We could not find the address.",
    "line.attempt_failed.premises_closed": "The place was closed.",
    "line.attempt_failed.refused": "The parcel was not accepted.",
    "line.attempt_failed.cod_not_ready": "The amount to pay was not ready.",
    "line.attempt_failed.otp_not_given": "The delivery code was not given.",
    "line.attempt_failed.phone_unreachable": "We could not reach you by phone.",
    "line.attempt_failed.future_date_requested": "Another day was asked for.",
    "line.attempt_failed.entry_restricted": "We were not let in.",
    "line.attempt_failed.no_time": "The day was too short for every stop. That is on us.",
    "line.attempt_failed.vehicle_issue": "Our vehicle broke down. That is on us.",
    "line.available_for_pickup": "Your parcel is waiting for you.",
    "line.available_for_pickup.at_locker": "Your parcel is in a locker.",
    "line.on_hold": "The journey is paused.",
    "line.on_hold.weather": "Bad weather is holding up the road.",
    "line.on_hold.customs": "Customs is checking the parcel.",
    "line.on_hold.payment_due": "A payment is still due.",
    "line.on_hold.documents": "A document is missing.",
    "line.on_hold.recipient_request": "Paused as asked for.",
    "line.on_hold.strike": "A strike is holding up the road.",
    "line.on_hold.restricted_area": "The way there is closed at the moment.",
    "line.on_hold.security": "The parcel is in a security check.",
    "line.exception": "The parcel needs our attention before it can go on.",
    "line.exception.damaged": "The parcel was damaged.",
    "line.exception.lost_suspected": "We are searching for the parcel.",
    "line.exception.vehicle_breakdown": "Our vehicle broke down.",
    "line.exception.accident": "There was an accident on the way.",
    "line.exception.temperature": "The parcel got too warm or too cold.",
    "line.exception.suspected_fake_attempt": "We doubt that anybody really came. We are checking.",
    "line.exception.delivered_disputed": "Marked as delivered, and you say it is not. We are checking.",
    "line.exception.tracking_stalled": "We have had no word from it for too long.",
    "line.expired": "We have not heard of this parcel for too long.",
    "line.delivered": "Thank you for waiting.",
    "line.delivered.to_recipient": "Handed over in person.",
    "line.delivered.otp_verified": "Handed over against the delivery code.",
    "line.delivered.signed": "Handed over and signed for.",
    "line.delivered.to_neighbour": "Left with a neighbour.",
    "line.delivered.to_security": "Left with the security desk.",
    "line.delivered.safe_place": "Left in a safe place.",
    "line.delivered.at_pickup_point": "Collected at the pickup point.",
    "line.delivered.cod_collected": "Handed over and paid for.",
    "line.delivered.partial": "A part of it was delivered.",
    "line.returning": "It could not be delivered, so it travels back.",
    "line.returning.customer_return": "Your return is on its way to the sender.",
    "line.returned": "The sender has it again.",
    "line.cancelled": "This delivery will not take place.",
    "line.cancelled.by_shipper": "The sender has cancelled this delivery.",
    "line.cancelled.by_recipient": "This delivery was cancelled as asked for.",
    "line.lost": "We are sorry. We searched and could not find it.",
    "seen.stale": "Last seen {age}",
}

NEXT: dict[str, str] = {
    "next.delayed": (
        "It stays on the road; you need not do anything.|This page changes the moment the time does."
    ),
    "next.attempt": "Next attempt: {when}.",
    "next.attempt_failed": (
        "We come again; the new time shows here.|Somebody at home, or a neighbour who takes it, is enough."
    ),
    "next.attempt_failed.address_incomplete": (
        "Send us the full address on this page.|We come again once we have it."
    ),
    "next.attempt_failed.address_not_found": (
        "Send us the full address and a landmark on this page.|We come again once we have it."
    ),
    "next.attempt_failed.refused": (
        "If that was a mistake, tell the sender today.|Otherwise the parcel goes back to the sender."
    ),
    "next.attempt_failed.cod_not_ready": (
        "We come again; the new time shows here.|Please have the amount ready by then."
    ),
    "next.attempt_failed.otp_not_given": (
        "We come again; the new time shows here.|Give the code to the driver only when you have the parcel."
    ),
    "next.attempt_failed.no_time": "We come again; the new time shows here.|You need not do anything.",
    "next.attempt_failed.vehicle_issue": (
        "We come again; the new time shows here.|You need not do anything."
    ),
    "next.available_for_pickup": (
        "Bring the tracking number and a photo ID.|Come soon: what nobody collects goes back to the sender."
    ),
    "next.on_hold": "We go on as soon as we can; you need not do anything.|The new time shows here.",
    "next.on_hold.payment_due": (
        "Ask the sender what is due. We never ask for money on this page.|Once it is paid the parcel goes on."
    ),
    "next.on_hold.documents": (
        "Ask the sender which document is missing.|Once we have it the parcel goes on."
    ),
    "next.on_hold.recipient_request": (
        "It goes on at the day that was agreed.|Ask the sender to change that."
    ),
    "next.exception": "Our team is on it; you need not do anything.|This page tells how it goes on.",
    "next.exception.damaged": (
        "We check it and tell the sender.|Ask the sender for a replacement or your money back."
    ),
    "next.expired": (
        "We search for it together with the sender.|Ask the sender, and give the tracking number."
    ),
    "next.delivered": "Not with you? Report it on this page today, or contact the sender.",
    "next.returning": (
        "Money comes back from the sender, not from us.|Ask them when, and give the tracking number."
    ),
    "next.returned": (
        "Money comes back from the sender, not from us.|Ask them when, and give the tracking number."
    ),
    "next.cancelled": (
        "Whatever you have paid comes back from the sender.|Ask them, and give the tracking number."
    ),
    "next.lost": "Ask the sender for a new parcel or your money back.|We settle the loss with the sender.",
}
