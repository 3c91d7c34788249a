"""English texts of the public status page, by code."""

STATUS: dict[str, str] = {
    "platform.h1": "Platform status",
    "platform.now.good": "Tracking works, and updates are on time.",
    "platform.now.slow": "Updates are slower than usual.",
    "platform.now.answers": "Pages answer slower than usual.",
    "platform.now.late": "Updates are delayed. Pages of parcels may be out of date.",
    "platform.now.failed": "Some requests for a parcel fail.",
    "platform.now.empty": "No vehicle has reported in the last hour, so there is nothing to measure.",
    "platform.now.unread": "The figures cannot be read right now. Tracking may work all the same.",
    "platform.as_of": "As of {time}",
    "platform.hour": "Last hour",
    "platform.day": "Last 24 hours",
    "platform.no_data": "No data",
    "platform.half": "Half of the updates on the screen within",
    "platform.most": "95 of 100 within",
    "platform.nearly": "99 of 100 within",
    "platform.updates": "Updates measured",
    "platform.answered": "Requests for a parcel answered",
    "platform.percent": "{n}\u00a0%",
    "platform.of": "{good} of {all}",
    "platform.since": "Counted from: {moment}",
    "platform.seconds": "{n}\u00a0s",
    "platform.minutes": "{n}\u00a0min",
    "platform.incidents": "What went wrong in the last 24 hours",
    "platform.incidents.none": "Nothing went wrong.",
    "platform.incidents.unknown": "This cannot be read right now.",
    "platform.slow": "Updates were slow: one in a hundred took up to {span} to reach the screen.",
    "platform.failed": "{count} requests for a parcel were not answered.",
    "platform.silent": "No update arrived. Either no vehicle reported, or our processing stood still.",
    "platform.read": "How we measure",
    "platform.read.text": (
        "The time of an update counts from its arrival at SwiftLogix until it is sent to open pages."
        "|Each time is rounded up by at most a quarter."
        "|Requests for a parcel are those to /tracking/. We count those that we could not answer as failed."
        "|An hour counts as slow if more than one update in a hundred took over 2 seconds."
    ),
}
