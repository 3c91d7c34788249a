"""Environment of all tests, set before settings are read: the developer's own variables do not count."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Sandboxes differ, and two runs at once must not meet: everything a run writes lies here.
SCRATCH = Path(tempfile.mkdtemp(prefix="swiftlogix-tests-"))
(SCRATCH / "static").mkdir()
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

# A port on which nobody listens: what is not asked for by a fixture must not be found by chance.
NOWHERE = "127.0.0.1:9"

ENVIRONMENT = {
    "STAGE": "local",
    "ROLE": "test",
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests",
    "TRACKING_TOKEN_KEY": "only-for-tests-too",
    "RECIPIENT_KEYS": "only-for-tests-as-well",
    "STREAM_KEYS": "only-for-tests-also",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "VAR_DIR": str(SCRATCH),
    "STATIC_ROOT": str(SCRATCH / "static"),
    # `make test-postgres` names its server by this variable.
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{SCRATCH}/db.sqlite3",
    "REDIS_URL": f"redis://{NOWHERE}",
    "AWS_ENDPOINT_URL": f"http://{NOWHERE}",
    "AWS_REGION": "ap-south-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NOTIFICATIONS_OUTBOX": "1",
    "LOG_LEVEL": "WARNING",
}
# Settings read these too; tests want their defaults.
LEFT_OUT = (
    "AWS_CA_BUNDLE",
    "AWS_HOT_CLIENT",
    "AWS_HOT_PARSER",
    "BEHIND_CLOUDFRONT",
    "BUILDING",
    "CELERY_BROKER_URL",
    "DRAIN_NOTICE_S",
    "EMAIL_FROM",
    "HTTPS",
    "REDIS_MAX_CONNECTIONS",
    "LIVE_PUSH",
    "LOG_CHECKPOINTS",
    "MAP_TILES",
    "SECRET_KEY_FALLBACKS",
    "SHARD_SLOTS",
    "LISTENER_SLOTS",
    "LIVENESS_FILE",
    "SECOND_FACTOR_REQUIRED",
    "NOTIFICATIONS_EMAIL",
    "OTEL_TRACES_EXPORTER",
    "PHONE_COUNTRIES",
    "SES_CONFIGURATION_SET",
    "SMS_DAILY_LIMIT",
    "SMS_DLT_ENTITY_ID",
    "SMS_DLT_TEMPLATE_IDS",
    "SMS_MONTHLY_LIMIT",
    "SMS_SENDER_ID",
    "SMTP_URL",
    "STREAM_RAISED_RETENTION_HOURS",
    "STREAM_RETENTION_HOURS",
    "SUPPORT_PHONE",
    "TRACED_CHANGE_SHARE",
    "TRUSTED_PROXIES",
    "WEBHOOKS_ALLOW_LOOPBACK",
    "WEB_PROCESSES",
    "WEB_PUSH_CONTACT",
    "WEB_PUSH_KEY",
    "WEB_THREADS",
    "WHATSAPP_API",
    "WHATSAPP_SENDER",
    "WHATSAPP_TEMPLATES",
    "WHATSAPP_TOKEN",
    "WIRED_TRANSPORTS",
)

for name in (*LEFT_OUT, "AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)
os.environ.update(ENVIRONMENT)
