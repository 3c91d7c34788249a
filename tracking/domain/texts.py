"""What each status and substatus is called, in English, Hindi and Tamil."""

from typing import Literal, NamedTuple

from tracking.domain.status import Status

Language = Literal["en", "hi", "ta"]
LANGUAGES: tuple[Language, ...] = ("en", "hi", "ta")


class Text(NamedTuple):
    """One code in every language."""

    en: str
    hi: str
    ta: str


STATUS_TEXTS: dict[Status, Text] = {
    Status.UNKNOWN: Text("Waiting for the first scan", "पहले स्कैन की प्रतीक्षा", "முதல் ஸ்கேனுக்குக் காத்திருக்கிறது"),
    Status.EXPIRED: Text("No recent scan", "हाल में कोई स्कैन नहीं", "சமீபத்திய ஸ்கேன் இல்லை"),
    Status.CREATED: Text("Booked", "बुक हुआ", "பதிவு செய்யப்பட்டது"),
    Status.PICKED_UP: Text("Picked up", "उठा लिया गया", "எடுத்துக்கொள்ளப்பட்டது"),
    Status.IN_TRANSIT: Text("On the way", "रास्ते में", "வழியில் உள்ளது"),
    Status.ON_HOLD: Text("On hold", "रोका गया", "நிறுத்தி வைக்கப்பட்டது"),
    Status.EXCEPTION: Text("Needs attention", "ध्यान देने की ज़रूरत", "கவனம் தேவை"),
    Status.OUT_FOR_DELIVERY: Text("Out for delivery", "डिलीवरी के लिए निकला", "டெலிவரிக்குப் புறப்பட்டது"),
    Status.ATTEMPT_FAILED: Text("Delivery attempt failed", "डिलीवरी नहीं हो सकी", "டெலிவரி முயற்சி தோல்வி"),
    Status.AVAILABLE_FOR_PICKUP: Text("Ready for pickup", "ले जाने के लिए तैयार", "பெற்றுக்கொள்ளத் தயார்"),
    Status.RETURNING: Text("Going back to the sender", "भेजने वाले को लौट रहा है", "அனுப்பியவருக்குத் திரும்புகிறது"),
    Status.LOST: Text("Lost", "खो गया", "தொலைந்துவிட்டது"),
    Status.DELIVERED: Text("Delivered", "डिलीवर हुआ", "டெலிவரி செய்யப்பட்டது"),
    Status.RETURNED: Text("Returned to the sender", "भेजने वाले को लौटाया गया", "அனுப்பியவரிடம் திரும்பியது"),
    Status.CANCELLED: Text("Cancelled", "रद्द", "ரத்து செய்யப்பட்டது"),
}

