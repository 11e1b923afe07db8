"""The words of the interface as the site has them: searched, edited, taken back, carried in files."""
