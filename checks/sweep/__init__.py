"""The errors and their bounds measured on random instances, over a grid of sizes and margins.

models: what is drawn; grid: which cells there are; draws: random numbers; formulas: everything
measured of many draws at once; decide: measured <= bound, certainly; statistics: what is kept;
cell: one cell in chunks; store: the folder; table: the tidy table; run: cells on many workers.
"""
