"""Database models: partners and keys, hubs, bookings with the read model, proofs, vehicles, incidents."""

from tracking.models.figures import CountedDay, DayFigures
from tracking.models.fleet import Manifest, Stop, Vehicle
from tracking.models.incidents import AttemptCheck, Incident, IncidentNote, SavedView
from tracking.models.partners import ApiKey, FeedEntry, IdSeries, KeptAnswer, Partner, UsageDay
from tracking.models.proofs import Proof
from tracking.models.shipments import Hub, LanePlan, PhoneHashKey, RecipientKey, Shipment, is_reference
from tracking.models.staff import AskedCorrection, ShipmentNote, StaffAction, StaffScope

__all__ = [
    "ApiKey",
    "AskedCorrection",
    "AttemptCheck",
    "CountedDay",
    "DayFigures",
    "FeedEntry",
    "Hub",
    "IdSeries",
    "Incident",
    "IncidentNote",
    "KeptAnswer",
    "LanePlan",
    "Manifest",
    "Partner",
    "PhoneHashKey",
    "Proof",
    "RecipientKey",
    "SavedView",
    "Shipment",
    "ShipmentNote",
    "StaffAction",
    "StaffScope",
    "Stop",
    "UsageDay",
    "Vehicle",
    "is_reference",
]
