"""The report as one self-contained HTML page, a part of the page a module."""
