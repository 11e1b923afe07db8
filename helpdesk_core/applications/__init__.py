"""Administration » Applications: the plugins of a site as its administrator sees them."""
