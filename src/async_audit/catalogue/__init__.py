"""What libraries do, as data with sources."""