SUBSTATUS_TEXTS: dict[str, Text] = {
    "created.label_created": Text("Label printed", "लेबल छपा", "லேபிள் அச்சிடப்பட்டது"),
    "created.manifested": Text("Announced by the sender", "भेजने वाले ने सूचना दी", "அனுப்பியவர் அறிவித்தார்"),
    "created.pickup_scheduled": Text("Pickup planned", "पिकअप तय हुआ", "எடுப்பு திட்டமிடப்பட்டது"),
    "created.pickup_failed": Text("Pickup did not work out", "पिकअप नहीं हो सका", "எடுக்க முடியவில்லை"),
    "picked_up.from_shipper": Text(
        "Picked up from the sender", "भेजने वाले से लिया गया", "அனுப்பியவரிடமிருந்து எடுக்கப்பட்டது"
    ),
    "picked_up.dropped_off": Text("Handed in by the sender", "भेजने वाले ने जमा किया", "அனுப்பியவர் ஒப்படைத்தார்"),
    "in_transit.departed_origin": Text(
        "Left the first hub", "पहले हब से निकला", "முதல் மையத்திலிருந்து புறப்பட்டது"
    ),
    "in_transit.arrived_hub": Text("Reached a hub", "हब पहुँचा", "மையத்தை அடைந்தது"),
    "in_transit.departed_hub": Text("Left a hub", "हब से निकला", "மையத்திலிருந்து புறப்பட்டது"),
    "in_transit.arrived_destination_hub": Text(
        "Reached the last hub", "आख़िरी हब पहुँचा", "கடைசி மையத்தை அடைந்தது"
    ),
    "in_transit.misrouted": Text("Went the wrong way", "गलत रास्ते चला गया", "தவறான வழியில் சென்றது"),
    "in_transit.rerouted": Text("Sent another way", "दूसरे रास्ते भेजा गया", "வேறு வழியில் அனுப்பப்பட்டது"),
    "in_transit.customs_cleared": Text("Cleared by customs", "कस्टम से मंज़ूरी मिली", "சுங்க அனுமதி கிடைத்தது"),
    "on_hold.weather": Text("Bad weather", "ख़राब मौसम", "மோசமான வானிலை"),
    "on_hold.customs": Text("At customs", "कस्टम में", "சுங்கத்தில் உள்ளது"),
    "on_hold.payment_due": Text("A payment is due", "भुगतान बाक़ी है", "கட்டணம் நிலுவையில் உள்ளது"),
    "on_hold.documents": Text("A document is missing", "काग़ज़ात कम हैं", "ஆவணம் தேவை"),
    "on_hold.recipient_request": Text("Held as asked for", "अनुरोध पर रोका गया", "கேட்டபடி நிறுத்தப்பட்டது"),
    "on_hold.strike": Text("Strike", "हड़ताल", "வேலைநிறுத்தம்"),
    "on_hold.restricted_area": Text("The way is closed", "रास्ता बंद है", "பாதை மூடப்பட்டுள்ளது"),
    "on_hold.security": Text("Security check", "सुरक्षा जाँच", "பாதுகாப்புச் சோதனை"),
    "exception.damaged": Text("Damaged", "टूट-फूट हुई", "சேதமடைந்தது"),
    "exception.lost_suspected": Text("Being searched for", "खोजा जा रहा है", "தேடப்படுகிறது"),
    "exception.vehicle_breakdown": Text("The vehicle broke down", "गाड़ी ख़राब हुई", "வாகனம் பழுதானது"),
    "exception.accident": Text("Accident on the way", "रास्ते में दुर्घटना", "வழியில் விபத்து"),
    "exception.temperature": Text("Too warm or too cold", "तापमान ठीक नहीं रहा", "வெப்பநிலை சரியில்லை"),
    "exception.suspected_fake_attempt": Text("Attempt in doubt", "प्रयास संदिग्ध है", "முயற்சி சந்தேகத்திற்குரியது"),
    "exception.delivered_disputed": Text("Delivery in dispute", "डिलीवरी पर विवाद", "டெலிவரி மறுக்கப்படுகிறது"),
    "exception.tracking_stalled": Text(
        "No word for too long", "काफ़ी देर से कोई ख़बर नहीं", "நீண்ட நேரமாகத் தகவல் இல்லை"
    ),
    "out_for_delivery.loaded": Text("Loaded for delivery", "डिलीवरी के लिए लादा गया", "டெலிவரிக்கு ஏற்றப்பட்டது"),
    "out_for_delivery.next_stop": Text(
        "Yours is the next stop", "अगला पड़ाव आपका है", "அடுத்த நிறுத்தம் உங்களுடையது"
    ),
    "out_for_delivery.arriving": Text("Almost there", "बस पहुँचने वाला है", "வந்துகொண்டிருக்கிறது"),
    "out_for_delivery.arrived": Text("At the door", "दरवाज़े पर", "வாசலில் உள்ளது"),
    "out_for_delivery.rescheduled": Text("Moved to another time", "समय बदला गया", "நேரம் மாற்றப்பட்டது"),
    "attempt_failed.not_home": Text("Nobody at home", "घर पर कोई नहीं था", "வீட்டில் யாரும் இல்லை"),
    "attempt_failed.address_incomplete": Text("Address not complete", "पता अधूरा है", "முகவரி முழுமையில்லை"),
    "attempt_failed.address_not_found": Text("Address not found", "पता नहीं मिला", "முகவரி கிடைக்கவில்லை"),
    "attempt_failed.premises_closed": Text("The place was closed", "जगह बंद थी", "இடம் மூடப்பட்டிருந்தது"),
    "attempt_failed.refused": Text("Not accepted", "लेने से मना किया", "ஏற்க மறுக்கப்பட்டது"),
    "attempt_failed.cod_not_ready": Text("Amount not ready", "रक़म तैयार नहीं थी", "தொகை தயாராக இல்லை"),
    "attempt_failed.otp_not_given": Text(
        "Delivery code not given", "डिलीवरी कोड नहीं मिला", "டெலிவரி குறியீடு தரப்படவில்லை"
    ),
    "attempt_failed.phone_unreachable": Text(
        "Phone not reached", "फ़ोन नहीं लगा", "தொலைபேசியில் தொடர்புகொள்ள முடியவில்லை"
    ),
    "attempt_failed.future_date_requested": Text(
        "Another day asked for", "दूसरा दिन माँगा गया", "வேறு நாள் கேட்கப்பட்டது"
    ),
    "attempt_failed.entry_restricted": Text("Not let in", "अंदर जाने नहीं दिया", "உள்ளே அனுமதிக்கப்படவில்லை"),
    "attempt_failed.no_time": Text("The day was too short", "दिन में समय नहीं बचा", "நேரம் போதவில்லை"),
    "attempt_failed.vehicle_issue": Text("The vehicle broke down", "गाड़ी ख़राब हुई", "வாகனம் பழுதானது"),
    "available_for_pickup.at_branch": Text("At the branch", "शाखा में", "கிளையில் உள்ளது"),
    "available_for_pickup.at_locker": Text("In a locker", "लॉकर में", "லாக்கரில் உள்ளது"),
    "returning.rto_initiated": Text("Return begun", "वापसी शुरू हुई", "திருப்பி அனுப்பத் தொடங்கியது"),
    "returning.rto_in_transit": Text("On the way back", "वापसी के रास्ते में", "திரும்பும் வழியில்"),
    "returning.customer_return": Text(
        "Returned by the recipient", "पाने वाले ने लौटाया", "பெறுநர் திருப்பி அனுப்பினார்"
    ),
    "lost.confirmed": Text("Search given up", "खोज बंद की गई", "தேடல் கைவிடப்பட்டது"),
    "delivered.to_recipient": Text("Handed over in person", "ख़ुद को सौंपा गया", "நேரில் ஒப்படைக்கப்பட்டது"),
    "delivered.otp_verified": Text(
        "Handed over against the code", "कोड देखकर सौंपा गया", "குறியீடு சரிபார்த்து ஒப்படைக்கப்பட்டது"
    ),
    "delivered.signed": Text("Signed for", "हस्ताक्षर लेकर सौंपा गया", "கையொப்பம் பெறப்பட்டது"),
    "delivered.to_neighbour": Text("Left with a neighbour", "पड़ोसी को दिया गया", "அண்டை வீட்டாரிடம் தரப்பட்டது"),
    "delivered.to_security": Text("Left with security", "सुरक्षाकर्मी को दिया गया", "பாதுகாவலரிடம் தரப்பட்டது"),
    "delivered.safe_place": Text("Left in a safe place", "सुरक्षित जगह रखा गया", "பாதுகாப்பான இடத்தில் வைக்கப்பட்டது"),
    "delivered.at_pickup_point": Text(
        "Collected at the pickup point", "पिकअप पॉइंट से लिया गया", "பிக்கப் இடத்தில் பெறப்பட்டது"
    ),
    "delivered.cod_collected": Text(
        "Handed over and paid for", "रक़म लेकर सौंपा गया", "பணம் பெற்று ஒப்படைக்கப்பட்டது"
    ),
    "delivered.partial": Text("Partly delivered", "कुछ हिस्सा डिलीवर हुआ", "ஒரு பகுதி டெலிவரி செய்யப்பட்டது"),
    "returned.to_shipper": Text("Back with the sender", "भेजने वाले के पास वापस", "அனுப்பியவரிடம் உள்ளது"),
    "cancelled.by_shipper": Text("Cancelled by the sender", "भेजने वाले ने रद्द किया", "அனுப்பியவர் ரத்து செய்தார்"),
    "cancelled.by_recipient": Text("Cancelled by the recipient", "पाने वाले ने रद्द किया", "பெறுநர் ரத்து செய்தார்"),
}

# The English names of statuses, for people who work with us.
TEXT: dict[Status, str] = {status: text.en for status, text in STATUS_TEXTS.items()}


def say_status(status: Status, substatus: str | None = None, language: Language = "en") -> str:
    """What a status is called, as exactly as its substatus allows."""
    text = SUBSTATUS_TEXTS.get(f"{status}.{substatus}") or STATUS_TEXTS[status]
    return str(getattr(text, language))
