"""The rules of a school: frozen values and pure functions; no clock, no store, no web."""
