"""The Qt user interface: draws the state, emits commands."""
