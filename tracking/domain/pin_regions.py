"""States of India by PIN code, as the two letters of ISO 3166-2."""

from bisect import bisect_right

# First three digits from which on PIN codes belong to a state, up to the next entry: the state of most PIN
# codes with these digits in the places index. 138 of its 19,587 PIN codes lie in another state.
_STARTS = (
    "110:DL 121:HR 140:PB 160:CH 171:HP 180:JK 194:LA 201:UP 246:UK 247:UP 248:UK 250:UP 262:UK 271:UP 301:RJ"
    " 360:GJ 400:MH 403:GA 410:MH 450:MP 490:CG 500:TS 515:AP 560:KA 600:TN 670:KL 700:WB 737:SK 741:WB"
    " 744:AN 751:OD 781:AS 790:AR 793:ML 795:MN 796:MZ 797:NL 799:TR 800:BR 814:JH 821:BR 822:JH 823:BR"
    " 825:JH 841:BR"
)
_REGIONS = [(int(start), region) for start, _, region in (part.partition(":") for part in _STARTS.split())]
# PIN codes from here on belong to the army post and name no state.
_ARMY_FROM = 900


def find_region(pin_code: str | None) -> str | None:
    """Return the state of a PIN code, such as `KA`; None if it is no PIN code of a state."""
    if pin_code is None or len(pin_code) != 6 or not (pin_code.isascii() and pin_code.isdigit()):
        return None
    start = int(pin_code[:3])
    row = bisect_right(_REGIONS, start, key=lambda entry: entry[0])
    return _REGIONS[row - 1][1] if row and start < _ARMY_FROM else None
