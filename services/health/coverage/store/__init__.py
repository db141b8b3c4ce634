"""SQL in, frozen records out. The only place that knows the coverage database."""
