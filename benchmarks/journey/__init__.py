"""Journeys a second: three real emails beside three activities that do nothing."""
