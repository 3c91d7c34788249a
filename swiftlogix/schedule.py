"""Periodic tasks that the role `beat` sends, with their intervals in seconds or as times of day (UTC)."""

from typing import Any

from celery.schedules import crontab

PERIODIC_TASKS: dict[str, dict[str, Any]] = {
    "start shard consumers and listeners": {
        "task": "workers.tasks.supervise",
        "schedule": 2.0,
        "options": {"expires": 4},
    },
    "publish changes that a crash left pending": {
        "task": "workers.tasks.sweep_pending",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "report changes that no rule took": {
        "task": "workers.tasks.watch_unrouted",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "start webhooks that are due": {
        "task": "workers.tasks.start_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "report webhook endpoints that were disabled": {
        "task": "workers.tasks.report_disabled_webhooks",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "release notifications that were deferred": {
        "task": "workers.tasks.release_notifications",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "move deliveries to the agreed day": {
        "task": "workers.tasks.move_agreed_deliveries",
        "schedule": 10.0,
        "options": {"expires": 60},
    },
    "find promises missed by the passing of time": {
        "task": "workers.tasks.watch_promises",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "expire shipments without a report for thirty days": {
        "task": "workers.tasks.expire_silent",
        "schedule": crontab(minute="45"),
    },
    "compute the evidence of attempts": {
        "task": "workers.tasks.check_attempts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "report devices whose clocks are wrong": {
        "task": "workers.tasks.watch_clocks",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "report a stream, vehicles and partners that are silent": {
        "task": "workers.tasks.watch_silence",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "keep the records of a stream that is not read": {
        "task": "workers.tasks.raise_stream_retention",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "keep records no longer than usual once they are read": {
        "task": "workers.tasks.lower_stream_retention",
        # 3:30 in the morning in India, when traffic is low.
        "schedule": crontab(hour="22", minute="0"),
    },
    "report a growing quarantine": {
        "task": "workers.tasks.watch_quarantine",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "put a canary on the stream": {
        "task": "workers.tasks.send_canary",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "report vehicles that others have reported": {
        "task": "workers.tasks.watch_foreign_vehicles",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "begin and end the runs of vehicles": {
        "task": "workers.tasks.follow_manifests",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "count the shipments that ended today, and on one earlier day": {
        "task": "workers.tasks.count_days",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sample the key figures of the fleet": {
        "task": "workers.tasks.sample_key_figures",
        # At full minutes of the clock, so that each slot of five minutes gets one sample.
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "hash phone numbers that were stored without a hash": {
        "task": "workers.tasks.hash_phones",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "store counts of partners' requests": {
        "task": "workers.tasks.keep_tallies",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "delete data whose retention is over": {
        "task": "workers.tasks.forget_expired",
        "schedule": crontab(minute="25"),
    },
    "store snapshots of long journeys": {
        "task": "workers.tasks.snapshot_shipments",
        # 2:10 in the morning in India, when traffic is low.
        "schedule": crontab(hour="20", minute="40"),
    },
    "archive shipments that have ended": {
        "task": "workers.tasks.archive_ended",
        # 2:50 in the morning in India, after the snapshots.
        "schedule": crontab(hour="21", minute="20"),
    },
}
