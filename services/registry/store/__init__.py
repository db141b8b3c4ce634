"""The register's rows: SQL in, frozen records out. No rule is decided here and nothing commits."""
