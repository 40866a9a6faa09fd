"""What keeps data and generated pages up to date. Run from a checkout; nothing of it is part of the collection."""
