"""What partners have agreed: agreements, and changes that wait for a second person."""
