"""How long a fleet takes, ours beside what else one would use: ``make benchmark``. Never part of the test suite."""
