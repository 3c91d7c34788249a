"""The texts of the customer page by code, in English; other languages are gettext catalogues of these.

Placeholders stand in braces. A code of a status may be narrowed by a substatus
(`step.in_transit.arrived_hub`) and, for a step of the journey, by `.at` when the place is known. A bar parts
the sentences of a list.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from tracking.pages.map_catalogue import MAP
from tracking.pages.page_catalogue import PAGE

TIME = {
    "weekdays": _("Mon Tue Wed Thu Fri Sat Sun"),
    "weekdays.long": _("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "months": _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    # A no-break space: an hour and its half of the day stay on one line.
    "am": _("{time}\u00a0am"),
    "pm": _("{time}\u00a0pm"),
    "day": _("{weekday} {day} {month}"),
    "day.today": _("today"),
    "day.tomorrow": _("tomorrow"),
    "moment": _("{day}, {time}"),
    "moment.today": _("Today, {time}"),
    "moment.yesterday": _("Yesterday, {time}"),
    "span": _("{from} – {to}"),
    "span.day": _("{day}, {span}"),
    "by": _("by {time}"),
    "By": _("By {time}"),
    "likely": _("most likely {time}"),
    "Likely": _("Most likely {time}"),
    "join": _("{one} · {other}"),
    "age.now": _("just now"),
    "age.s": _("{n} s ago"),
    "age.min": _("{n} min ago"),
    "age.h": _("{n} h ago"),
    "age.day": _("1 day ago"),
    "age.days": _("{n} days ago"),
}

PILL = {
    "pill.unknown": _("Waiting for the first scan"),
    "pill.expired": _("No recent scan"),
    "pill.created": _("Booked"),
    "pill.picked_up": _("Picked up"),
    "pill.in_transit": _("On the way"),
    "pill.on_hold": _("On hold"),
    "pill.exception": _("Needs attention"),
    "pill.out_for_delivery": _("Out for delivery"),
    "pill.attempt_failed": _("Not delivered yet"),
    "pill.available_for_pickup": _("Ready for pickup"),
    "pill.returning": _("Going back"),
    "pill.lost": _("Lost"),
    "pill.delivered": _("Delivered"),
    "pill.returned": _("Returned"),
    "pill.cancelled": _("Cancelled"),
    "pill.delayed": _("Delayed"),
}

HEAD = {
    "h1.unknown": _("Waiting for the first scan"),
    "h1.created": _("Booked"),
    "h1.promise": _("With you by {day}"),
    "h1.promise.today": _("With you today"),
    "h1.arriving": _("Arriving {day}"),
    "h1.arriving.span": _("Arriving {day} {span}"),
    "h1.soon": _("Arriving soon"),
    "h1.in_transit": _("On the way"),
    "h1.picked_up": _("Picked up"),
    "h1.out_for_delivery": _("Out for delivery"),
    "h1.delayed": _("Now arriving {day}"),
    "h1.late": _("Running late"),
    "h1.attempt_failed": _("We could not deliver"),
    "h1.available_for_pickup": _("Ready for pickup"),
    "h1.available_for_pickup.at": _("Ready at {place}"),
    "h1.on_hold": _("On hold"),
    "h1.on_hold.at": _("On hold at {place}"),
    "h1.on_hold.in": _("On hold in {place}"),
    "h1.exception": _("Something went wrong"),
    "h1.exception.at": _("Something went wrong at {place}"),
    "h1.exception.in": _("Something went wrong in {place}"),
    "h1.expired": _("No scan for a while"),
    "h1.expired.days": _("No scan for {n} days"),
    "h1.delivered": _("Delivered"),
    "h1.delivered.time": _("Delivered {day} {time}"),
    "h1.delivered.day": _("Delivered {day}"),
    "h1.returning": _("Going back to the sender"),
    "h1.returned": _("Back with the sender"),
    "h1.cancelled": _("Cancelled"),
    "h1.lost": _("We lost your parcel"),
}

LINES = {
    "sure.high": _("We are confident about this time."),
    "sure.medium": _("A good estimate. It gets sharper on the way."),
    "sure.low": _("An early estimate. It gets sharper on the way."),
    "overdue": _("Expected by {time}. A new time follows."),
    "line.created": _("The sender is packing."),
    "line.created.pickup_scheduled": _("Packed. We are coming to fetch it from the sender."),
    "line.created.pickup_failed": _("The sender was not ready for us. We will come again."),
    "line.unknown": _("We know this number, but nobody has scanned the parcel yet."),
    "line.in_transit": _("A time follows as soon as we can tell."),
    "line.picked_up": _("A time follows as soon as we can tell."),
    "line.out_for_delivery": _("It is on the vehicle and comes today."),
    "line.delayed.eta": _("The road is taking longer than planned."),
    "line.delayed.promise": _("It has not come when we promised. We are on it."),
    "line.delayed.reported": _("The driver has told us about a delay."),
    "line.attempt_failed": _("The delivery did not work out."),
    "line.attempt_failed.not_home": _("Nobody was at home."),
    "line.attempt_failed.address_incomplete": _("The address is not complete."),
    "line.attempt_failed.address_not_found": _("We could not find the address."),
    "line.attempt_failed.premises_closed": _("The place was closed."),
    "line.attempt_failed.refused": _("The parcel was not accepted."),
    "line.attempt_failed.cod_not_ready": _("The amount to pay was not ready."),
    "line.attempt_failed.otp_not_given": _("The delivery code was not given."),
    "line.attempt_failed.phone_unreachable": _("We could not reach you by phone."),
    "line.attempt_failed.future_date_requested": _("Another day was asked for."),
    "line.attempt_failed.entry_restricted": _("We were not let in."),
    "line.attempt_failed.no_time": _("The day was too short for every stop. That is on us."),
    "line.attempt_failed.vehicle_issue": _("Our vehicle broke down. That is on us."),
    "line.available_for_pickup": _("Your parcel is waiting for you."),
    "line.available_for_pickup.at_locker": _("Your parcel is in a locker."),
    "line.on_hold": _("The journey is paused."),
    "line.on_hold.weather": _("Bad weather is holding up the road."),
    "line.on_hold.customs": _("Customs is checking the parcel."),
    "line.on_hold.payment_due": _("A payment is still due."),
    "line.on_hold.documents": _("A document is missing."),
    "line.on_hold.recipient_request": _("Paused as asked for."),
    "line.on_hold.strike": _("A strike is holding up the road."),
    "line.on_hold.restricted_area": _("The way there is closed at the moment."),
    "line.on_hold.security": _("The parcel is in a security check."),
    "line.exception": _("The parcel needs our attention before it can go on."),
    "line.exception.damaged": _("The parcel was damaged."),
    "line.exception.lost_suspected": _("We are searching for the parcel."),
    "line.exception.vehicle_breakdown": _("Our vehicle broke down."),
    "line.exception.accident": _("There was an accident on the way."),
    "line.exception.temperature": _("The parcel got too warm or too cold."),
    "line.exception.suspected_fake_attempt": _("We doubt that anybody really came. We are checking."),
    "line.exception.delivered_disputed": _("Marked as delivered, and you say it is not. We are checking."),
    "line.exception.tracking_stalled": _("We have had no word from it for too long."),
    "line.expired": _("We have not heard of this parcel for too long."),
    "line.delivered": _("Thank you for waiting."),
    "line.delivered.to_recipient": _("Handed over in person."),
    "line.delivered.otp_verified": _("Handed over against the delivery code."),
    "line.delivered.signed": _("Handed over and signed for."),
    "line.delivered.to_neighbour": _("Left with a neighbour."),
    "line.delivered.to_security": _("Left with the security desk."),
    "line.delivered.safe_place": _("Left in a safe place."),
    "line.delivered.at_pickup_point": _("Collected at the pickup point."),
    "line.delivered.cod_collected": _("Handed over and paid for."),
    "line.delivered.partial": _("A part of it was delivered."),
    "line.returning": _("It could not be delivered, so it travels back."),
    "line.returning.customer_return": _("Your return is on its way to the sender."),
    "line.returned": _("The sender has it again."),
    "line.cancelled": _("This delivery will not take place."),
    "line.cancelled.by_shipper": _("The sender has cancelled this delivery."),
    "line.cancelled.by_recipient": _("This delivery was cancelled as asked for."),
    "line.lost": _("We are sorry. We searched and could not find it."),
    "seen.stale": _("Last seen {age}"),
}

NEXT = {
    "next.delayed": _(
        "It stays on the road; you need not do anything.|This page changes the moment the time does."
    ),
    "next.attempt": _("Next attempt: {when}."),
    "next.attempt_failed": _(
        "We come again; the new time shows here.|Somebody at home, or a neighbour who takes it, is enough."
    ),
    "next.attempt_failed.address_incomplete": _(
        "Tell the sender the full address; they pass it on.|We come again once we have it."
    ),
    "next.attempt_failed.address_not_found": _(
        "Tell the sender the full address and a landmark; they pass it on.|We come again once we have it."
    ),
    "next.attempt_failed.refused": _(
        "If that was a mistake, tell the sender today.|Otherwise the parcel goes back to the sender."
    ),
    "next.attempt_failed.cod_not_ready": _(
        "We come again; the new time shows here.|Please have the amount ready by then."
    ),
    "next.attempt_failed.otp_not_given": _(
        "We come again; the new time shows here.|Give the code to the driver only when you have the parcel."
    ),
    "next.attempt_failed.no_time": _("We come again; the new time shows here.|You need not do anything."),
    "next.attempt_failed.vehicle_issue": _(
        "We come again; the new time shows here.|You need not do anything."
    ),
    "next.available_for_pickup": _(
        "Bring the tracking number and a photo ID.|Come soon: what nobody collects goes back to the sender."
    ),
    "next.on_hold": _("We go on as soon as we can; you need not do anything.|The new time shows here."),
    "next.on_hold.payment_due": _(
        "Ask the sender what is due. We never ask for money on this page.|Once it is paid the parcel goes on."
    ),
    "next.on_hold.documents": _(
        "Ask the sender which document is missing.|Once we have it the parcel goes on."
    ),
    "next.on_hold.recipient_request": _(
        "It goes on at the day that was agreed.|Ask the sender to change that."
    ),
    "next.exception": _("Our team is on it; you need not do anything.|This page tells how it goes on."),
    "next.exception.damaged": _(
        "We check it and tell the sender.|Ask the sender for a replacement or your money back."
    ),
    "next.expired": _(
        "We search for it together with the sender.|Ask the sender, with the tracking number at hand."
    ),
    "next.delivered": _("Not with you? Tell the sender today, with the tracking number at hand."),
    "next.returning": _(
        "Money comes back from the sender, not from us.|Ask them when, with the tracking number at hand."
    ),
    "next.returned": _(
        "Money comes back from the sender, not from us.|Ask them when, with the tracking number at hand."
    ),
    "next.cancelled": _(
        "Whatever you have paid comes back from the sender.|Ask them, with the tracking number at hand."
    ),
    "next.lost": _("Ask the sender for a new parcel or your money back.|We settle the loss with the sender."),
}

STEPS = {
    "bar.packed": _("Packed"),
    "bar.on_the_way": _("On the way"),
    "bar.out_for_delivery": _("Out for delivery"),
    "bar.available_for_pickup": _("Ready for pickup"),
    "bar.delivered": _("Delivered"),
}

JOURNEY = {
    "step.unknown": _("Number known"),
    "step.expired": _("No scan for 30 days"),
    "step.created": _("Booked by the sender"),
    "step.created.label_created": _("Label printed by the sender"),
    "step.created.manifested": _("Announced to us by the sender"),
    "step.created.pickup_scheduled": _("Pickup from the sender planned"),
    "step.created.pickup_failed": _("Pickup from the sender did not work out"),
    "step.picked_up": _("Picked up from the sender"),
    "step.picked_up.at": _("Picked up from the sender, {place}"),
    "step.picked_up.dropped_off": _("Handed in by the sender"),
    "step.picked_up.dropped_off.at": _("Handed in at {place}"),
    "step.in_transit": _("On the way"),
    "step.in_transit.at": _("On the way near {place}"),
    "step.in_transit.departed_origin": _("Left for the road"),
    "step.in_transit.departed_origin.at": _("Left {place}"),
    "step.in_transit.arrived_hub": _("Reached a hub"),
    "step.in_transit.arrived_hub.at": _("Reached {place}"),
    "step.in_transit.departed_hub": _("Left a hub"),
    "step.in_transit.departed_hub.at": _("Left {place}"),
    "step.in_transit.arrived_destination_hub": _("Reached the hub nearest to you"),
    "step.in_transit.arrived_destination_hub.at": _("Reached {place}, the hub nearest to you"),
    "step.in_transit.misrouted": _("Took a wrong turn; being put right"),
    "step.in_transit.misrouted.at": _("Took a wrong turn to {place}; being put right"),
    "step.in_transit.rerouted": _("Sent by another road"),
    "step.in_transit.rerouted.at": _("Sent by another road, now near {place}"),
    "step.in_transit.customs_cleared": _("Cleared by customs"),
    "step.on_hold": _("On hold"),
    "step.on_hold.at": _("On hold, {place}"),
    "step.exception": _("A problem came up"),
    "step.exception.at": _("A problem came up, {place}"),
    "step.out_for_delivery": _("Out for delivery"),
    "step.out_for_delivery.at": _("Out for delivery near {place}"),
    "step.out_for_delivery.loaded": _("Loaded for delivery"),
    "step.out_for_delivery.loaded.at": _("Loaded for delivery at {place}"),
    "step.out_for_delivery.next_stop": _("Yours is the next stop"),
    "step.out_for_delivery.arriving": _("Almost there"),
    "step.out_for_delivery.arrived": _("At your door"),
    "step.out_for_delivery.rescheduled": _("Moved to another time"),
    "step.attempt_failed": _("We came, but could not deliver"),
    "step.available_for_pickup": _("Ready for pickup"),
    "step.available_for_pickup.at": _("Ready for pickup at {place}"),
    "step.returning": _("Going back to the sender"),
    "step.returning.at": _("Going back, near {place}"),
    "step.returning.customer_return": _("Return handed over"),
    "step.returned": _("Back with the sender"),
    "step.lost": _("Search given up"),
    "step.delivered": _("Delivered"),
    "step.cancelled": _("Cancelled"),
    "step.corrected": _("{text} (corrected)"),
}

AROUND = {
    "title": _("{h1} · SwiftLogix"),
    "updated": _("Updated {when}"),
    "mode.live": _("live"),
    "mode.polling": _("checked every 30 s"),
    "banner.reconnecting": _("Reconnecting. Last update {time}"),
    "banner.offline": _("Offline. Last update {time}"),
    "copied": _("Copied"),
    "copy": _("Copy"),
    "more": _("Show {n} earlier"),
}

# What the browser needs too, and all there is.
SHARED: Mapping[str, str] = TIME | PILL | HEAD | LINES | NEXT | STEPS | JOURNEY | AROUND | MAP
ALL: Mapping[str, str] = SHARED | PAGE
