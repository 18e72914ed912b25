"""PostgreSQL and Valkey from wheels, and a supervisor, for one machine with nothing installed."""
