"""Entries as feeds publish them, made into entries as the program keeps them."""

from monitor.normalize.canonical import canonical
from monitor.normalize.entry import CONTENT, LINKS, SUMMARY, TITLE, normalize, uid

__all__ = ["CONTENT", "LINKS", "SUMMARY", "TITLE", "canonical", "normalize", "uid"]
