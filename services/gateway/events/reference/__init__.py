"""Data of this area: the event types that there are, and how patiently they are delivered."""
