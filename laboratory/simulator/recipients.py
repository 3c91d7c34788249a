"""The people parcels go to: all made up, and none of their addresses can be reached."""

from typing import Any

from laboratory.simulator.chance import Chance, draw_between, pick
from laboratory.simulator.roads import shift
from laboratory.simulator.world import Spot

GIVEN_NAMES = (
    "Aarav Ananya Arjun Bhavana Chetan Deepa Divya Farhan Gauri Harish Imran Ishita Jyothi Karthik Kavya "
    "Lakshmi Manoj Meera Nandini Naveen Pooja Prakash Rahul Rekha Sanjana Suresh Swathi Tejas Usha Vikram"
).split()
# Made from the words for sample, demonstration and test: nobody is called so.
FAMILY_NAMES = "Demoswamy Namoonakar Udaharan Testamurthy Pareekshan Kalpanik Samplegowda".split()
CROSSES = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")
SMS_SHARE = 0.3
EMAIL_SHARE = 0.9
DOORSTEP_KM = 0.7


def make_doorstep(near: Spot, chance: Chance) -> Spot:
    """A doorstep within walking distance of a locality's middle."""
    north, east = (draw_between(chance, (-DOORSTEP_KM, DOORSTEP_KM)) for _ in range(2))
    lat, lon = shift(near.point, north, east)
    return Spot(near.name, near.pin_code, round(lat, 6), round(lon, 6))


def make_recipient(stop: Spot, shipment_id: str, chance: Chance) -> dict[str, Any]:
    """Somebody who does not exist, as the booking's `recipient`.

    The telephone number is +91 555 0xxxxxx: Indian mobile numbers begin with 6 to 9, and behind an area
    code a subscriber's number never begins with 0, so no exchange can have handed it out. The mail address
    lies in example.com, which RFC 2606 keeps from everybody.
    """
    given, family = pick(chance, GIVEN_NAMES), pick(chance, FAMILY_NAMES)
    return {
        "name": f"{given} {family}",
        "phone": f"+915550{int(chance.random() * 1_000_000):06d}",
        "email": f"{given}.{family}.{shipment_id}@example.com".lower(),
        "address": f"No. {1 + int(chance.random() * 240)}, {pick(chance, CROSSES)} Cross, {stop.name}",
        "pin_code": stop.pin_code,
        "language": "en",
        "consent": {"sms": bool(chance.random() < SMS_SHARE), "email": bool(chance.random() < EMAIL_SHARE)},
    }
