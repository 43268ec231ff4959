"""What every implementation of a store promises; each store's own tests run these."""
