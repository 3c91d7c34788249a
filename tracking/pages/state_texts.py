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
    "h1.promise": "Expected by {day}",
    "h1.promise.today": "Expected today",
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
    "sure.medium": "A good estimate. It gets more precise on the way.",
    "sure.low": "An early estimate. It gets more precise on the way.",
    "line.review": "We are checking this.",
    "line.agreed": "This is your new delivery day.",
    "line.closed": "We deliver from {start} to {end}.",
    "line.overdue": "We expected it by {time}. It is taking longer.",
    "line.created": "The sender is preparing your parcel.",
    "line.created.pickup_scheduled": "Packed. We will pick it up from the sender.",
    "line.created.pickup_failed": "The sender was not ready for pickup. We will try again.",
    "line.unknown": "We know this number, but the parcel has not been scanned yet.",
    "line.in_transit": "The delivery time will show here soon.",
    "line.picked_up": "The delivery time will show here soon.",
    "line.out_for_delivery": "Your parcel is on the delivery vehicle.",
    "line.delayed.eta": "The trip is taking longer than planned.",
    "line.delayed.promise": "It did not arrive when promised. We are working on it.",
    "line.delayed.reported": "The driver has reported a delay.",
    "line.delayed.attempt_failed": "We came, but could not deliver. {reason}",
    "line.delayed.held": "Reason for the delay: {reason}.",
    "line.attempt_failed": "We could not complete the delivery.",
    "line.attempt_failed.not_home": "Nobody was at home.",
    "line.attempt_failed.address_incomplete": "The address is incomplete.",
    "line.attempt_failed.address_not_found": "We could not find the address.",
    "line.attempt_failed.premises_closed": "The premises were closed.",
    "line.attempt_failed.refused": "The parcel was not accepted.",
    "line.attempt_failed.cod_not_ready": "The payment was not ready.",
    "line.attempt_failed.otp_not_given": "The delivery OTP was not shared.",
    "line.attempt_failed.phone_unreachable": "We could not reach you by phone.",
    "line.attempt_failed.future_date_requested": "Another day was requested.",
    "line.attempt_failed.entry_restricted": "We were not allowed to enter.",
    "line.attempt_failed.no_time": "We ran out of time that day. We are sorry.",
    "line.attempt_failed.vehicle_issue": "Our vehicle broke down. We are sorry.",
    "line.available_for_pickup": "Your parcel is waiting for you.",
    "line.available_for_pickup.at_locker": "Your parcel is in a locker.",
    "line.on_hold": "Your parcel is on hold for now.",
    "line.on_hold.weather": "Bad weather is holding up the parcel.",
    "line.on_hold.customs": "Customs is checking the parcel.",
    "line.on_hold.payment_due": "A payment is due.",
    "line.on_hold.documents": "A document is missing.",
    "line.on_hold.recipient_request": "On hold as requested.",
    "line.on_hold.strike": "A strike is holding up the parcel.",
    "line.on_hold.restricted_area": "The area cannot be reached at the moment.",
    "line.on_hold.security": "The parcel is going through a security check.",
    "line.exception": "The parcel needs our attention before it can move on.",
    "line.exception.damaged": "The parcel was damaged.",
    "line.exception.lost_suspected": "We are searching for the parcel.",
    "line.exception.vehicle_breakdown": "Our vehicle broke down.",
    "line.exception.accident": "There was an accident on the way.",
    "line.exception.temperature": "The parcel became too warm or too cold.",
    "line.exception.suspected_fake_attempt": "We are checking whether a delivery was really attempted.",
    "line.exception.delivered_disputed": (
        "It is marked as delivered, but you have not received it. We are checking."
    ),
    "line.exception.tracking_stalled": "We have had no tracking update for too long.",
    "line.expired": "We have had no tracking update for too long.",
    "line.delivered": "Thank you for waiting.",
    "line.delivered.to_recipient": "Handed over in person.",
    "line.delivered.otp_verified": "Handed over with the delivery OTP.",
    "line.delivered.signed": "Handed over and signed for.",
    "line.delivered.to_neighbour": "Left with a neighbour.",
    "line.delivered.to_security": "Left with security.",
    "line.delivered.safe_place": "Left in a safe place.",
    "line.delivered.at_pickup_point": "Collected from the pickup point.",
    "line.delivered.cod_collected": "Handed over and paid for.",
    "line.delivered.partial": "Part of the shipment was delivered.",
    "line.returning": "It could not be delivered, so it is going back.",
    "line.returning.customer_return": "Your return is on its way to the sender.",
    "line.returned": "The parcel is back with the sender.",
    "line.cancelled": "This delivery has been cancelled.",
    "line.cancelled.by_shipper": "The sender has cancelled this delivery.",
    "line.cancelled.by_recipient": "This delivery was cancelled as requested.",
    "line.lost": "We are sorry. We searched but could not find it.",
    "seen.stale": "Last seen {age}",
}

NEXT: dict[str, str] = {
    "next.delayed": "Your parcel is still on its way.|The new time shows here as soon as it changes.",
    "next.attempt": "Next attempt: {when}.",
    "next.attempt_failed": (
        "We will try again. The new time will show here.|Someone at home or a neighbour can receive it."
    ),
    "next.attempt_failed.address_incomplete": (
        "Send us your full address on this page.|We will try again once we have it."
    ),
    "next.attempt_failed.address_not_found": (
        "Send us your full address and a landmark on this page.|We will try again once we have it."
    ),
    "next.attempt_failed.refused": (
        "If this was a mistake, contact the sender today.|Otherwise the parcel goes back to the sender."
    ),
    "next.attempt_failed.cod_not_ready": (
        "We will try again. The new time will show here.|Please keep the amount ready."
    ),
    "next.attempt_failed.otp_not_given": (
        "We will try again. The new time will show here.|Share the OTP with the driver only when you have "
        "the parcel."
    ),
    "next.attempt_failed.no_time": "We will try again, without a call from you.|The new time will show here.",
    "next.attempt_failed.vehicle_issue": (
        "We will try again, without a call from you.|The new time will show here."
    ),
    "next.available_for_pickup": (
        "Bring the tracking number and a photo ID.|Please come soon. If it is not collected, it goes back to"
        " the sender."
    ),
    "next.on_hold": "We will continue as soon as we can.|The new time will show here.",
    "next.on_hold.payment_due": (
        "Ask the sender what is due. We never ask for money on this page.|Once it is paid, the parcel moves "
        "on."
    ),
    "next.on_hold.documents": (
        "Ask the sender which document is missing.|Once we have it, the parcel moves on."
    ),
    "next.on_hold.recipient_request": "It moves on the agreed day.|Contact the sender to change the day.",
    "next.exception": "Our team is working on it.|Updates will show on this page.",
    "next.exception.damaged": (
        "We will check it and inform the sender.|Ask the sender for a replacement or a refund."
    ),
    "next.expired": "We are searching for it with the sender.|Contact the sender with the tracking number.",
    "next.delivered": "Not received it? Report it on this page today, or contact the sender.",
    "next.returning": "Refunds come from the sender, not from us.|Contact them with the tracking number.",
    "next.returned": "Refunds come from the sender, not from us.|Contact them with the tracking number.",
    "next.cancelled": "Refunds come from the sender, not from us.|Contact them with the tracking number.",
    "next.lost": "Ask the sender for a replacement or a refund.|We will settle the loss with the sender.",
}
