"""Newsrooms' WordPress sites, spoken to by their REST interface. Knows no tables and no web framework."""
