"""One file a station of the ribbon."""
