"""Training of drafter heads for speculative decoding, on text that the target writes itself."""
