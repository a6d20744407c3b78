"""The Qt user interface: it draws the state and emits the user's commands."""
