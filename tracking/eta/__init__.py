"""Forecasts: arrival windows and lateness risk from lane statistics, in pure Python without I/O.

Start at `forecast.py`, which forecasts one shipment after one scan; `learning.py` updates the statistics.
"""
