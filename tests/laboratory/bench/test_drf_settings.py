"""Settings of the peers that read with our adapter of the store."""

import re
from pathlib import Path

from tracking.adapters import aws


def test_they_have_every_setting_that_our_client_of_aws_reads(monkeypatch):
    for name in ("SECRET_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "x")
    from laboratory.bench.peers import drf_settings

    read = set(re.findall(r"\bsettings\.([A-Z_]+)", Path(aws.__file__).read_text(encoding="utf-8")))
    assert {name for name in read if not hasattr(drf_settings, name)} == set()
    assert "AWS_HOT_CLIENT" in read
