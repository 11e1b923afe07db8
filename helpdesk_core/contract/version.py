"""The version of the plugin contract; it moves apart from the release."""

API_VERSION = "1.0"
