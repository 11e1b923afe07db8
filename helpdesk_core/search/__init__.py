"""Full-text search that finds the same on both databases."""
