"""What the portal is made of: locked packages, and the lists of them that go into the wheel."""
