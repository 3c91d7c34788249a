"""Backends that every contract runs on: the memory adapter, and the emulator through each hot client."""

MEMORY = "memory"
# Values of AWS_HOT_CLIENT.
HOT_CLIENTS = ("lean", "boto3")
