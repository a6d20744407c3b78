"""What the user sees: Qt draws the state and emits wishes."""
