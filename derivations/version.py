"""The version that proofs, notes and the command's JSON carry; setup.cfg holds the same."""

VERSION = "0.1.0"
