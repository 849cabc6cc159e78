"""Messages in the reader's language outside a web request: for the terminal, and for what `Problem` says."""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mapper.coverage import State
from mapper.matching import Excluded, Gap, Statement, Step, Usual
from mapper.model import Problem, Reason
from mapper.text import N_

#: The languages of the interface that are written with care; the web shows Arabic too, to prove right-to-left.
LANGUAGES = ("nl", "fr", "en")

#: What somebody signed in is called.
ROLE_LABELS = {
    "steward": N_("voice of a group"),
    "worker": N_("professional"),
    "coach": N_("neighbourhood coach"),
    "admin": N_("admin"),
}

#: The facts of a record in words, in the order in which a page tells their sources.
FACT_LABELS = {
    "summary": N_("what it does"),
    "contacts": N_("phone and contact"),
    "place": N_("where it is"),
    "opening_hours": N_("opening hours"),
    "languages": N_("languages"),
    "thresholds": N_("price and access"),
    "offers": N_("what you can take part in"),
    "links": N_("who works with whom"),
}

_FOLDER = Path(__file__).parent / "translations"

_REASONS = {
    "matches_need": N_("answers what you asked for"),
    "matches_kind": N_("is the kind of place you asked for"),
    "matches_area": N_("in the area you asked for"),
    "matches_language": N_("your language is spoken there"),
    "matches_community": N_("for the people you named"),
    "matches_street": N_("in the street you asked for"),
    "matches_theme": N_("answers something near to what you asked for"),
    "matches_words": N_("has the words you typed: {words}"),
    "near": N_("close to you: {metres} m"),
}
_LIMITS = {
    "free": N_("free"),
    "wheelchair": N_("a wheelchair can get in"),
    "outreach": N_("comes to your home"),
    "walk_in": N_("you can walk in without an appointment"),
    "open_now": N_("open now"),
    "open_today": N_("open today"),
    "open_evening": N_("open in the evening"),
    "open_weekend": N_("open at the weekend"),
    "open_saturday": N_("open on Saturday"),
    "open_sunday": N_("open on Sunday"),
    "papers": N_("asks for no papers"),
}
#: A limit that is kept only as far as nobody said otherwise.
_NOT_KNOWN = N_("not known: {limit}")
#: Less than this share of what a limit weighs says that it is not known.
_KNOWN_WEIGHT = 0.05


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", _FOLDER, [language], fallback=True)


def translator(language: str) -> Callable[[str], str]:
    """A function that says a message in this language ("nl", "fr", "ar"; else English)."""
    return _catalogue(language).gettext


def say(problem: Problem, language: str) -> str:
    """What went wrong, in this language."""
    return translator(language)(problem.message).format(**problem.data)


def say_reason(reason: Reason, language: str) -> str:
    """Why something is in a list, in this language; "" for a reason that has no words."""
    say_it = translator(language)
    if reason.code == "matches_limit":
        limit = say_it(_LIMITS[reason.data["id"]]) if reason.data.get("id") in _LIMITS else ""
        known = not limit or reason.weight >= _KNOWN_WEIGHT
        return limit if known else say_it(_NOT_KNOWN).format(limit=limit)
    message = _REASONS.get(reason.code)
    if message is None or (reason.code == "matches_words" and not reason.data.get("words")):
        return ""
    return say_it(message).format(**reason.data)


# A match: every code in words. "Few people to call on", never "weak"; "room for now"; introduced to a group,
# referred to a service.

#: Gives the name of an id in the reader's language: (id, the key it stands under).
NameOf = Callable[[str, str], str]

