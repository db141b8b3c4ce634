"""Partners, their clients and agreements: rules, races, and the API through the gateway."""
