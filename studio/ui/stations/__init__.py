"""The pages of the stations, one folder each."""
