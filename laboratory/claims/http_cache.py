"""Varnish as the cache of the edge: started on loopback, with the policy of `deploy/templates/edge.yaml`."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laboratory.local.addresses import LOOPBACK, find_free_port, is_listening, wait_until
from laboratory.local.errors import LocalError

# As in edge.yaml; a test compares them.
PATH, MOST_TTL_S, DEFAULT_TTL_S, KEY_PARAMETER = "/tracking/*", 60, 0, "lang"
INSTALL = "No HTTP cache is installed. Debian has one: apt-get install --no-install-recommends varnish"
STARTS_WITHIN_S, STOPS_WITHIN_S = 60.0, 20.0
MEMORY = "64m"
# A reader's connection stays open while nobody looks.
IDLE_S = 3600


def find_varnish() -> str | None:
    """Return the path of `varnishd`; None if it is not installed."""
    return shutil.which("varnishd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def write_policy(origin_port: int, faster: float) -> str:
    """Return the cache's policy in Varnish's language. Lifetimes are divided by `faster`, as time is.

    As at the edge, the key is the path and one parameter, without cookies; what the origin says of lifetimes
    counts up to a maximum; and whatever is not named is passed.
    """
    prefix = PATH.removesuffix("*")
    return f"""vcl 4.1;
backend origin {{ .host = "{LOOPBACK}"; .port = "{origin_port}"; }}
sub vcl_recv {{
  if (req.method != "GET" && req.method != "HEAD" || req.url !~ "^{prefix}") {{ return (pass); }}
  unset req.http.Cookie;
  if (req.url ~ "[?&]{KEY_PARAMETER}=") {{
    set req.url = regsub(req.url, "\\?.*$", "") + "?{KEY_PARAMETER}="
      + regsub(req.url, "^.*[?&]{KEY_PARAMETER}=([^&]*).*$", "\\1");
  }} else {{
    set req.url = regsub(req.url, "\\?.*$", "");
  }}
  return (hash);
}}
sub vcl_backend_response {{
  if (beresp.http.Cache-Control !~ "(s-maxage|max-age)=") {{ set beresp.ttl = {DEFAULT_TTL_S}s; }}
  if (beresp.ttl > {MOST_TTL_S}s) {{ set beresp.ttl = {MOST_TTL_S}s; }}
  set beresp.ttl = beresp.ttl / {faster};
  set beresp.grace = beresp.grace / {faster};
  return (deliver);
}}
"""


@contextmanager
def run_varnish(origin_port: int, faster: float) -> Iterator[int]:
    """Start Varnish in front of an origin on loopback, and yield its port. Raises `LocalError`."""
    program = find_varnish()
    if program is None:
        raise LocalError(INSTALL)
    with tempfile.TemporaryDirectory(prefix="varnish-") as name:
        folder, port = Path(name), find_free_port()
        # Its worker runs as a user of its own.
        folder.chmod(0o755)
        policy = folder / "policy.vcl"
        policy.write_text(write_policy(origin_port, faster))
        policy.chmod(0o644)
        command = [program, "-F", "-a", f"{LOOPBACK}:{port}", "-f", str(policy), "-s", f"malloc,{MEMORY}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - a program of the system, found above
                [*command, "-p", f"timeout_idle={IDLE_S}", "-n", str(folder / "work")],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            if not wait_until(lambda: is_listening(port) or process.poll() is not None, STARTS_WITHIN_S):
                raise LocalError("Varnish does not listen.")
            if process.poll() is not None:
                raise LocalError(f"Varnish ended: {(folder / 'log').read_text()[-500:]}")
            yield port
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN_S)
