"""Prediction with whole models: files of a run that need nothing else."""
