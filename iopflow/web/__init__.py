"""The pages: what a browser is sent, and what it is drawn from."""
