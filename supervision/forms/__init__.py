"""What supervision asks for."""
