"""Word files as people have them, each with one thing that once cost words. All words are invented."""

from tests.support.docx_list_cases import LISTS
from tests.support.docx_part_cases import CHUNKS, HIDDEN, PARTS
from tests.support.docx_text_cases import BOXES, CHANGES, FIELDS, LINES, PLAIN, WRAPPERS

WORD_CASES = [*FIELDS, *WRAPPERS, *BOXES, *CHUNKS, *PARTS, *HIDDEN, *LISTS, *LINES, *CHANGES, *PLAIN]
