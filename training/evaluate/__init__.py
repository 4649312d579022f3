"""Measuring: metrics with intervals, calibration, per language."""
