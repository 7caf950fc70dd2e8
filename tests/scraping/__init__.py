"""Tests of `lab.scraping` and of the Scrapy project, against real servers."""
