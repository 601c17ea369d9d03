"""Search in texts of any language: tokens, the terms they are found by, what is asked for, and hits."""
