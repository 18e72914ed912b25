"""A view asks and answers; the flow decides."""
