"""Refusals to start: what no stage in the cloud starts with, as one table of rules.

`swiftlogix/settings.py` applies them in its last line, so that no role and no command escapes them.
docs/security.md lists the rules by name.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import PurePath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOCAL = "local"
# Settings that hold secrets: one text, or a list of texts.
SECRETS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "TRACKING_TOKEN_KEY", "RECIPIENT_KEYS", "STREAM_KEYS")
SECRET_BYTES = 32
# A random secret of this length has more different characters, even if it is hexadecimal.
DIFFERENT_CHARACTERS = 8
# Letters of texts that stand in examples, tutorials and tests; each is too long to occur in a random secret.
KNOWN_PARTS = (
    "onlyfor",
    "djangoinsecure",
    "notsecure",
    "insecure",
    "changeme",
    "changethis",
    "replaceme",
    "yoursecret",
    "mysecret",
    "topsecret",
    "supersecret",
    "secretkey",
    "secrethere",
    "example",
    "placeholder",
    "password",
    "abcdefghij",
)
# Commands that build a release and handle no data; they run without secrets if BUILDING is set.
BUILD_STEPS = frozenset({"collectstatic", "compilemessages", "makemigrations", "spectacular"})
COMMAND_LINES = frozenset({"manage.py", "django-admin", "__main__.py"})
AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class Start(NamedTuple):
    """Process that is about to start: its settings by name, environment and command line."""

    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    command: Sequence[str]

    @property
    def stage(self) -> str:
        """Return the name of the stage."""
        return str(self.settings["STAGE"])

    @property
    def is_build_step(self) -> bool:
        """Return whether the process builds a release, for which no secret is needed."""
        if not self.settings["BUILDING"] or len(self.command) < 2:
            return False
        return PurePath(self.command[0]).name in COMMAND_LINES and self.command[1] in BUILD_STEPS

    def list_secrets(self) -> list[tuple[str, str]]:
        """Return every secret with the name of its setting."""
        return [
            (name, secret)
            for name in SECRETS
            for secret in (
                [self.settings[name]] if isinstance(self.settings[name], str) else self.settings[name]
            )
        ]


class Rule(NamedTuple):
    """Rule by its name; `find` yields a sentence for each fault, and never the value of a secret."""

    name: str
    find: Callable[[Start], Iterator[str]]


def refuse_unsafe_start(
    settings: Mapping[str, Any], environment: Mapping[str, str], command: Sequence[str]
) -> None:
    """Raise `ImproperlyConfigured` that names every refusal, if there is one."""
    refusals = find_refusals(Start(settings, environment, command))
    if refusals:
        lines = "".join(f"\n* {refusal}" for refusal in refusals)
        raise ImproperlyConfigured(f"The stage {settings['STAGE']} does not start:{lines}")


def find_refusals(start: Start) -> list[str]:
    """Return `rule: sentence` for each reason not to start; none for a build step."""
    if start.is_build_step:
        return []
    rules = LOCAL_RULES if start.stage == LOCAL else RULES
    return [f"{rule.name}: {sentence}" for rule in rules for sentence in rule.find(start)]


def _find_empty(start: Start) -> Iterator[str]:
    return (f"{name} is empty" for name, secret in start.list_secrets() if not secret.strip())


def _find_short(start: Start) -> Iterator[str]:
    for name, secret in start.list_secrets():
        if secret.strip() and len(secret.encode()) < SECRET_BYTES:
            yield f"{name} has {len(secret.encode())} bytes; {SECRET_BYTES} are needed"


def _find_known(start: Start) -> Iterator[str]:
    for name, secret in start.list_secrets():
        letters = re.sub(r"[^a-z]", "", secret.lower())
        if any(part in letters for part in KNOWN_PARTS):
            yield f"{name} is an example; make a random one"
        elif secret.strip() and (len(set(secret)) < DIFFERENT_CHARACTERS or secret in (secret * 2)[1:-1]):
            yield f"{name} repeats itself; make a random one"


def _find_shared(start: Start) -> Iterator[str]:
    for (name, secret), (other, same) in combinations(start.list_secrets(), 2):
        if secret and secret == same:
            yield f"{name} and {other} are the same" if name != other else f"{name} has a secret twice"


def _find_building(start: Start) -> Iterator[str]:
    if start.settings["BUILDING"]:
        yield f"BUILDING is set, and this is none of the build steps {', '.join(sorted(BUILD_STEPS))}"


def _find_debug(start: Start) -> Iterator[str]:
    if start.settings["DEBUG"]:
        yield "DEBUG is on; its pages show settings and code"


def _find_outbox(start: Start) -> Iterator[str]:
    if start.settings["NOTIFICATIONS_OUTBOX"]:
        yield "NOTIFICATIONS_OUTBOX is on; it keeps addresses in clear"


def _find_loopback(start: Start) -> Iterator[str]:
    if start.settings["WEBHOOKS_ALLOW_LOOPBACK"]:
        yield "WEBHOOKS_ALLOW_LOOPBACK is on; a partner's URL would reach servers of this machine"


def _find_sqlite(start: Start) -> Iterator[str]:
    engines = {name: str(database["ENGINE"]) for name, database in start.settings["DATABASES"].items()}
    return (f"the database {name} is SQLite; set DATABASE_URL" for name in engines if "lite" in engines[name])


def _find_any_host(start: Start) -> Iterator[str]:
    return (f"ALLOWED_HOSTS has {host!r}" for host in start.settings["ALLOWED_HOSTS"] if "*" in host)


def _find_no_https(start: Start) -> Iterator[str]:
    if not start.settings["HTTPS"]:
        yield "HTTPS is off"
    if urlsplit(start.settings["PUBLIC_URL"]).scheme != "https":
        yield "PUBLIC_URL does not begin with https://"


def _find_no_proxies(start: Start) -> Iterator[str]:
    """Find a stage behind HTTPS that believes no proxy: it would redirect every request to itself."""
    if start.settings["HTTPS"] and not start.settings["TRUSTED_PROXIES"]:
        yield "TRUSTED_PROXIES is empty, so every request would be redirected; name the balancer"


def _find_emulator(start: Start) -> Iterator[str]:
    """Find addresses that are not of AWS, also in the variables that boto3 reads by itself."""
    read_by_boto3 = {
        name: value for name, value in start.environment.items() if name.startswith("AWS_ENDPOINT_URL")
    }
    for name, address in ({"AWS_ENDPOINT_URL": start.settings["AWS_ENDPOINT_URL"]} | read_by_boto3).items():
        parts = urlsplit(address or "")
        if address and not (parts.scheme == "https" and f".{parts.hostname}".endswith(AWS_HOSTS)):
            yield f"{name} is not an address of AWS"


def _find_public_local(start: Start) -> Iterator[str]:
    named = [("PUBLIC_URL", urlsplit(start.settings["PUBLIC_URL"]).hostname or "")]
    named += [("ALLOWED_HOSTS", host.strip("[]")) for host in start.settings["ALLOWED_HOSTS"]]
    for name, host in named:
        if not _is_private(host):
            yield f"{name} has the public host {host}, and the stage is local; set STAGE"


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".test"))


RULES = (
    Rule("empty_secret", _find_empty),
    Rule("short_secret", _find_short),
    Rule("known_secret", _find_known),
    Rule("shared_secret", _find_shared),
    Rule("building", _find_building),
    Rule("debug", _find_debug),
    Rule("outbox", _find_outbox),
    Rule("loopback", _find_loopback),
    Rule("sqlite", _find_sqlite),
    Rule("any_host", _find_any_host),
    Rule("no_https", _find_no_https),
    Rule("no_proxies", _find_no_proxies),
    Rule("emulator", _find_emulator),
)
# A stage without a name is local; a process with a public address is not.
LOCAL_RULES = (Rule("public_local", _find_public_local),)
