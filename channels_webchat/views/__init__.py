"""What the widget asks over HTTP."""
