"""The demonstration: real incidents and tickets written by hand, loaded through the services."""
