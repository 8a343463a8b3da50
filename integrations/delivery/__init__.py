"""From a transition to somebody who was told: planned once, claimed under a lease, tried until taken or given up."""
