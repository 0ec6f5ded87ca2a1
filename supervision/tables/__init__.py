"""How supervision is shown."""
