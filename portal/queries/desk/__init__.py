"""Reads, topic `desk`: the moderation queue and one submission, triaged and decided."""
