"""How a desk is set up, as a text: presets, and carrying a configuration from one desk to another."""
