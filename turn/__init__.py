"""TURN: short-lived credentials and the coturn configuration."""
