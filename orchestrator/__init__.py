"""Switchback: staged rollouts from a Discord ops channel."""
