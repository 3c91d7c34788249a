"""Publishing through SNS; its errors become permanent or transient ones that never quote an address."""

from functools import cache
from typing import Any

from django.conf import settings

from tracking.adapters.aws import AWS_ERRORS, build_client, is_transient
from tracking.domain.errors import PermanentError, SwiftLogixError, TransientError

# Reason codes for the SNS errors that are permanent; every other permanent error is `refused`.
_REASONS = {
    "InvalidParameter": "invalid_address",
    "ParameterValueInvalid": "invalid_address",
    "OptedOut": "opted_out",
}
TOO_MANY_REQUESTS = 429


def publish(attributes: dict[str, str], **arguments: str) -> str:
    """Publish to the `PhoneNumber` or `TopicArn` in `arguments`; return SNS's id of the message."""
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    try:
        answer = build_client("sns").publish(**arguments, MessageAttributes=typed)
    except AWS_ERRORS as error:
        # SNS quotes the refused number in its error text, so that text is not passed on.
        raise _as_our_error(error) from None
    return str(answer["MessageId"])


@cache
def find_topic(name: str) -> str:
    """Build the ARN of a topic in our own account from the caller's identity, which needs no permission."""
    try:
        identity = build_client("sts").get_caller_identity()
    except AWS_ERRORS as error:
        raise _as_our_error(error) from None
    partition = identity["Arn"].split(":")[1]
    return f"arn:{partition}:sns:{settings.AWS_REGION}:{identity['Account']}:{name}"


def _as_our_error(error: Exception) -> SwiftLogixError:
    response: dict[str, Any] = getattr(error, "response", {})
    code = response.get("Error", {}).get("Code")
    http_status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code is None or http_status == TOO_MANY_REQUESTS or is_transient(code, http_status):
        return TransientError(f"sns: {code or type(error).__name__}")
    return PermanentError(_REASONS.get(code, "refused"))
