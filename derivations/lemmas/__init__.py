"""The library: one theorem per file, each with its proof in kernel rules."""
