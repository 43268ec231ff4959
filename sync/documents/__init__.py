"""The document types that travel between nodes and central, and the rules about one document."""
