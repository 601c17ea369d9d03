"""Fields of a Word document: what they show is text of the document, what they are told to show is not."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from portal.media.docx_package import W, is_on, read_value

HREF = "href"
"""An attribute of ours: where the text of a run leads."""
_ADDRESS = re.compile(r'\s*HYPERLINK\s+(?:"([^"]*)"|([^\s\\"]+))', re.IGNORECASE)
_CHOICE = "FORMDROPDOWN"
_BOX = "FORMCHECKBOX"
_TICKED, _UNTICKED = "☒", "☐"


@dataclass
class _Field:
    """A field that is open: what it is told comes first, what it shows after that."""

    begin: Element
    told: list[str] = field(default_factory=list)
    unseen: list[tuple[Element, Element]] = field(default_factory=list)
    """Texts between what begins the field and what it shows, each with the run it stands in."""
    is_showing: bool = False
    href: str = ""


def settle_fields(root: Element) -> None:
    """Leave of each field what it shows: the texts, where they lead, the ticks and choices of old forms."""
    for simple in root.iter(f"{W}fldSimple"):
        if href := _find_address(simple.get(f"{W}instr", "")):
            for run in simple.iter(f"{W}r"):
                run.set(HREF, href)
    if next(root.iter(f"{W}fldChar"), None) is None:
        return
    open_fields: list[_Field] = []
    for run in list(root.iter(f"{W}r")):
        for child in list(run):
            _settle(child, run, open_fields)
        for one in open_fields:
            if one.href:
                run.set(HREF, one.href)


def _settle(child: Element, run: Element, open_fields: list[_Field]) -> None:
    innermost = open_fields[-1] if open_fields else None
    if child.tag == f"{W}fldChar":
        match child.get(f"{W}fldCharType"):
            case "begin":
                open_fields.append(_Field(child))
            case "separate" if innermost is not None and not innermost.is_showing:
                _begin_showing(innermost)
            case "end" if innermost is not None:
                _end(open_fields.pop(), child, run)
    elif child.tag == f"{W}instrText" and innermost is not None:
        innermost.told.append(child.text or "")
    elif child.tag == f"{W}t":
        # Whatever stands before the outermost field shows anything is part of what it is told.
        for one in open_fields:
            if not one.is_showing:
                one.unseen.append((run, child))
                break


def _begin_showing(one: _Field) -> None:
    one.is_showing = True
    one.href = _find_address("".join(one.told))
    _forget(one)


def _end(one: _Field, mark: Element, run: Element) -> None:
    if not one.is_showing:
        _forget(one)
    if shown := _show_form_field("".join(one.told).strip().upper(), one.begin.find(f"{W}ffData")):
        text = Element(f"{W}t")
        text.text = shown
        run.insert(list(run).index(mark), text)


def _forget(one: _Field) -> None:
    """Take out what a field was told. One that never ends told nothing: then its texts stay."""
    for run, text in one.unseen:
        run.remove(text)


def _find_address(told: str) -> str:
    found = _ADDRESS.match(told)
    return (found[1] or found[2] or "") if found else ""


def _show_form_field(told: str, data: Element | None) -> str:
    if data is None:
        return ""
    if told.startswith(_BOX):
        box = data.find(f"{W}checkBox")
        if box is None:
            return ""
        ticked = box.find(f"{W}checked")
        return _TICKED if is_on(ticked if ticked is not None else box.find(f"{W}default")) else _UNTICKED
    if told.startswith(_CHOICE):
        choices = [one.get(f"{W}val", "") for one in data.findall(f"{W}ddList/{W}listEntry")]
        chosen = read_value(data, "ddList/result") or read_value(data, "ddList/default") or "0"
        return choices[int(chosen)] if chosen.isdecimal() and int(chosen) < len(choices) else ""
    return ""
