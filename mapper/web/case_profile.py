"""What is kept of a profile, all of it, as label and words: what is held about somebody hides nothing from them."""

from flask_babel import gettext

from mapper.model import CIRCLES, CircleTies, Profile
from mapper.taxonomy import Term
from mapper.text import N_
from mapper.web.asking import area_name
from mapper.web.conversation import BURDENS, CALLS, RANGES
from mapper.web.languages import language_name, plain
from mapper.web.resident import the_catalogue, the_mapper
from mapper.wording import CIRCLE_LABELS, LIMIT_LABELS

#: A yes and a no of each; None was not told.
_TOLD = {
    "wishes_more_contact": (N_("would like to know more people"), N_("wants no wider network")),
    "asks_easily": (N_("asks easily"), N_("would rather not ask")),
}
_TICKS = {
    "not_near_home": N_("not in the own quarter"),
    "phone_unsafe": N_("the phone is not safe"),
}
_OF_A_CIRCLE = {
    "in_brussels": (N_("in Brussels"), N_("not in Brussels")),
    "practical": (N_("helps with things to do"), N_("does not help with things to do")),
    "emotional": (N_("listens"), N_("does not listen")),
    "gives": (N_("gets help from the person"), N_("gets no help from the person")),
}


def profile_lines(profile: Profile | None) -> list[tuple[str, str]]:
    """Label and words of everything kept of a profile."""
    if profile is None:
        return []
    mapper = the_mapper()
    taxonomy = mapper.taxonomy
    area = [plain(area_name(profile.neighbourhood, mapper.geography))] if profile.neighbourhood else []
    lines = [
        (gettext("What would help"), _labels(profile.needs, taxonomy.needs)),
        (gettext("Languages"), [language_name(code) for code in profile.languages]),
        (gettext("Neighbourhood"), area),
        (gettext("How far"), [_how_far(profile.range_m)]),
        (gettext("Good at"), list(profile.strong_sides)),
        (gettext("Likes to give"), _labels(profile.gives, taxonomy.gives)),
        (gettext("Wishes"), _wishes(profile)),
        (
            gettext("Must be so"),
            [gettext(LIMIT_LABELS[name]) for name in LIMIT_LABELS if getattr(profile.limits, name)],
        ),
        (gettext("Goes already to"), [place_name(one) for one in (*profile.groups, profile.professional) if one]),
        (gettext("Does not want to go to"), [place_name(one) for one in profile.avoid.resources]),
        (gettext("Leaves out"), [gettext(CIRCLE_LABELS[name]) for name in profile.avoid.circles]),
    ]
    for name in CIRCLES if profile.circles else ():
        ties: CircleTies | None = getattr(profile.circles, name)
        if ties is not None:
            lines.append((gettext(CIRCLE_LABELS[name]), _circle(ties)))
    return [(label, ", ".join(words)) for label, words in lines if words]


def place_name(place_id: str) -> str:
    """The name of a place for this reader; a word for one that is no longer here."""
    place = the_catalogue().get(place_id)
    return plain(place.name) if place else gettext("a place that is no longer here")


def _labels(ids: tuple[str, ...], terms: dict[str, Term]) -> list[str]:
    return [plain(terms[one].label) if one in terms else one for one in ids]


def _how_far(range_m: int) -> str:
    words = RANGES.get(str(range_m))
    return gettext(words) if words else f"{range_m} m"


def _wishes(profile: Profile) -> list[str]:
    said = [gettext(words[0] if getattr(profile, name) else words[1])
            for name, words in _TOLD.items() if getattr(profile, name) is not None]  # fmt: skip
    if profile.burden:
        said.append(gettext("carries %(how_much)s", how_much=gettext(BURDENS[profile.burden])))
    slices = the_mapper().taxonomy.slices
    said += [gettext("only %(slice)s", slice=plain(slices[one].label)) for one in profile.only_slices]
    ticked = {"not_near_home": profile.not_near_home, "phone_unsafe": not profile.phone_is_safe}
    return said + [gettext(_TICKS[name]) for name, is_so in ticked.items() if is_so]


def _circle(ties: CircleTies) -> list[str]:
    said = []
    if ties.size is not None:
        said.append(gettext("how many: %(number)s", number=ties.size))
    if ties.known_by_first_name is not None:
        said.append(gettext("known by first name: %(number)s", number=ties.known_by_first_name))
    if ties.calls:
        said.append(gettext("called upon: %(how_often)s", how_often=gettext(CALLS[ties.calls])))
    return said + [gettext(words[0] if getattr(ties, name) else words[1])
                   for name, words in _OF_A_CIRCLE.items() if getattr(ties, name) is not None]  # fmt: skip