#: Why something is suggested: words for what speaks for it, and for what speaks against it.
_FOR = {
    "answers_need": N_("answers what was asked for: {names}"),
    "open_door": N_("full for now, but the house is open: you can walk in"),
    "shared_language": N_("a language you speak is spoken there: {names}"),
    "mother_tongue": N_("the language you speak best is spoken there: {names}"),
    "near": N_("close by"),
    "own_community": N_("among people of a community where you feel at home: {names}"),
    "introduced": N_("somebody can introduce you: {names}"),
    "known_there": N_("a place where you already go knows them"),
    "welcomes": N_("somebody welcomes newcomers"),
    "walk_in": N_("you can walk in, nobody has to send you"),
    "everyone": N_("everyone is welcome"),
    "comes_to_you": N_("comes to your home"),
    "bridging_gain": N_("opens doors outside your own circle"),
    "among_ourselves": N_("among people like yourself: there, trust comes first"),
    "place_to_give": N_("you can do there what you like to do: {names}"),
    "support_beside": N_("somebody stands beside you, and that strengthens other ties too"),
    "fits_limits": N_("fits what must be so: {names}"),
    "low_threshold": N_("easy to enter: free, or without signing up or reading"),
    "room_now": N_("there is room for now"),
    "times_known": N_("it is known when you can go"),
    "can_be_reached": N_("it is known how to reach them"),
}
_AGAINST = {
    "shared_language": N_("other languages are spoken there: {names}"),
    "near": N_("close to home, where you would rather not be seen"),
    "own_community": N_("among your own community, which you would rather not meet"),
    "for_others": N_("meant for {names}: ask whether everyone is welcome"),
    "elsewhere": N_("it works in another neighbourhood: ask whether you can come"),
    "low_threshold": N_("it may cost something, or ask for signing up or reading"),
    "old_record": N_("not checked lately: ask first"),
    "only_reported": N_("nobody has checked yet whether it is still there: ask first"),
    "room_now": N_("there is a waiting list"),
    "asked_lately": N_("others were introduced here lately: ask whether there is room for now"),
    "women_among": N_("for women only"),
}
_EXCLUDED = {
    "not_there": N_("it closed, it pauses, or it is told in the past"),
    "out_of_reach": N_("it is too far, and it does not come to the home"),
    "serves_elsewhere": N_("it works for another part of Brussels"),
    "avoided": N_("you would rather not go there"),
    "avoided_community": N_("you would rather not meet this community"),
    "own_community": N_("it is for your own community, which you would rather not meet"),
    "already_known": N_("you already go there"),
    "not_through_services": N_("the group asks that nobody is sent by a service; one can go without"),
    "other_slice": N_("it is another kind of help than the one you want"),
    "must_be_free": N_("it costs money"),
    "papers": N_("papers are asked there"),
    "wheelchair": N_("a wheelchair cannot get in"),
    "women_only": N_("it is (not) only for women"),
    "evenings": N_("it is not open in the evening"),
    "full": N_("it is full for now"),
    "nothing_asked": N_("it answers nothing that was asked for"),
}
LIMIT_LABELS = {
    "free": N_("It must be free"),
    "papers_not_asked": N_("Nobody asks for papers"),
    "wheelchair": N_("A wheelchair can get in"),
    "women_only": N_("For women only"),
    "evenings": N_("In the evening"),
}
_GAPS = {
    "need_unanswered": N_("Nothing is known within reach for: {need}."),
    "need_full": N_("What is known for this is full for now: {need}. Ask when there is room again."),
    "need_not_wished": N_("{need} is a right, and a service answers it. You would rather have none now: that is fine."),
    "only_volunteers": N_("{need}: only volunteer groups are known nearby. They are no answer to that; a service is."),
    "no_professional": N_("No professional service is known within reach. Groups alone are not enough here."),
    "no_bridge": N_("Nothing was found nearby that opens a door outside the own circle."),
    "no_bonding": N_("No place was found among people with something in common."),
    "nowhere_to_give": N_("No place nearby asks for what this person likes to give."),
    "nothing_comes_to_you": N_("Nothing was found that comes to people, and nobody who can walk along."),
    "few_found": N_("Few places are known here that fit."),
    "few_near": N_("Few places are known here that fit. Going further may give more."),
    "few_come": N_("Few places are known that come to the home. A service that already helps may know others."),
}
#: What nobody knows yet and this person needs to know, to be asked on the phone.
_THRESHOLDS = {
    "free": N_("Is it free?"),
    "papers_not_asked": N_("Are papers asked?"),
    "wheelchair": N_("Can a wheelchair get in?"),
    "women_only": N_("Is it for women only?"),
    "evenings": N_("Is it open in the evening?"),
    "language": N_("Which languages are spoken?"),
    "audience": N_("Is everyone welcome?"),
    "service_area": N_("Do they work in this neighbourhood?"),
    "room": N_("Is there room for now?"),
}
#: How one gets from the step before to this one.
_STEPS = {
    "start": N_("begin at"),
    "hosts": N_("which shares a roof with"),
    "member_of": N_("which is in one organisation with"),
    "works_with": N_("which works with"),
    "refers_to": N_("which knows the way to"),
    "introduces": N_("which introduces people to"),
    "funds": N_("which has a tie with"),
    "grew_out_of": N_("which has common roots with"),
    "language": N_("where your language is spoken:"),
    "community": N_("among people of your community:"),
}
#: What was usual in the study of 2018, beside what somebody tells.
_USUAL = {
    "called_on_first": N_("People call first on those they live with. Many live alone."),
    "sometimes_call_on_family": N_("{percent_from} to {percent_to} in 100 people sometimes call on their family."),
    "no_family_in_brussels": N_("{percent_from} to {percent_to} in 100 people have no family in Brussels."),
    "at_most_five_friends": N_("Most people have at most five friends."),
    "rarely_call_on_friends": N_("Most people rarely call on their friends."),
    "know_at_most_two_neighbours": N_(
        "{percent_from} to {percent_to} in 100 people know at most two neighbours by their first name."
    ),
    "never_or_rarely_call_on_a_neighbour": N_(
        "{percent_from} to {percent_to} in 100 people never or rarely call on a neighbour."
    ),
}
CIRCLE_LABELS = {
    "household": N_("Household"),
    "family": N_("Family"),
    "friends": N_("Friends"),
    "neighbours": N_("Neighbours"),
}
#: What a profile says, strengths first.
_STATEMENTS = {
    "strong_sides": N_("Strong sides: {names}."),
    "speaks": N_("Speaks {names}."),
    "likes_to_give": N_("Likes to give: {names}."),
    "gives_to": N_("Does things for others: {names}."),
    "goes_to": N_("Already goes to places where people meet."),
    "emotional_help": N_("Can talk with: {names}."),
    "practical_help": N_("Finds a helping hand with: {names}."),
    "already_helped": N_("A service already helps."),
    "wishes_more_contact": N_("Would like to know more people."),
    "wishes_no_more_contact": N_("Wants no wider network now. That is respected."),
    "would_rather_not_ask": N_("Asking is not easy, so what comes to people counts more."),
    "carries_much": N_("Already carries a lot, so nobody asks for more."),
    "wishes_only": N_("Wants only: {names}."),
}
#: Further than this, in metres, nobody calls it close by.
_CLOSE_BY_M = 1500


