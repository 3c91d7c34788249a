"""Roles of staff: what each may do, and which part of the shipments an account is limited to."""

from enum import IntEnum, StrEnum
from typing import NamedTuple

from tracking.services.requests.refusals import RefusedError


class Role(IntEnum):
    """Role of an account of staff. A higher role may do all that a lower one may.

    Each is a group of Django with the name of the role in lower case.
    """

    VIEWER = 1
    OPERATOR = 2
    SUPERVISOR = 3

    @property
    def group(self) -> str:
        """Name of the group."""
        return self.name.lower()


# What each role is for, as the form of an account says it.
ROLE_TEXTS: dict[Role, str] = {
    Role.VIEWER: "sees all pages of the console, recipients masked; changes nothing",
    Role.OPERATOR: "also works on incidents, reads recipients in clear, downloads figures",
    Role.SUPERVISOR: "also assigns incidents, corrects events, reads the whole audit log",
}


class Verb(StrEnum):
    """Something that staff may do, by its name in the audit log."""

    SEE = "see"
    ENROL = "enrol_second_factor"
    ACKNOWLEDGE = "acknowledge_incident"
    RESOLVE = "resolve_incident"
    ASSIGN = "assign_incident"
    SNOOZE = "snooze_incident"
    REOPEN = "reopen_incident"
    NOTE = "note_incident"
    NOTE_SHIPMENT = "note_shipment"
    UNDO = "undo_own_action"
    UNDO_OTHERS = "undo_action_of_others"
    BULK = "act_on_many_incidents"
    SAVE_VIEW = "save_view"
    DELETE_VIEW = "delete_view"
    UNMASK = "unmask_recipient"
    UNMASK_DRIVER = "unmask_driver"
    SEE_PROOFS = "see_proofs"
    SEE_AS_CUSTOMER = "see_as_customer"
    READ_OUTBOX = "read_outbox"
    EXPORT = "export"
    SIMULATE_RULES = "simulate_rules"
    READ_RECORDS = "read_quarantined_records"
    REPLAY_RECORD = "replay_quarantined_record"
    REDELIVER = "redeliver_webhook"
    READ_OWN_ACTIONS = "read_own_actions"
    READ_ALL_ACTIONS = "read_all_actions"
    CORRECT = "correct_event"
    ASK_CORRECTION = "ask_for_correction"
    CONFIRM_CORRECTION = "confirm_correction"
    DECLINE_CORRECTION = "decline_correction"
    ADMINISTER = "administer"


# Lowest role that may do it; docs/security.md shows the same table.
LOWEST_ROLES: dict[Verb, Role] = {
    Verb.SEE: Role.VIEWER,
    Verb.ENROL: Role.VIEWER,
    Verb.ACKNOWLEDGE: Role.OPERATOR,
    Verb.RESOLVE: Role.OPERATOR,
    Verb.ASSIGN: Role.SUPERVISOR,
    Verb.SNOOZE: Role.OPERATOR,
    Verb.REOPEN: Role.OPERATOR,
    Verb.NOTE: Role.OPERATOR,
    Verb.NOTE_SHIPMENT: Role.OPERATOR,
    Verb.UNDO: Role.OPERATOR,
    Verb.UNDO_OTHERS: Role.SUPERVISOR,
    # More than twenty at once.
    Verb.BULK: Role.SUPERVISOR,
    Verb.SAVE_VIEW: Role.VIEWER,
    Verb.DELETE_VIEW: Role.VIEWER,
    Verb.UNMASK: Role.OPERATOR,
    Verb.UNMASK_DRIVER: Role.OPERATOR,
    Verb.SEE_PROOFS: Role.OPERATOR,
    Verb.SEE_AS_CUSTOMER: Role.OPERATOR,
    Verb.READ_OUTBOX: Role.OPERATOR,
    Verb.EXPORT: Role.OPERATOR,
    Verb.SIMULATE_RULES: Role.OPERATOR,
    Verb.READ_RECORDS: Role.OPERATOR,
    Verb.REPLAY_RECORD: Role.OPERATOR,
    Verb.REDELIVER: Role.OPERATOR,
    Verb.READ_OWN_ACTIONS: Role.OPERATOR,
    Verb.READ_ALL_ACTIONS: Role.SUPERVISOR,
    Verb.CORRECT: Role.SUPERVISOR,
    # Of a delivery: one account asks, another one confirms.
    Verb.ASK_CORRECTION: Role.OPERATOR,
    Verb.CONFIRM_CORRECTION: Role.SUPERVISOR,
    Verb.DECLINE_CORRECTION: Role.SUPERVISOR,
    # And only by superusers, who are supervisors.
    Verb.ADMINISTER: Role.SUPERVISOR,
}


class Scope(NamedTuple):
    """Row ids of the hubs and partners that staff are limited to; an empty set does not limit."""

    hubs: frozenset[int] = frozenset()
    partners: frozenset[int] = frozenset()

    @property
    def is_limited(self) -> bool:
        """Return whether a part of the shipments is out of sight."""
        return bool(self.hubs or self.partners)


EVERYTHING = Scope()


class RoleRefusedError(RefusedError):
    """Raised when the role of staff does not allow the action."""

    code = "forbidden"

    def __init__(self, verb: Verb) -> None:
        super().__init__(f"Your role may not do this; the role {LOWEST_ROLES[verb].group} may.")
        self.verb = verb


def may(role: Role, verb: Verb) -> bool:
    """Return whether the role allows the action."""
    return role >= LOWEST_ROLES[verb]


def require_role(role: Role, verb: Verb) -> None:
    """Raise `RoleRefusedError` unless the role allows the action."""
    if not may(role, verb):
        raise RoleRefusedError(verb)
