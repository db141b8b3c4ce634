"""What the registry speaks to beside its database: the blob store, and the examiner of uploads."""
