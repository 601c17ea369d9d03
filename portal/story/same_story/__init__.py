"""Whether two texts tell the same story: what of each is compared, and what they share."""
