"""Messages that libraries show without a Chinese translation of their own (design: pitfall 7); kept in our catalogues."""

LIBRARY_MESSAGES: tuple[str, ...] = ()
