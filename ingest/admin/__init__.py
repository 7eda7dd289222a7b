"""How the worker is, and the end of a session at an operator's word."""

from ingest.admin import sessions, worker

__all__ = ["sessions", "worker"]
