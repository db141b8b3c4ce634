"""How the gateway's areas are put together, a file for each seam; areas know each other only here and in `app.py`."""
