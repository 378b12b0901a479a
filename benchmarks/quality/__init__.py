"""What networks are worth: results, ablations, and the way into the catalogue."""
