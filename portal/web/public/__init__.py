"""Pages, topic `public`: pages that everybody can read."""
