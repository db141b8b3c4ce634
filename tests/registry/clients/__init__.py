"""What the registry speaks to beside its database."""
