"""Pages, topic `site`: what the pages of all topics share."""
