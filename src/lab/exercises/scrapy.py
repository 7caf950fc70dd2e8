"""Judges of the chapter scrapy."""
