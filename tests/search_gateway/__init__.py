"""Tests of the search gateway, against real processes."""
