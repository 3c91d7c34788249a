"""Prediction: arrival windows and lateness risk from lane statistics, dwell times and tours; pure Python."""
