"""Crawls shared through Redis by several worker processes."""
