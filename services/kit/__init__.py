"""What every service stands on: HTTP edges, transactions, tokens, jobs, change feeds. Domain-free."""
