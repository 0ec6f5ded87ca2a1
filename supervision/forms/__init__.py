"""What supervision's pages ask for."""
