"""How the sync stands: the line on every page and the page behind it."""
