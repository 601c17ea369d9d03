"""The doctor: everything that can be wrong with an installation, found and told."""
