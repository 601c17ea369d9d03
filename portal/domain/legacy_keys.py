"""Question keys of the first releases: their calls name no roles, and stay in databases as they are."""

from collections.abc import Mapping

QUESTION_ROLES: Mapping[str, str] = {
    "lang": "language",
    "idea": "gist",
    "link": "gist_more",
    "you": "gist_more",
    "story": "body",
    "title": "title",
    "place_time": "place",
    "community": "side",
    "bio": "bio",
    "byline": "byline",
    "avoid": "avoid",
    "risk": "risk",
    "may": "publishing",
    "embargo": "embargo",
    "reply": "reply",
}
OPTION_SIDES: Mapping[str, str] = {"taiwan": "tw", "ukraine": "ua"}
CONSENT_ROLES: Mapping[str, str] = {
    "c_use": "reading",
    "c_age": "age",
    "c_own": "ownership",
    "c_lic": "licence",
}
STATEMENT_PLACES: Mapping[str, str] = {
    "payment": "before_start",
    "withdraw": "below_consents",
    "connection": "safety",
    "ukraine": "above_consents",
    "taiwan": "above_consents",
}
