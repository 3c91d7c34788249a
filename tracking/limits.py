"""Limits of requests and sockets, in one place; docs/security.md lists them for people."""

# --- Bodies, counted before a key is read. A body that is larger is answered 413. -----------------------
API_BODY_BYTES = 1024 * 1024
# A form with one picture of at most `PICTURE_BYTES`, and room for its fields.
PROOF_BODY_BYTES = 8 * 1024 * 1024
PICTURE_BYTES = 8_000_000
# Forms of the admin, which say themselves which picture is too large.
ADMIN_BODY_BYTES = 8 * 1024 * 1024
# Forms of pages.
OTHER_BODY_BYTES = 64 * 1024
# Request line and headers, or trailers, of a request.
HEAD_BYTES = 64 * 1024
# Most arrays and objects inside each other.
JSON_DEPTH = 64

# --- Requests at once, in one process --------------------------------------------------------------------
# Requests that wait for a thread; one more is answered 503.
WAITING_REQUESTS = 200
# Shipments that are read, or wait to be read, for public reads; one more is answered 503.
WAITING_READS = 1000
# Seconds in `Retry-After` of an answer 503, and of a 429 that knows no better.
RETRY_AFTER_S = 2

# --- Public answers that a process keeps and sends again -------------------------------------------------
# Seconds from the begin of the request that led to an answer, so that none shows an older state than that.
PUBLIC_KEPT_FOR_S = 1.0
# Of all answers, with an allowance for what each one needs beside its body.
PUBLIC_KEPT_BYTES = 32 * 1024 * 1024

# --- Sockets ---------------------------------------------------------------------------------------------
# Open sockets of one client address in one process; one more is closed with 4429.
SOCKETS_PER_ADDRESS = 20
# Sockets of one process between connect and first frame. One more waits, at most so long; then 1013.
HANDSHAKES_AT_ONCE = 200
HANDSHAKE_WAIT_S = 5.0
# Sockets a second that a process should have to take after its neighbour has ended, and the longest time that
# clients are asked to spread over.
RECONNECTS_PER_S = 200
LONGEST_RECONNECT_S = 30
# Largest message of a client; a larger one closes the socket with 1009.
SOCKET_MESSAGE_BYTES = 1024
# Time between heartbeats. A missed frame is noticed, and a staff session checked, at the next heartbeat.
HEARTBEAT_S = 15.0

# --- Requests in a minute --------------------------------------------------------------------------------
WINDOW_S = 60
# By API key and kind of request, times the key's factor.
KEY_READS_PER_MINUTE = 600
KEY_WRITES_PER_MINUTE = 300
KEY_REPORTS_PER_MINUTE = 1200
# Of the public answer, by client address.
PUBLIC_READS_PER_MINUTE = 60
