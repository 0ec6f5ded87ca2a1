"""The cache: Redis, and this process's own memory while Redis does not answer.

What is kept here throttles log-ins. Without Redis nobody must be locked out, and guessing must still be
slowed down.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5
"""How long Redis is left alone after it failed: a page with several look-ups waits for one time-out, not for
each."""


class RedisOrMemoryCache(RedisCache):
    """Django's Redis cache for the operations that the product and allauth use."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._memory = LocMemCache("redis-stand-in", {"KEY_PREFIX": params.get("KEY_PREFIX", "")})
        self._left_alone_until = 0.0

    def add(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", key, *args, **kwargs)

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", key, *args, **kwargs)

    def set(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", key, *args, **kwargs)

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", key, *args, **kwargs)

    def _ask(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self._left_alone_until:
            try:
                return getattr(super(), operation)(*args, **kwargs)
            except (RedisError, OSError):
                self._left_alone_until = time.monotonic() + RETRY_SECONDS
                logger.warning("Redis does not answer: the cache is in memory for %s s.", RETRY_SECONDS)
        return getattr(self._memory, operation)(*args, **kwargs)
