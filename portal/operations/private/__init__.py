"""Acts, topic `private`: the contributor's private page, opened by the receipt code."""
