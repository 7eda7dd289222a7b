"""Viewers by place as they were: a small aggregate of history. See docs/replay.md."""
