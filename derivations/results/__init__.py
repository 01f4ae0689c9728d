"""The results, one file each; every file runs by itself as a script."""
