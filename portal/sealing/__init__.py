"""Sealing: keys, the file of the key ring, sealed files, passphrases."""
