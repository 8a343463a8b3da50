"""What keeps alerts quiet, never hidden: silences, maintenance windows and inhibitions.

``judge`` says which alerts are muted by what; ``marks`` writes it down as transitions are published, ``turns`` when a
mute begins or ends.
"""
