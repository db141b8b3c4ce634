"""What sets an extract as a printed page."""
