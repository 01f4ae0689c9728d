"""The parts of a report's page, one in each file."""
