"""Bulletins, CVE records, KEV and EPSS: a module each, with its parser and its client."""
