"""Faults under load on real parts; what comes of it must be what an undisturbed run makes: ``make chaos``."""
