"""Reading queries, keys and values: one file per format, one for arrays in memory, and checks."""
