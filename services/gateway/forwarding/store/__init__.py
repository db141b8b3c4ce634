"""What the limits keep."""
