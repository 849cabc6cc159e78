"""Makes an inventory that is clearly fictional, for tests and measurements; never to be shown as real.

    python scripts/make_fictional.py 10000 --seed 1 --out fictional.jsonl

Every record says what it is: its id begins with "f", its name ends in "(fictief)", its source is
"Fictional record". Telephone numbers begin with +32 2 000, which no subscriber can have; addresses on the web
end in .example (RFC 2606). The same count, seed and box give the same bytes.
"""

import argparse
import datetime as dt
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mapper.model import (
    Address,
    Audience,
    Contact,
    Language,
    Link,
    Meeting,
    Offer,
    Origin,
    Place,
    Resource,
    Room,
    Source,
    Support,
    Thresholds,
    to_json,
)
from mapper.text import Text

#: West, south, east, north of the Brussels Region, in degrees.
BRUSSELS = (4.244, 50.764, 4.482, 50.914)
SOURCE = "Fictional record"
_POSTCODES = tuple(str(code) for code in (1000, 1020, 1030, 1040, 1050, 1060, 1070, 1080, 1081, 1082, 1083, 1090, 1120,
                                          1130, 1140, 1150, 1160, 1170, 1180, 1190, 1200, 1210))  # fmt: skip
_MUNICIPALITIES = tuple(str(21001 + place) for place in range(19))
_NEIGHBOURHOODS = tuple(str(number) for number in range(1, 146))
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_HOURS = ("", "", "Mo-Fr 09:00-17:00", "Mo-Fr 09:00-12:30,13:30-17:00; PH off", "Tu-Sa 10:00-18:00; PH off",
          "Mo,We,Fr 14:00-18:00", "Sa 10:00-13:00", "Mo-Su 08:00-20:00", "We 13:00-19:00; PH off")  # fmt: skip
_CHECKED_FROM = dt.date(2024, 1, 1)


class Sort(NamedTuple):
    """What records of a kind are like here: their words, slices, what they may answer, and their share."""

    kind: str
    share: int
    words: tuple[str, str, str]
    slices: tuple[str, ...]
    needs: tuple[str, ...]
    walk_in: bool = False


SORTS = (
    Sort("self_organisation", 18, ("Vereniging", "Association", "Association"), ("informal", "self"),
         ("company", "meals_together", "being_heard", "help_with_papers", "conversation_practice", "sports_culture")),
    Sort("citizen_initiative", 12, ("Buurtsalon", "Salon de quartier", "Neighbourhood salon"), ("informal",),
         ("company", "meals_together", "outings", "clothing_furniture", "volunteering")),
    Sort("antenna", 4, ("Antenne", "Antenne", "Antenna"), ("informal",),
         ("company", "household_help", "shopping_errands", "going_along")),
    Sort("soup_kitchen", 3, ("Soepkeuken", "Cantine populaire", "Soup kitchen"),
         ("informal",), ("food", "meals_together")),
    Sort("friends_group", 3, ("Vriendengroep", "Groupe d'amis", "Group of friends"),
         ("self", "informal"), ("company", "outings")),
    Sort("faith_group", 4, ("Gebedshuis", "Maison de prière", "House of prayer"),
         ("informal",), ("being_heard", "food")),
    Sort("carers_group", 3, ("Mantelzorggroep", "Groupe d'aidants", "Carers' group"),
         ("informal",), ("carer_support", "peer_support")),
    Sort("buddy_scheme", 2, ("Buddywerking", "Parrainage", "Buddies"),
         ("informal",), ("going_along", "company", "learn_dutch")),
    Sort("community_centre", 8, ("Gemeenschapscentrum", "Maison de quartier", "Community centre"),
         ("informal", "professional"),
         ("company", "sports_culture", "homework_help", "learn_french"), True),
    Sort("local_service_centre", 4, ("Dienstencentrum", "Centre de services", "Service centre"), ("professional",),
         ("meals_together", "home_care", "company", "digital_help")),
    Sort("community_health_centre", 5, ("Wijkgezondheidscentrum", "Maison médicale", "Health centre"),
         ("professional",),
         ("health_care", "mental_health")),
    Sort("public_welfare_centre", 1, ("Welzijnsbureau", "Bureau d'aide", "Welfare office"), ("professional",),
         ("income", "debt", "housing")),
    Sort("general_welfare_centre", 1, ("Welzijnswerk", "Aide sociale", "Social work"),
         ("professional",), ("housing", "safety")),
    Sort("advice_service", 4, ("Raadpunt", "Point conseil", "Advice point"), ("professional",),
         ("legal_advice", "help_with_papers", "residence", "debt")),
    Sort("shelter", 1, ("Opvanghuis", "Maison d'accueil", "Shelter"), ("specialised",), ("shelter", "safety")),
    Sort("disability_service", 2, ("Steundienst", "Service d'appui", "Support service"),
         ("specialised",), ("disability_support",)),
    Sort("library", 4, ("Bibliotheek", "Bibliothèque", "Library"),
         ("professional",), ("reading_writing", "sports_culture"), True),
    Sort("youth_centre", 4, ("Jeugdhuis", "Maison des jeunes", "Youth centre"),
         ("professional",), ("youth_activities", "homework_help")),
    Sort("childcare", 4, ("Kinderopvang", "Crèche", "Childcare"), ("professional",), ("childcare", "parenting")),
    Sort("training_place", 3, ("Leerplek", "Lieu d'apprentissage", "Place to learn"), ("professional",),
         ("learn_dutch", "learn_french", "training", "digital_help")),
    Sort("club", 4, ("Club", "Club", "Club"), ("informal",), ("sports_culture", "youth_activities")),
    Sort("garden", 3, ("Samentuin", "Jardin partagé", "Shared garden"),
         ("informal",), ("company", "volunteering"), True),
    Sort("shop", 3, ("Buurtwinkel", "Épicerie", "Corner shop"), ("self",), (), True),
    Sort("launderette", 1, ("Wasserette", "Lavoir", "Launderette"), ("self",), (), True),
    Sort("pharmacy", 1, ("Apotheek", "Pharmacie", "Pharmacy"), ("professional",), (), True),
)  # fmt: skip

