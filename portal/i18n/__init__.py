"""Catalogues of the interface: kept up with the sources, checked, compiled."""
