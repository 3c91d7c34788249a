"""English texts of the public page on the quality of arrival windows, by code."""

# A no-break space keeps each number and its unit on one line.
QUALITY: dict[str, str] = {
    "quality.h1": "How good our arrival times are",
    "quality.lead": "We compare every window with the arrival. These are all windows of the last {n} weeks.",
    "quality.deliveries": "Deliveries",
    "quality.deliveries.lead": "The first window of a parcel, against the time it was delivered.",
    "quality.legs": "Trips between hubs",
    "quality.legs.lead": "The window at departure, against the arrival at the next hub.",
    "quality.inside.whole": "arrived inside the window. The goal is {goal}\u00a0%.",
    "quality.few": (
        "There are not enough predictions yet: {count} have been compared, and figures need at least {n}."
    ),
    "quality.n": "Compared",
    "quality.inside": "Inside",
    "quality.error": "Off by",
    "quality.width": "Width",
    "quality.kept": "On time",
    "quality.kept.whole": "By the end of the first promise",
    "quality.error.whole": "Middle of the window off by, on average",
    "quality.error.share": "{span}, {percent}\u00a0% of the time it took",
    "quality.width.whole": "Width of the window, on average",
    "quality.by.length": "By length of the trip",
    "quality.by.week": "By week of the arrival",
    "quality.by.hour": "By hour of the prediction",
    "quality.length": "Trip without traffic",
    "quality.week": "Week from",
    "quality.hour": "Hour",
    "quality.length.under": "under {high} min",
    "quality.length.between": "{low} to {high} min",
    "quality.length.over": "over {low} min",
    "quality.span.min": "{n}\u00a0min",
    "quality.span.h": "{h}\u00a0h {n}\u00a0min",
    "quality.span.hours": "{h}\u00a0h",
    "quality.percent": "{n}\u00a0%",
    "quality.widening": "Wider windows at the moment",
    "quality.widening.lead": (
        "When too few arrivals lie inside, windows become wider by themselves, by at most {most}\u00a0%."
    ),
    "quality.widening.departure": "At departure",
    "quality.widening.under_way": "Under way",
    "quality.widening.none": "not wider",
    "quality.widening.by": "{n}\u00a0% wider",
    "quality.read": "How to read this",
    "quality.read.text": (
        "A window is made so that {goal} of 100 arrivals fall inside it. Far fewer means it is too narrow, "
        "far more means it is too wide.|A dash means that fewer than {n} were compared.|A window counts when"
        " the parcel or the vehicle has arrived, early or late.|Hours and weeks are in Indian time."
    ),
    "limited.reads": "This page was opened too often from your network.|Please try again in a minute.",
}
