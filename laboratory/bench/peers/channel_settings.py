"""Settings of the plain Channels peer: one of the layers of channels_redis.

The layers are as they come, but for the number of connections: the core layer takes one for each socket, and
with its default of 100 most of a thousand are refused.
"""

import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["channels"]
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": os.environ["PEER_LAYER"],
        "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "max_connections": 4000}]},
    }
}
