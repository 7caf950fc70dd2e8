"""The data-engineering lab: a stack of data stores, a web to scrape, a course around them."""

__version__ = "0.1.0"
