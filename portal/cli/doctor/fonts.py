"""What the doctor sees of fonts: pictures of shared links are drawn with those of the machine."""

from portal.cli.doctor.findings import Finding, Kind
from portal.data import content
from portal.domain.languages import LOCALES
from portal.web.public.fonts import find_font


def examine_fonts() -> list[Finding]:
    """Return in which languages of the interface those pictures stay without words."""
    said = content.coverage_texts()["title"]
    lacking = [one.tag for one in LOCALES if find_font(said[one.tag], one.tag, serif=True, bold=True) is None]
    if not lacking:
        return []
    return [
        Finding(
            Kind.NO_FONT,
            f"Pictures of shared links have no words in {', '.join(lacking)}: no font we know has these "
            "letters. Install fontconfig, fonts-noto-core and fonts-noto-cjk, as Debian calls them.",
        )
    ]
