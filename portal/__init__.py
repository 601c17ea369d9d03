"""A portal where people pitch and submit first-person stories in their own language."""
