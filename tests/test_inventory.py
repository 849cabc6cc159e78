"""The shipped inventory: all that the study names, each fact with its source, nothing invented or given away."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from opening_hours import OpeningHours

from mapper import taxonomy
from mapper.exchange.authored import read_folder
from mapper.model import Problem, Resource, sources_of, to_table
from mapper.shipped import data_folder
from mapper.text import Text, fold

READINGS = list(read_folder(data_folder() / "self_organisations"))
RESOURCES = [reading.resource for reading in READINGS if reading.resource]
TAXONOMY = taxonomy.load()
STUDY = "Zorgkracht in persoonlijke netwerken van Brusselaars, Cahier 5, Kenniscentrum WWZ"

#: How we describe a record, not facts about it.
OUR_OWN_READING = {"id", "kind", "slices", "status", "visibility", "ground", "sources", "checked_on", "ties_why"}

NAMED_BY_THE_STUDY = """
    AETCIS; Arte N'ativa; Vrienden van het Huizeke; LDC Aksent; Biloba; Het BuurtPensioen; Pianofabriek; De Markten;
    Muntpunt; Chez Nous; Bij Ons; Hobo; ONE; Begeleid Wonen Brussel; Indivo; Femma; OCMW Ukkel; CAW Brussel;
    Samenlevingsopbouw Brussel; Brussels Platform Armoede; Inclusief Brussel; Kenniscentrum WWZ; La Strada; Minor-Ndako;
    Zonar; De Lork; Zonnelied; Ademruimte voor Ouder-Ruimte; Mediander; Minderhedenforum; Netwerk tegen Armoede;
    SAM vzw; Odisee; Kinderboerderij in het Maximiliaanpark; Actief Zorgzame Buurt Brabantwijk; Zorgcoach Brabantwijk;
    Vrouwengroep van mantelzorgers, Brabantwijk; Vereniging voor Vlaamse Steden en Gemeenten; OASeS; Bind-Kracht;
    Academische werkplaats vermaatschappelijking Gent; Kind en Gezin
"""
NAMED_SINCE = """
    Accolage; Pens(i)onsQuartier; LDC De Harmonie; LDC ADO Icarus; GC De Kriekelaar; Huis van het Kind Brussel;
    Accolage Neder-Over-Heembeek; Accolage Noordwijk; Accolage Jette; Accolage Centrum; Accolage Laken; Accolage Elsene;
    Accolage Molenbeek Karreveld; Accolage Molenbeek Weststation; Accolage Evere; Accolage Marollen
