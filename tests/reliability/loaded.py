"""What the process that forks others has loaded for them: importing this loads the dictionaries."""

from portal.story.word_forms import load_dictionaries

load_dictionaries()
