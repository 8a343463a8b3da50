"""Figures of delivery, measured with real notifiers, real databases and destinations that misbehave."""
