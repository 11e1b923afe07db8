"""The contract between the core and its plugins: the bottom layer, it imports nothing of ours."""
