"""Languages, terms and catalogs."""