"""


def ids(resources: list[Resource]) -> list[str]:
    return [f"{resource.name.best('nl')[1]}" for resource in resources]


each = pytest.mark.parametrize("resource", RESOURCES, ids=ids(RESOURCES))


def names_of(resource: Resource) -> Iterator[str]:
    for name in (resource.name, *resource.former_names, *resource.other_names):
        yield from name.values()


def named(words: str) -> list[Resource]:
    return [resource for resource in RESOURCES if fold(words) in {fold(name) for name in names_of(resource)}]


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from strings_of(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strings_of(part)
    elif isinstance(value, str):
        yield value


def texts_of(value: Any) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts_of(getattr(value, field))
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_of(part)


def test_every_table_can_be_read():
    assert [str(reading.problem) for reading in READINGS if reading.problem] == []
    assert len(RESOURCES) >= 60


def test_every_organisation_of_the_study_is_there():
    wanted = [" ".join(name.split()) for name in (NAMED_BY_THE_STUDY + ";" + NAMED_SINCE).split(";")]
    assert [name for name in wanted if name and not named(name)] == []


def test_the_sixteen_community_centres_of_the_city_are_there():
    centres = [resource for resource in RESOURCES if resource.name.get("fr", "").startswith("Centre communautaire ")]
    assert len(centres) == 16
    assert all(centre.place.address and centre.place.municipality == "21004" for centre in centres)


def test_ids_are_unique_and_links_lead_somewhere():
    known = [resource.id for resource in RESOURCES]
    assert len(known) == len(set(known))
    assert all(re.fullmatch("[2-9a-hj-km-np-z]{10}", resource_id) for resource_id in known)
    for resource in RESOURCES:
        for link in resource.links:
            assert link.to in known and link.to != resource.id, (resource.name, link)


@each
def test_only_words_of_the_taxonomy_are_used(resource):
    assert resource.kind in TAXONOMY.kinds
    assert resource.slices
    assert set(resource.needs) <= set(TAXONOMY.needs)
    assert set(resource.gives) <= set(TAXONOMY.gives)
    assert set(resource.audience.communities) <= set(TAXONOMY.communities)
    assert {support.type for support in (*resource.support_needed, *resource.support_offered)} <= set(TAXONOMY.supports)
    spoken = [*resource.languages, *(language for offer in resource.offers for language in offer.languages)]
    assert {language.code for language in spoken} <= set(TAXONOMY.languages)
    assert {need for offer in resource.offers for need in offer.needs} <= set(TAXONOMY.needs)


@each
def test_every_fact_has_its_source(resource):
    facts = set(to_table(resource)) - OUR_OWN_READING
    assert {fact for fact in facts if not sources_of(resource, fact)} == set()
    for source in resource.sources:
        assert source.facts and source.title and source.on and source.on <= dt.date(2026, 11, 30)
        assert source.url.startswith("https://") or not source.url
        # A source stands only beside what is filled in.
        assert set(source.facts) <= {*facts, "*"}, source.facts


@each
def test_nothing_passes_for_checked(resource):
    """Nobody has phoned yet: what the study and the web tell is reported, what is past is historical."""
    assert resource.status in ("reported", "historical")
    assert resource.checked_on is None
    assert all(offer.room.state == "unknown" for offer in resource.offers)
    if resource.status == "historical":
        assert {source.title for source in resource.sources} == {STUDY}


def test_what_the_study_tells_in_the_past_is_historical():
    past = {resource.name.best("nl")[1] for resource in RESOURCES if resource.status == "historical"}
    assert past == {
        "Arte N'ativa",
        "Actief Zorgzame Buurt Brabantwijk",
        "Vrouwengroep van mantelzorgers, Brabantwijk",
        "Zorgcoach Brabantwijk",
    }


@each
def test_everything_can_be_read_in_three_languages(resource):
    """A name stands in the languages in which it is official; everything else in all three."""
    assert {"nl", "fr", "en"} <= set(resource.summary)
    streets = resource.place.address.street if resource.place.address else Text()
    untranslated = {resource.name, *resource.former_names, *resource.other_names, streets}
    for text in texts_of(resource):
        assert not text or text in untranslated or {"nl", "fr", "en"} <= set(text), text
        assert all(words == words.strip() for words in text.values())


@each
def test_the_summary_is_plain(resource):
    for words in resource.summary.values():
        for sentence in re.split(r"(?<=[.?])\s", words):
            assert len(sentence.split()) <= 20, sentence
    shown = " ".join(strings_of(to_table(resource))).lower()
    for word in ("doelgroep", "target group", "groupe cible", "weak network", "zwak netwerk", "capacit", "kwetsba"):
        assert word not in shown, word


@each
def test_no_public_word_tells_whether_papers_are_asked(resource):
    assert resource.thresholds.papers_public is False
    words = " ".join(strings_of(list(texts_of(resource))))
    assert not re.search(r"papier|papers|undocumented|verblijf|séjour|residence|sans-papiers", words, re.IGNORECASE)


@each
def test_places_are_in_brussels_and_no_more_precise_than_known(resource):
    place = resource.place
    if place.lon is not None:
        assert 4.24 < place.lon < 4.49 and 50.76 < place.lat < 50.92
    assert not place.neighbourhood or 1 <= int(place.neighbourhood) <= 145
    assert re.fullmatch("(210(0[1-9]|1[0-9]))?", place.municipality)
    for area in resource.service_area:
        assert re.fullmatch(r"[1-9]\d{0,2}|1\d{3}|210\d\d", area)
    if resource.kind == "shelter":
        assert place.precision == "contact_only"
    if resource.kind == "antenna":
        assert place.precision == "neighbourhood" and (place.neighbourhood or place.municipality)


@each
def test_opening_hours_and_contacts_can_be_used(resource):
    if resource.opening_hours:
        OpeningHours(resource.opening_hours)
    for contact in resource.contacts:
        assert contact.type == "website" and re.fullmatch(r"https://[a-z.]+", contact.value)


def test_stories_carry_their_consent():
    stories = [story for resource in RESOURCES for story in resource.stories]
    assert len(stories) == 2
    assert all("Cahier 5 (2018)" in words for story in stories for words in story.consent.values())


def test_employers_of_quoted_people_are_not_shown_as_places_to_go():
    for name in ("Zonnelied", "Mediander", "La Strada", "Ademruimte voor Ouder-Ruimte", "SAM vzw", "Kind en Gezin"):
        (resource,) = named(name)
        assert resource.visibility == "professional" and not resource.needs


def test_aetcis_as_the_study_tells_it():
    (aetcis,) = named("AETCIS")
    by_id = {resource.id: resource for resource in RESOURCES}
    assert aetcis.kind == "self_organisation" and aetcis.ties == "both" and aetcis.volunteer_run == "yes"
    assert {"being_heard", "peer_support", "company"} == set(aetcis.needs)
    assert [language.code for language in aetcis.languages] == ["pt"]
    assert {"brazilian", "portuguese", "moroccan"} <= set(aetcis.audience.communities)
    assert aetcis.audience.everyone == "yes" and aetcis.approach == "phone_first"
    assert {offer.id: offer.free for offer in aetcis.offers} == {"talking-circle": "yes", "workshops": "no"}
    assert {support.type for support in aetcis.support_needed} == {"working_funds", "bank_account", "reference_address"}
    assert {(link.type, ids([by_id[link.to]])[0]) for link in aetcis.links} == {
        ("grew_out_of", "Arte N'ativa"),
        ("works_with", "OCMW Ukkel"),
    }
    (host,) = named("Pianofabriek")
    assert ("hosts", aetcis.id) in {(link.type, link.to) for link in host.links}
    assert {support.type for support in host.support_offered} == {"room"}
    assert host.place.lon == aetcis.place.lon and host.place.lat == aetcis.place.lat


def test_accolage_and_each_antenna_are_found_under_their_former_name():
    (accolage,) = named("Het BuurtPensioen")
    assert accolage.name.best("nl")[1] == "Accolage"
    antennas = [resource for resource in RESOURCES if resource.kind == "antenna"]
    assert len(antennas) == 10
    for antenna in antennas:
        assert ("member_of", accolage.id) in {(link.type, link.to) for link in antenna.links}
        assert any("BuurtPensioen" in name for name in names_of(antenna))


def test_the_homework_class_may_be_full_while_the_house_is_open():
    (huizeke,) = named("Vrienden van het Huizeke")
    offers = {offer.id: offer for offer in huizeke.offers}
    assert offers["homework-class"].needs == ("homework_help",)
    assert offers["homework-class"].room.state == "unknown"
    (meeting,) = offers["parents-group"].meetings
    assert not meeting.rule and "twee of drie maanden" in meeting.note["nl"]


def test_reading_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(Problem, match="There is no folder"):
        list(read_folder(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[[resource]]\nid = ", "not valid TOML"),
        (b"\xff\xfe[", "in UTF-16"),
        (b"\xe9t\xe9", "not in UTF-8"),
        (b"", "empty"),
        (b"name = 'x'", r"\[\[resource\]\] tables and nothing else"),
        (b"resource = [1]", "A resource is a table"),
        (b"[[resource]]\nid = 'a'\nkind = 'club'\nname = 'A'\nphone = '1'", "cannot be read: .*phone"),
        (b"[[resource]]\nid = 'a'\nkind = 'club'\nname = 'A'\nplace = {lon = 0, lat = 0}", "cannot be read: .*place"),
    ],
)
def test_a_wrong_table_is_told_in_one_sentence_and_the_rest_still_counts(tmp_path, body, reason):
    (tmp_path / "a.toml").write_bytes(body)
    (tmp_path / "b.toml").write_text("[[resource]]\nid = 'b'\nkind = 'club'\nname = 'B'\n")
    wrong, right = read_folder(tmp_path)
    assert wrong.file.startswith("a.toml") and wrong.resource is None and wrong.line is None
    assert re.search(reason, str(wrong.problem)) and "\n" not in str(wrong.problem)
    assert right.file == "b.toml, [[resource]] 1" and right.resource.id == "b" and right.problem is None
