"""The choice of a backbone on the Features page."""