def say_match_reason(reason: Reason, language: str, name_of: NameOf) -> str:
    """Why something is suggested, or what speaks against it, in this language; "" for what needs no words."""
    code, data = reason.code, reason.data
    if code == "near" and reason.weight > 0 and data.get("distance_m", 0) > _CLOSE_BY_M:
        return ""
    if code == "introduced" and data.get("through_group"):
        code = "known_there"
    if code == "welcomes":
        code = "walk_in" if data.get("walk_in") else "everyone" if data.get("everyone") else code
    message = (_FOR if reason.weight > 0 else _AGAINST).get(code)
    # Languages shared and languages spoken are told apart by which way they count.
    first = "spoken" if code == "shared_language" and reason.weight < 0 else ""
    return _with_names(message, data, language, name_of, first) if message else ""


def say_excluded(excluded: Excluded, language: str) -> str:
    """Why something cannot be suggested to this person, in this language."""
    return translator(language)(_EXCLUDED[excluded.code]) if excluded.code in _EXCLUDED else ""


def say_gap(gap: Gap, language: str, name_of: NameOf) -> str:
    """What the inventory did not allow, in this language."""
    message = _GAPS.get(gap.code)
    need = name_of(gap.need, "needs") if gap.need else ""
    return translator(language)(message).format(need=need) if message else ""


def say_threshold(name: str, language: str) -> str:
    """What to ask before one goes, in this language."""
    return translator(language)(_THRESHOLDS[name]) if name in _THRESHOLDS else ""


def say_step(step: Step, language: str) -> str:
    """How one gets to this step of a path, in this language."""
    return translator(language)(_STEPS[step.link]) if step.link in _STEPS else ""


def say_usual(usual: Usual, language: str) -> str:
    """What was usual in the study, in this language."""
    message = _USUAL.get(usual.code)
    percents = {"percent_from": usual.percent_from, "percent_to": usual.percent_to}
    return translator(language)(message).format(**percents) if message else ""


def say_statement(statement: Statement, language: str, name_of: NameOf) -> str:
    """One sentence about what a profile says, in this language."""
    message = _STATEMENTS.get(statement.code)
    return _with_names(message, statement.data, language, name_of) if message else ""


