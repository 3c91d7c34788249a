"""Completes the environment of `manage.py`: the demo gets a new one, other commands that of the running demo.

This happens before the settings are read, so this module must not import Django.
"""

import argparse
import json
import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.postgres import Postgres
from laboratory.local.var_folder import VarFolder

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Values of deploy/templates/data.yaml in a demo.
PARAMETERS = BASE_DIR / "deploy" / "params" / "local.json"
WEB_PORT = 8000
REGION = "ap-south-1"
# Relational databases of a demo.
SQLITE, POSTGRES = "sqlite", "postgres"
DATABASES = (SQLITE, POSTGRES)
# Commands that need neither secrets nor a running demo: they read files, or start what they measure.
STANDALONE_COMMANDS = frozenset(
    {"bench", "replay_legs", "locate", "delay_report", "cost", "scaling", "claims"}
)
# A demo must never reach the developer's own AWS accounts.
DEVELOPER_ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE")


def prepare_environment(arguments: Sequence[str], environment: MutableMapping[str, str]) -> None:
    """Complete the environment for `manage.py <arguments>`; changes nothing unless the stage is local.

    `demo` gets an environment of its own, on free ports. Other commands get the variables of the demo in the
    var folder, as far as they are not set, so that `manage.py shell` talks to the running demo. Standalone
    commands run without secrets.
    """
    if environment.get("STAGE", "local") != "local" or environment.get("BUILDING"):
        return
    if list(arguments[:1]) == ["demo"]:
        environment.update(make_environment(find_folder(arguments, environment), find_database(arguments)))
        for name in DEVELOPER_ACCOUNT_VARIABLES:
            environment.pop(name, None)
        return
    _add_running_demo(VarFolder(_default_folder(environment)), environment)
    if STANDALONE_COMMANDS.intersection(arguments[:1]) and not _has_secrets(environment):
        environment["BUILDING"] = "1"


def find_folder(arguments: Sequence[str], environment: MutableMapping[str, str]) -> VarFolder:
    """Return the var folder of a demo: `--var DIR`, else VAR_DIR, else `var` in the repository."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--var", type=Path, default=_default_folder(environment))
    return VarFolder(parser.parse_known_args(list(arguments))[0].var.resolve())


def find_database(arguments: Sequence[str]) -> str:
    """Return which database a demo uses: that of `--database`, else SQLite. The command checks the value."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--database", default=SQLITE)
    return str(parser.parse_known_args(list(arguments))[0].database)


def make_environment(folder: VarFolder, database: str = SQLITE) -> dict[str, str]:
    """Return the variables of a demo in this folder, with every address on a free port."""
    web = find_free_port(preferred=WEB_PORT)
    redis, aws = find_free_port(), find_free_port()
    redis_url = f"redis://:{folder.read_secrets()['redis_password']}@{LOOPBACK}:{redis}"
    return (
        _make_fixed_variables(folder)
        | {
            "PUBLIC_URL": f"http://{LOOPBACK}:{web}",
            "REDIS_URL": redis_url,
            "CELERY_BROKER_URL": f"{redis_url}/0",
            "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{aws}",
            "AWS_REGION": REGION,
        }
        | (_name_postgres(folder) if database == POSTGRES else {})
    )


def parse_password(url: str) -> str:
    """Return the password of a URL; empty if it has none."""
    return urlsplit(url).password or ""


def parse_port(url: str) -> int:
    """Return the port of a URL; raises ValueError if it has none."""
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"No port in {url}")
    return port


def make_role_environment(role: str) -> dict[str, str]:
    """Return the environment of a child process: that of this process, and its role."""
    return dict(os.environ) | {"ROLE": role, "PYTHONUNBUFFERED": "1"}


def _name_postgres(folder: VarFolder) -> dict[str, str]:
    server = Postgres(folder.postgres, find_free_port(), folder.read_secrets()["postgres_password"])
    return {"DATABASE_URL": server.make_url()}


def _make_fixed_variables(folder: VarFolder) -> dict[str, str]:
    secrets = folder.read_secrets()
    return {
        "DJANGO_SETTINGS_MODULE": "swiftlogix.settings",
        "STAGE": "local",
        "ROLE": "demo",
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": secrets["secret_key"],
        "TRACKING_TOKEN_KEY": secrets["tracking_token_key"],
        "RECIPIENT_KEYS": secrets["recipient_keys"],
        "STREAM_KEYS": secrets["stream_keys"],
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "VAR_DIR": str(folder.path),
        "STATIC_ROOT": str(folder.path / "static"),
        "DATABASE_URL": f"sqlite:///{folder.path}/db.sqlite3",
        "NOTIFICATIONS_OUTBOX": "1",
        "STREAM_RETENTION_HOURS": str(json.loads(PARAMETERS.read_text())["parameters"]["RetentionHours"]),
        "OTEL_TRACES_EXPORTER": "jsonl",
        # All screens of a load test come from this machine.
        "SOCKETS_PER_ADDRESS": "2000",
        "WEB_PUSH_KEY": secrets["web_push_key"],
        # Simulated people have Australian numbers: that country reserves mobile numbers for fiction.
        "PHONE_COUNTRIES": "IN,AU",
        "SUPPORT_PHONE": "+61491570110",
        "AWS_ACCESS_KEY_ID": secrets["aws_access_key"],
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _add_running_demo(folder: VarFolder, environment: MutableMapping[str, str]) -> None:
    if _has_secrets(environment) or not folder.secrets_file.exists():
        return
    found = _make_fixed_variables(folder) | {"ROLE": "command"}
    if demo := folder.read_demo():
        found |= {
            "PUBLIC_URL": demo["web"],
            "REDIS_URL": demo["redis"],
            "AWS_ENDPOINT_URL": demo["aws_endpoint"],
            "AWS_REGION": demo["region"],
            "DATABASE_URL": demo["database"],
        }
        if "AWS_ENDPOINT_URL" not in environment:
            # The emulator answers no other access key, and must not get the developer's own.
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", *DEVELOPER_ACCOUNT_VARIABLES):
                environment.pop(name, None)
    for name, value in found.items():
        environment.setdefault(name, value)


def _has_secrets(environment: MutableMapping[str, str]) -> bool:
    return "SECRET_KEY" in environment or (BASE_DIR / ".env").exists()


def _default_folder(environment: MutableMapping[str, str]) -> Path:
    return Path(environment.get("VAR_DIR", BASE_DIR / "var"))