#: Language code, and how often it is spoken somewhere; the first three nearly everywhere.
_LANGUAGES = (
    ("fr", 60),
    ("nl", 40),
    ("en", 25),
    ("ar", 14),
    ("tr", 7),
    ("pt", 6),
    ("es", 6),
    ("ro", 4),
    ("pl", 4),
    ("it", 3),
)
_GIVES = ("cooking", "helping_children", "listening", "company_visits", "gardening", "repairs", "sewing", "languages",
          "music_art", "paperwork", "computer_help", "organising", "welcoming")  # fmt: skip
_SUPPORTS = ("room", "working_funds", "reference_address", "translation", "volunteers", "equipment", "publicity")
_LINKS = ("hosts", "member_of", "works_with", "refers_to", "introduces", "funds", "grew_out_of")
_OFFERS = (
    ("homework_help", ("Huiswerkklas", "École de devoirs", "Homework class")),
    ("conversation_practice", ("Praattafel", "Table de conversation", "Conversation table")),
    ("meals_together", ("Samen eten", "Repas partagé", "Meal together")),
    ("being_heard", ("Praatronde", "Cercle de parole", "Talking circle")),
    ("sports_culture", ("Dansles", "Cours de danse", "Dance class")),
    ("digital_help", ("Computerhulp", "Aide informatique", "Computer help")),
)
_ADJECTIVES = (("Blauwe", "bleue"), ("Groene", "verte"), ("Kleine", "petite"), ("Warme", "chaude"), ("Stille", "calme"),
               ("Open", "ouverte"), ("Nieuwe", "nouvelle"), ("Ronde", "ronde"), ("Gouden", "dorée"),
               ("Vrolijke", "joyeuse"))  # fmt: skip
_ONSETS = ("b", "br", "d", "dr", "f", "g", "gr", "h", "k", "kl", "kr", "l", "m", "n", "p", "pl", "r", "s", "st", "t",
           "tr", "v", "w", "z", "sch", "ch")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "aa", "ee", "oo", "ou", "ie", "oe", "ei", "é", "è", "ui")
_ENDS = ("", "", "n", "r", "l", "s", "m", "k", "t", "nd", "rt", "ng")
_ARABIC = ("با", "دي", "سو", "نا", "مي", "را", "لو", "كي", "هو", "تا", "زي", "فا")


def words(count: int, rng: random.Random) -> list[str]:
    """So many different words that can be pronounced and mean nothing."""
    found: dict[str, None] = {}
    while len(found) < count:
        parts = (rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(rng.choice((2, 2, 3))))
        found["".join(parts)] = None
    return list(found)


def make(count: int, seed: int = 1, geography_bbox: tuple[float, float, float, float] = BRUSSELS) -> Iterator[Resource]:
    """So many fictional resources, the same for a seed, in clusters within (west, south, east, north) degrees."""
    maker = _Maker(random.Random(seed), count, geography_bbox)
    for number in range(count):
        yield maker.resource(number)


