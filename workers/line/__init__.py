"""Line: `process.py` takes a batch of records through decode, gather, enrich, record, push and publish.

Decode uses `tolerance.py`, gather `ownership.py`, enrich `cleaning.py` and `geofence_scans.py`, and record
`crossings_aboard.py`; `parcels_aboard.py` follows publish.
"""
