"""Stand-ins for the platforms: small local servers, as strict as the platforms themselves."""
