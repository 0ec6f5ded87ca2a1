"""Messages that libraries show without a Chinese translation of their own; kept in ours."""

LIBRARY_MESSAGES: tuple[str, ...] = ()
