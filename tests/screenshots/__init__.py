"""Pictures of pages for translators, and which message stands on which of them."""
