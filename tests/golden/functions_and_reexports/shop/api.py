from shop.counting import *  # noqa: F403
from shop.counting import total as book_total

__all__ = ["book_total", "label", "recent", "total"]
