"""Pages, topic `coverages`: accepted drafts of a coverage, edited and exported."""
