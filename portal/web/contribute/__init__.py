"""Pages, topic `contribute`: the forms a story is written and sent in, unsent texts, the receipt."""
