"""Jobs of several runs: sweeps, and the queue of the terminal."""
