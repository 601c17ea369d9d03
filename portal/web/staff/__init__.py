"""Pages, topic `staff`: accounts of the desk: sign-in, passkeys, settings."""
