"""Invented recipients; none of their phone numbers and mail addresses can be reached."""

from typing import Any

from laboratory.simulator.chance import Chance, draw_between, open_chance, pick
from laboratory.simulator.roads import shift
from laboratory.simulator.world import Spot

GIVEN_NAMES = (
    "Aarav Ananya Arjun Bhavana Chetan Deepa Divya Farhan Gauri Harish Imran Ishita Jyothi Karthik Kavya "
    "Lakshmi Manoj Meera Nandini Naveen Pooja Prakash Rahul Rekha Sanjana Suresh Swathi Tejas Usha Vikram"
).split()
# Made from words for sample, demonstration and test, so that no real person has such a name.
FAMILY_NAMES = "Demoswamy Namoonakar Udaharan Testamurthy Pareekshan Kalpanik Samplegowda".split()
CROSSES = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")
# Valid mobile numbers that Australia's regulator (ACMA) reserves for works of fiction: nobody can get them.
# India reserves none. A stage takes them if its PHONE_COUNTRIES has AU.
PHONES = tuple(f"+61491570{end}" for end in ("006", "110", "156", "157", "158", "159"))
SMS_SHARE = 0.3
EMAIL_SHARE = 0.9
DOORSTEP_KM = 0.7
# Whole rupees that a recipient pays on delivery.
DUE_RUPEES = (199, 4999)


def make_doorstep(near: Spot, chance: Chance) -> Spot:
    """Make a doorstep within `DOORSTEP_KM` of a locality's centre."""
    north, east = (draw_between(chance, (-DOORSTEP_KM, DOORSTEP_KM)) for _ in range(2))
    lat, lon = shift(near.point, north, east)
    return Spot(near.name, near.pin_code, round(lat, 6), round(lon, 6))


def make_door_point(stop: Spot, shipment_id: str, sigma_m: float) -> dict[str, float]:
    """Make the point of a door as a partner knows it: off by a normal error of `sigma_m` on each axis.

    It is drawn from the shipment's id alone, so that it changes nothing else of a run.
    """
    north, east = open_chance(0, "door", shipment_id).normal(0.0, sigma_m / 1000, 2)
    lat, lon = shift(stop.point, float(north), float(east))
    return {"lat": round(lat, 6), "lon": round(lon, 6)}


def draw_due(shipment_id: str, cod_share: float) -> str:
    """Draw the amount to pay on delivery, in rupees with two decimals; empty for most parcels.

    It is drawn from the shipment's id alone, so that it changes nothing else of a run.
    """
    chance = open_chance(0, "due", shipment_id)
    return f"{int(draw_between(chance, DUE_RUPEES))}.00" if chance.random() < cod_share else ""


def make_recipient(stop: Spot, shipment_id: str, chance: Chance) -> dict[str, Any]:
    """Make a person who does not exist, as the `recipient` of a booking.

    The phone number is one of `PHONES`. The mail address is in example.com, which RFC 2606 reserves.
    """
    given, family = pick(chance, GIVEN_NAMES), pick(chance, FAMILY_NAMES)
    return {
        "name": f"{given} {family}",
        "phone": PHONES[int(chance.random() * len(PHONES))],
        "email": f"{given}.{family}.{shipment_id}@example.com".lower(),
        "address": f"No. {1 + int(chance.random() * 240)}, {pick(chance, CROSSES)} Cross, {stop.name}",
        "pin_code": stop.pin_code,
        "language": "en",
        "consent": {"sms": bool(chance.random() < SMS_SHARE), "email": bool(chance.random() < EMAIL_SHARE)},
    }
