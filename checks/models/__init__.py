"""Real models in plain NumPy: a MiniLM encoder and the project's own small causal model."""
