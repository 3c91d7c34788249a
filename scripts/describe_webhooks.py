#!/usr/bin/env python
"""Writes the JSON Schema of each type of webhook to docs/schemas/webhooks, and docs/asyncapi.yaml."""

import json
import os
import sys
from pathlib import Path

import django
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["BUILDING"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")
django.setup()

from notifications.webhooks.api.documents import SCHEMAS, describe_messages, describe_type  # noqa: E402
from notifications.webhooks.rules.filters import TYPES  # noqa: E402

folder = ROOT / "docs" / SCHEMAS
folder.mkdir(parents=True, exist_ok=True)
for old in folder.glob("*.json"):
    old.unlink()
for name in TYPES:
    text = json.dumps(describe_type(name), indent=2, ensure_ascii=False) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
text = yaml.safe_dump(describe_messages(), sort_keys=False, allow_unicode=True, width=110)
(ROOT / "docs" / "asyncapi.yaml").write_text(text, encoding="utf-8")
