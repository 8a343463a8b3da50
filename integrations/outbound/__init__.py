"""Calls that leave this installation, to where they may go and nowhere else."""
