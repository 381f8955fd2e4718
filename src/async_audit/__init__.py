"""Static audit of async code in Django projects."""

from async_audit._version import __version__

__all__ = ["__version__"]