#: The five states of a gap. Not looked is never nothing found.
STATE_LABELS: dict[State, str] = {
    "served": N_("there is an answer"),
    "thin": N_("little within reach"),
    "volunteers_only": N_("volunteers only"),
    "nothing_found": N_("nothing found"),
    "not_looked": N_("not looked yet"),
}
#: Why two groups could meet, or why an offer fits what a group needs.
_MEETING = {
    "complements": N_("one needs what the other offers: {names}"),
    "shared_public": N_("both are there for: {names}"),
    "shared_language": N_("both speak: {names}"),
    "same_need": N_("both work on: {names}"),
    "fits_support": N_("offers what is needed: {names}"),
    "already_linked": N_("they know each other already"),
    "near": N_("{distance} from each other"),
}


def say_state(state: State, language: str) -> str:
    """A state of a gap in this language."""
    return translator(language)(STATE_LABELS[state])


def say_meeting(reason: Reason, language: str, name_of: NameOf) -> str:
    """Why two groups could meet, in this language; "" for a reason that has no words."""
    message = _MEETING.get(reason.code)
    if message is None:
        return ""
    if "distance_m" in reason.data:
        return _with_distance(message, reason, language)
    keys = ("support", "supports", "communities", "languages", "needs")
    named = {key: reason.data[key] for key in keys if key in reason.data}
    return _with_names(message, named, language, name_of)


def _with_distance(message: str, reason: Reason, language: str) -> str:
    """A message with how far it is, in metres, from a thousand on in kilometres."""
    from babel.units import format_unit

    metres = reason.data.get("distance_m", 0)
    unit, count = ("length-meter", metres) if metres < 1000 else ("length-kilometer", round(metres / 1000, 1))
    return translator(language)(message).format(distance=format_unit(count, unit, "short", locale=language))


def _with_names(message: str, data: dict[str, Any], language: str, name_of: NameOf, first: str = "") -> str:
    """A message with the names of the ids in its data; "" when it needs names and there are none."""
    say_word = translator(language)
    keys = (
        [first]
        if first in data
        else [key for key, value in data.items() if value and isinstance(value, (str, tuple, list))]
    )
    names = []
    for key in keys[:1]:
        for one in [data[key]] if isinstance(data[key], str) else data[key]:
            label = {"circles": CIRCLE_LABELS, "limits": LIMIT_LABELS}.get(key, {}).get(one)
            names.append(say_word(label) if label else name_of(one, key))
    if "{names}" in message and not names:
        return ""
    return say_word(message).format(names=", ".join(names))


# Curation: why two records may be one, what to ask a group, how a call went.
_ALIKE = {
    "name_same": N_("the same name"),
    "name_near": N_("nearly the same name"),
    "name_holds": N_("one name is part of the other"),
    "name_part": N_("some words of the name"),
    "same_phone": N_("the same telephone number"),
    "same_email": N_("the same e-mail address"),
    "same_page": N_("the same page on the web"),
    "same_site": N_("the same website"),
    "same_enterprise_number": N_("the same enterprise number"),
    "same_door": N_("the same door"),
    "nearby": N_("{distance} from each other"),
    "same_area": N_("in the same area"),
    "two_languages": N_("named in two languages"),
    "other_number": N_("but another number in the name"),
    "other_area_named": N_("but another place in the name"),
    "other_sort": N_("but another sort of thing by its name"),
    "other_kind": N_("but noted as another kind"),
    "other_phone": N_("but another telephone number"),
    "other_page": N_("but another page of the same site"),
    "other_enterprise_number": N_("but another enterprise number"),
    "far_apart": N_("but {distance} apart"),
}
VERDICTS = {"same": N_("Surely the same"), "perhaps": N_("Perhaps the same"), "different": N_("Two places")}
#: What is asked, as a question one can read out.
QUESTIONS = {
    "opening_hours": N_("When are you open these days?"),
    "offers": N_("What can people take part in now, and is there room?"),
    "contacts": N_("How do you like people to reach you, and whom should they ask for?"),
    "languages": N_("Which languages do you speak there?"),
    "thresholds": N_("Is it free? Does one have to register? Can a wheelchair get in?"),
    "place": N_("Is this still the place where people find you?"),
}
OUTCOME_LABELS = {
    "spoke": N_("We spoke"),
    "no_answer": N_("Nobody answered"),
    "call_later": N_("It was a bad moment, call later"),
    "no_more_calls": N_("They ask not to be called again"),
}


def say_alike(reason: Reason, language: str) -> str:
    """What two records have in common or what parts them, in this language."""
    return _with_distance(_ALIKE[reason.code], reason, language) if reason.code in _ALIKE else ""


def say_verdict(verdict: str, language: str) -> str:
    """Whether two records are one, in this language."""
    return translator(language)(VERDICTS[verdict])
