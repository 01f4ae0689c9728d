"""The version that proofs, notes and the command's JSON carry; setup.cfg reads it here."""

VERSION = "0.1.0"
