"""Signals from Prometheus, or whatever else answers its HTTP API: Amazon Managed Prometheus, Thanos, Mimir."""
