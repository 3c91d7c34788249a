"""Settings of the sign-in of staff that are the same in every stage."""

from datetime import timedelta

LOGIN_URL = "/ops/login/"
SESSION_COOKIE_AGE = 12 * 3600
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
# Five wrong passwords for an account, or from an address, lock it for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "tracking.pages.staff.answer_locked"
AXES_HTTP_RESPONSE_CODE = 429
AXES_VERBOSE = False
# Our own admin of them searches by indexed columns alone.
AXES_ENABLE_ADMIN = False
# The admin shows no key of a device.
OTP_ADMIN_HIDE_SENSITIVE_DATA = True