class _Maker:
    """What stays the same over one inventory: its words, its centres, the ids given so far."""

    def __init__(self, rng: random.Random, count: int, bbox: tuple[float, float, float, float]) -> None:
        self.rng = rng
        self.bbox = bbox
        self.words = words(max(400, min(22_000, count // 4)), rng)
        self.centres = [self._anywhere() for _ in range(max(8, min(120, count // 50)))]
        self.ids: list[str] = []
        self.sorts = [sort for sort in SORTS for _ in range(sort.share)]
        self.languages = [code for code, share in _LANGUAGES for _ in range(share)]
        # Ids look random as real ones do, and never meet: each number has its own place in a shuffled ring.
        self.step = rng.randrange(10**8) * 2 + 1

    def _anywhere(self) -> tuple[float, float]:
        west, south, east, north = self.bbox
        return self.rng.uniform(west, east), self.rng.uniform(south, north)

    def word(self) -> str:
        """A word, some of them often and most of them seldom, as in any language."""
        return self.words[int(len(self.words) * self.rng.random() ** 1.6)]

    def some(self, choices: Sequence[str], most: int) -> tuple[str, ...]:
        """Up to so many different choices, in their own order."""
        if not choices:
            return ()
        chosen = set(self.rng.choices(choices, k=self.rng.randint(1, most)))
        return tuple(choice for choice in dict.fromkeys(choices) if choice in chosen)

    def resource(self, number: int) -> Resource:
        rng = self.rng
        sort = rng.choice(self.sorts)
        record_id = f"f{(number * self.step + 12_345) % 2**30:09x}"
        informal = "informal" in sort.slices
        contact_only = sort.kind == "shelter"
        checked_on = _CHECKED_FROM + dt.timedelta(days=rng.randrange(900)) if rng.random() < 0.6 else None
        links = self._links()
        self.ids.append(record_id)
        return Resource(
            id=record_id,
            kind=sort.kind,
            name=self._name(sort),
            former_names=(Text.of(f"{self.word().title()} (fictief)"),) if rng.random() < 0.05 else (),
            summary=self._summary(sort),
            slices=sort.slices,  # type: ignore[arg-type]
            ties=rng.choice(("bonding", "bridging", "both", "unknown")) if informal else "unknown",
            needs=self.some(sort.needs, 3),
            audience=Audience(
                everyone=rng.choice(("yes", "yes", "unknown")), women_only="yes" if rng.random() < 0.04 else "unknown"
            ),
            languages=tuple(Language(code=code) for code in self.some(self.languages, 4)),
            thresholds=Thresholds(
                free=rng.choice(("yes", "yes", "no", "unknown")),
                registration_needed=rng.choice(("yes", "no", "unknown")),
                wheelchair=rng.choice(("yes", "no", "unknown", "unknown")),
            ),
            approach="walk_in" if sort.walk_in else rng.choice(("phone_first", "phone_first", "walk_in")),
            place=Place(precision="contact_only") if contact_only else self._place(),
            outreach=rng.choice(("yes", "unknown", "unknown", "no")),
            offers=self._offers(record_id) if sort.needs and rng.random() < 0.3 else (),
            opening_hours=rng.choice(_HOURS),
            contacts=self._contacts(number),
            links=links,
            support_needed=(Support(type=rng.choice(_SUPPORTS)),) if informal and rng.random() < 0.3 else (),
            support_offered=(Support(type="room"),) if sort.kind == "community_centre" and rng.random() < 0.5 else (),
            gives=self.some(_GIVES, 3) if informal and rng.random() < 0.5 else (),
            volunteer_run="yes" if informal and rng.random() < 0.7 else "unknown",
            visibility="professional" if contact_only or rng.random() < 0.03 else "public",
            status="active" if checked_on else rng.choice(("reported", "reported", "historical", "paused")),
            checked_on=checked_on,
            origins=(Origin(source="fictional", external_id=record_id),),
            sources=(Source(facts=("*",), title=SOURCE, on=checked_on),),
        )

    def _name(self, sort: Sort) -> Text:
        rng = self.rng
        dutch, french, english = sort.words
        own = self.word().title()
        adjective = rng.choice(_ADJECTIVES)
        if rng.random() < 0.25:
            return Text.of(f"{own} {self.word().title()} (fictief)")
        name = {"nl": f"{dutch} De {adjective[0]} {own} (fictief)", "fr": f"{french} {own} {adjective[1]} (fictif)"}
        if rng.random() < 0.4:
            name["en"] = f"{english} {own} (fictional)"
        if rng.random() < 0.06:
            name["ar"] = f"جمعية {''.join(rng.choices(_ARABIC, k=3))} (خيالي)"
        return Text(name)

    def _summary(self, sort: Sort) -> Text:
        dutch, french, english = (words.lower() for words in sort.words)
        first, second, third = self.word(), self.word(), self.word()
        summary = {
            "nl": f"Fictieve plek ({dutch}): samen {first} en {second}, met {third}.",
            "fr": f"Lieu fictif ({french}) : ensemble {first} et {second}, avec {third}.",
        }
        if self.rng.random() < 0.4:
            summary["en"] = f"A {english} that does not exist: {first} and {second}, with {third}."
        return Text(summary)

    def _place(self) -> Place:
        rng = self.rng
        chance = rng.random()
        if chance < 0.04:
            return Place(precision="contact_only")
        if chance < 0.12:
            return Place(
                precision="neighbourhood",
                neighbourhood=rng.choice(_NEIGHBOURHOODS),
                municipality=rng.choice(_MUNICIPALITIES),
            )
        lon, lat = self._point()
        word = self.word()
        street = Text(fr=f"Rue {word.title()} fictive", nl=f"Fictieve {word.title()}straat")
        number = str(rng.randint(1, 250))
        on_street = chance < 0.2
        address = Address(street=street, house_number="" if on_street else number, postcode=rng.choice(_POSTCODES))
        return Place(precision="street" if on_street else "exact", address=address, lon=lon, lat=lat)

    def _point(self) -> tuple[float, float]:
        """Mostly near a centre, the first centres being the busiest, always within the box."""
        rng = self.rng
        lon, lat = self._anywhere()
        if rng.random() < 0.75:
            centre = self.centres[int(len(self.centres) * rng.random() ** 1.5)]
            lon, lat = centre[0] + rng.gauss(0, 0.006), centre[1] + rng.gauss(0, 0.004)
        west, south, east, north = self.bbox
        return round(min(max(lon, west), east), 6), round(min(max(lat, south), north), 6)

    def _links(self) -> tuple[Link, ...]:
        rng = self.rng
        if not self.ids or rng.random() > 0.25:
            return ()
        # Those made not long ago, as who knows each other knows each other's friends.
        near = self.ids[-200:]
        others = dict.fromkeys(rng.choice(near) for _ in range(rng.randint(1, 3)))
        return tuple(Link(type=rng.choice(_LINKS), to=other) for other in others)  # type: ignore[arg-type]

    def _offers(self, record_id: str) -> tuple[Offer, ...]:
        rng = self.rng
        found = []
        for number, (need, (dutch, french, english)) in enumerate(rng.sample(_OFFERS, rng.choice((1, 1, 2)))):
            language = rng.choice(self.languages)
            meeting = Meeting(
                rule=f"FREQ=WEEKLY;BYDAY={rng.choice(_DAYS)}",
                starts_on=dt.date(2026, 1, 5),
                start_time=dt.time(rng.randint(9, 19), rng.choice((0, 30))),
                duration_min=rng.choice((60, 90, 120)),
                language=language,
            )
            found.append(
                Offer(
                    id=f"{record_id}-{number + 1}",
                    name=Text(nl=f"{dutch} (fictief)", fr=f"{french} (fictif)", en=f"{english} (fictional)"),
                    needs=(need,),
                    languages=(Language(code=language),),
                    meetings=(meeting,),
                    free=rng.choice(("yes", "yes", "no")),
                    room=Room(state=rng.choice(("open", "open", "waiting_list", "full", "unknown"))),
                )
            )
        return tuple(found)

    def _contacts(self, number: int) -> tuple[Contact, ...]:
        rng = self.rng
        found = []
        if rng.random() < 0.8:
            ask_for = (
                Text(nl="de coördinator", fr="la coordination", en="the coordinator") if rng.random() < 0.3 else Text()
            )
            digits = f"{rng.randrange(10_000):04d}"
            found.append(Contact(type="phone", value=f"+32 2 000 {digits[:2]} {digits[2:]}", ask_for=ask_for))
        if rng.random() < 0.4:
            found.append(Contact(type="email", value=f"info{number}@fictional.example"))
        if rng.random() < 0.5:
            found.append(Contact(type="website", value=f"https://fictional.example/{number}"))
        return tuple(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes JSON Lines to a file, or to the screen."""
    parser = argparse.ArgumentParser(description="Makes a clearly fictional inventory, for tests and measurements.")
    parser.add_argument("count", type=int, help="how many records")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same records")
    parser.add_argument("--out", type=Path, help="file to write; without it, to the screen")
    options = parser.parse_args(arguments)
    if options.count < 0:
        parser.error("count cannot be negative")
    lines = (to_json(resource) + b"\n" for resource in make(options.count, options.seed))
    if options.out is None:
        sys.stdout.buffer.writelines(lines)
        return 0
    part = options.out.with_name(options.out.name + ".part")
    with part.open("wb") as file:
        file.writelines(lines)
    part.replace(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
