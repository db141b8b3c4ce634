"""Indimaj: the open back end of the programme for the integration of migrants in Morocco."""
