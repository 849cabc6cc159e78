"""A fictional inventory in which a slate can be chosen: groups, services, links between them, and one that is full."""

import datetime as dt

from mapper.model import (
    Address,
    Audience,
    Contact,
    Language,
    Link,
    Meeting,
    Offer,
    Place,
    Resource,
    Room,
    Thresholds,
)
from mapper.text import Text
from tests.fictional import hostile

_CHECKED = dt.date(2026, 10, 1)


def _phone(number: int, ask_for: str = "het onthaal") -> tuple[Contact, ...]:
    words = Text(nl=ask_for, fr="l’accueil", en="the desk")
    return (Contact(type="phone", value=f"02 555 02 {number:02}", ask_for=words, when=Text(nl="ma-vr 9-12 u")),)


CIRCLE = Resource(
    id="circle",
    kind="self_organisation",
    name=Text.of("Roda da Esquina"),
    summary=Text(nl="Je kan er praten in een kring.", fr="On y parle en cercle.", en="You can talk there in a circle."),
    slices=("informal",),
    ties="bonding",
    needs=("being_heard", "company"),
    languages=(Language(code="pt"),),
    audience=Audience(everyone="yes", communities=("brazilian",)),
    approach="walk_in",
    welcomed_by=Text(nl="de gastvrouw"),
    thresholds=Thresholds(free="yes"),
    place=Place(address=Address(street=Text(nl="Eikstraat"), house_number="7", postcode="1000"), lon=4.344, lat=50.845),
    offers=(
        Offer(
            id="talk",
            name=Text(nl="Praatkring"),
            needs=("being_heard",),
            meetings=(Meeting(rule="FREQ=WEEKLY;BYDAY=TU", start_time=dt.time(18, 30)),),
        ),
    ),
    contacts=_phone(1, "de gastvrouw"),
    links=(Link(type="works_with", to="kitchen"),),
    volunteer_run="yes",
    status="active",
    checked_on=_CHECKED,
)
KITCHEN = Resource(
    id="kitchen",
    kind="citizen_initiative",
    name=Text.of("De Lange Tafel"),
    summary=Text(nl="Je kan er samen koken en eten.", fr="On y cuisine ensemble.", en="You can cook and eat together."),
    slices=("informal",),
    ties="bridging",
    needs=("company", "meals_together", "food"),
    languages=(Language(code="nl"), Language(code="fr")),
    audience=Audience(everyone="yes"),
    approach="walk_in",
    gives=("cooking", "gardening"),
    place=Place(lon=4.346, lat=50.846),
    contacts=_phone(2),
    volunteer_run="yes",
    status="active",
    checked_on=_CHECKED,
)
SERVICE = Resource(
    id="service",
    kind="general_welfare_centre",
    name=Text(nl="Huis van Welzijn", fr="Maison du bien-être"),
    summary=Text(nl="Je kan er hulp vragen bij schulden en wonen."),
    slices=("professional",),
    needs=("debt", "income", "housing", "being_heard"),
    languages=(Language(code="nl"), Language(code="fr"), Language(code="pt")),
    place=Place(lon=4.348, lat=50.844),
    contacts=_phone(3),
    links=(Link(type="introduces", to="circle"),),
    outreach="yes",
    status="active",
    checked_on=_CHECKED,
)
DOCTOR = Resource(
    id="doctor",
    kind="community_health_centre",
    name=Text.of("Wijkpraktijk Linde"),
    slices=("professional",),
    needs=("health_care", "mental_health", "being_heard"),
    languages=(Language(code="fr"),),
    place=Place(precision="neighbourhood", neighbourhood="2"),
    contacts=_phone(4),
    status="active",
    checked_on=_CHECKED,
)
SHELTER = Resource(
    id="shelter",
    kind="general_welfare_centre",
    name=Text.of("Vrouwenhuis Zwaluw"),
    summary=Text(nl="Je kan er praten over geweld thuis."),
    slices=("specialised",),
    needs=("safety", "being_heard"),
    place=Place(precision="contact_only"),
    contacts=_phone(5, "de hulplijn geweld"),
    status="active",
    checked_on=_CHECKED,
)
GARDEN = Resource(
    id="garden",
    kind="garden",
    name=hostile("Moestuin "),
    slices=("informal",),
    ties="both",
    needs=("company", "outings", "being_heard"),
    audience=Audience(everyone="yes"),
    gives=("gardening",),
    place=Place(precision="neighbourhood", neighbourhood="1"),
    contacts=_phone(6),
)
LIBRARY = Resource(
    id="library",
    kind="library",
    name=Text.of("Leeshuis Beuk"),
    slices=("professional",),
    ties="bridging",
    needs=("company", "conversation_practice", "being_heard"),
    audience=Audience(everyone="yes"),
    languages=(Language(code="nl"), Language(code="fr")),
    place=Place(lon=4.347, lat=50.851),
    opening_hours="Mo-Fr 09:00-17:00",
    contacts=_phone(7),
    status="active",
    checked_on=_CHECKED,
)
FULL = Resource(
    id="full",
    kind="club",
    name=Text.of("Volle Club"),
    slices=("informal",),
    needs=(),
    offers=(Offer(id="evening", name=Text(nl="Avond"), needs=("being_heard",), room=Room(state="full")),),
    place=Place(lon=4.345, lat=50.845),
)
SPARE = tuple(
    Resource(
        id=f"spare{number}",
        kind=("club", "community_centre", "drop_in_centre", "buddy_scheme")[number],
        name=Text.of(f"Reserveplek {number}"),
        slices=("informal",),
        ties="bridging",
        needs=("being_heard", "company"),
        audience=Audience(everyone="yes"),
        languages=(Language(code="fr"),),
        place=Place(lon=4.343 + number * 0.001, lat=50.848),
        contacts=_phone(10 + number),
    )
    for number in range(4)
)
DOORS = (CIRCLE, KITCHEN, SERVICE, DOCTOR, SHELTER, GARDEN, LIBRARY, FULL, *SPARE)
