"""The lesson's page in a real browser."""
