"""PostgreSQL and Valkey from wheels, for `make run`, the commands and the tests on one machine.

`running_servers` is the only door: it starts both servers for a data folder, or joins those that run already.
"""

from creditrisk.embedded.addresses import Addresses
from creditrisk.embedded.errors import EmbeddedServerError
from creditrisk.embedded.servers import running_servers

__all__ = ["Addresses", "EmbeddedServerError", "running_servers"]
