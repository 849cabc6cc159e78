"""Clearly fictional inventories: one for the tests of the public page, and doors of which a slate can be chosen."""

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
    Source,
    Story,
    Support,
    Thresholds,
)
from mapper.text import Text

#: Runs when any of it is taken for code: as HTML, in an attribute, in a template literal, in a script block.
HOSTILE = (
    '</script><script>window.__ran=1</script><img src=x onerror="window.__ran=2">'
    "${window.__ran=3}`${window.__ran=4}`'\"--><svg/onload=window.__ran=5>{{7*7}}\u202egnisrever"
)


def hostile(words: str = "") -> Text:
    return Text(nl=words + HOSTILE, fr=words + HOSTILE)


LANTERN = Resource(
    id="lantern",
    kind="self_organisation",
    name=Text.of("De Lantaarn"),
    former_names=(Text(nl="Het Kaarslicht"),),
    summary=Text(nl="Je kan er elke dinsdag praten in het Portugees.", fr="Chaque mardi, on parle en portugais."),
    description=Text(nl="Een tiental mensen luistert naar elkaar."),
    stories=(Story(text=Text(nl="Ik kwam voor de soep."), consent=Text(nl="mondeling, aan de coach")),),
    slices=("self", "informal"),
    ties="both",
    needs=("being_heard", "company"),
    languages=(Language(code="pt"), Language(code="fr", note=Text(nl="bel eerst", fr="appelez d'abord"))),
    thresholds=Thresholds(free="yes"),
    welcomed_by=Text(nl="de gastvrouw", fr="l'hôtesse"),
    place=Place(
        address=Address(street=Text(nl="Eikstraat", fr="Rue du Chêne"), house_number="7", postcode="1000"),
        lon=4.3456,
        lat=50.8456,
    ),
    offers=(
        Offer(
            id="circle",
            name=Text(nl="Praatcirkel", fr="Cercle de parole"),
            needs=("being_heard",),
            room=Room(state="full", until=dt.date(2027, 1, 15)),
            meetings=(
                Meeting(
                    rule="FREQ=WEEKLY;BYDAY=TU",
                    starts_on=dt.date(2026, 1, 6),
                    start_time=dt.time(18, 30),
                    duration_min=90,
                    language="pt",
                ),
            ),
        ),
    ),
    opening_hours="Mo-Fr 09:00-17:00",
    contacts=(
        Contact(type="phone", value="02 555 01 23", ask_for=Text(nl="de gastvrouw"), when=Text(nl="dinsdag 14–17 u")),
        Contact(type="website", value="https://example.org/lantaarn"),
        Contact(type="social", value="javascript:window.__ran=6"),
    ),
    links=(Link(type="works_with", to="bridge"),),
    support_needed=(Support(type="room"),),
    gives=("cooking",),
    status="active",
    checked_on=dt.date(2026, 9, 3),
    sources=(Source(facts=("contacts", "place"), title="Eigen website", by="account-17", on=dt.date(2026, 9, 3)),),
)
BRIDGE = Resource(
    id="bridge",
    kind="general_welfare_centre",
    name=Text(nl="De Brug", fr="Le Pont"),
    needs=("income", "debt"),
    slices=("professional",),
    ties="bridging",
    place=Place(precision="neighbourhood", neighbourhood="2"),
    sources=(Source(facts=("*",), title="Study", on=dt.date(2018, 6, 1)),),
)
PAST = Resource(
    id="past", kind="carers_group", name=Text.of("Vroegere Kring"), status="historical", needs=("carer_support",)
)
HOSTILE_RECORD = Resource(
    id="hostile",
    kind="club",
    name=hostile(),
    other_names=(hostile(),),
    summary=hostile(),
    description=hostile(),
    stories=(Story(text=hostile(), consent=hostile()),),
    slices=("informal",),
    ties="bonding",
    ties_why=hostile(),
    needs=("company",),
    languages=(Language(code='pt" onload="window.__ran=7', note=hostile()),),
    thresholds=Thresholds(price=hostile(), wheelchair_note=hostile()),
    welcomed_by=hostile(),
    place=Place(
        address=Address(street=hostile(), house_number=HOSTILE, postcode=HOSTILE),
        lon=4.3551,
        lat=50.8551,
        how_to_get_there=hostile(),
    ),
    service_area_note=hostile(),
    offers=(
        Offer(
            id="x",
            name=hostile(),
            description=hostile(),
            price=hostile(),
            room=Room(state="open", note=hostile()),
            meetings=(Meeting(rule="FREQ=WEEKLY;BYDAY=MO", start_time=dt.time(10), led_by=hostile(), note=hostile()),),
        ),
    ),
    opening_hours=HOSTILE,
    contacts=(
        Contact(type="phone", value=HOSTILE, ask_for=hostile(), when=hostile()),
        Contact(type="email", value=HOSTILE),
        Contact(type="website", value="javascript:window.__ran=8"),
        Contact(type="social", value="https://x.example/" + HOSTILE),
    ),
    links=(Link(type="works_with", to="lantern", note=hostile()),),
    support_needed=(Support(type="room", note=hostile()),),
    sources=(Source(facts=("place",), title=HOSTILE, url="javascript:window.__ran=9"),),
)


def crowd(count: int) -> list[Resource]:
    """So many fictional places all over Brussels, the same every time."""
    kinds = ("club", "library", "garden", "shop", "community_centre")
    needs = ("company", "homework_help", "food", "learn_dutch", "volunteering")
    places = []
    for number in range(count):
        # Two irrational steps spread the points evenly without chance.
        lon = 4.26 + (number * 0.754877666) % 1 * 0.2
        lat = 50.78 + (number * 0.569840296) % 1 * 0.12
        places.append(
            Resource(
                id=f"fictional{number}",
                kind=kinds[number % 5],
                name=Text.of(f"Verzonnen Plek {number}"),
                summary=Text(nl="Je kan er koffie drinken met buren.", fr="On y boit un café avec des voisins."),
                slices=("informal",),
                needs=(needs[number % 5],),
                languages=(Language(code=("nl", "fr", "ar", "tr")[number % 4]),),
                thresholds=Thresholds(free=("yes", "no", "unknown")[number % 3]),  # type: ignore[arg-type]
                place=Place(lon=round(lon, 5), lat=round(lat, 5)),
                contacts=(Contact(type="phone", value=f"02 555 {number // 100 % 100:02} {number % 100:02}"),),
            )
        )
    return places


# Doors of which a slate can be chosen: groups, services, links between them, and one that is full.

CHECKED = dt.date(2026, 10, 1)


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
    checked_on=CHECKED,
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
    checked_on=CHECKED,
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
    checked_on=CHECKED,
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
    checked_on=CHECKED,
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
    checked_on=CHECKED,
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
    checked_on=CHECKED,
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
