"""Files in and out: what each format takes, what it refuses, and that nothing gets lost on the way."""

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper import taxonomy
from mapper.exchange import cells, geojson, jsonlines, osm, tables
from mapper.exchange.reading import Reading, merged, read_any
from mapper.model import Contact, Place, Point, Problem, Resource, Story, Thresholds, to_json
from mapper.text import Text
from scripts.make_fictional import make
from tests.strategies import HOSTILE, resources


def tagged(lon: object = 4.35, lat: object = 50.85, **tags: str) -> osm.Tagged:
    return osm.Tagged(
        1, {"name": "Voorbeeld"} | {key.replace("__", ":"): value for key, value in tags.items()}, "node/1", lon, lat
    )


def of_tags(**tags: str) -> Resource:
    return osm.resource_of(tagged(**tags))[0]


def csv_rows(text: str) -> list[Reading]:
    return list(tables.read(text.encode()))


def one_row(**cells_by_column: str) -> Reading:
    values = {"name_nl": "Voorbeeld", "kind": "library"} | cells_by_column
    out = io.StringIO()
    csv.writer(out).writerows([values.keys(), values.values()])
    (reading,) = csv_rows(out.getvalue())
    return reading


# JSON Lines


@given(st.lists(resources(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_json_lines_give_back_exactly_what_was_written(records: list[Resource]) -> None:
    body = b"".join(jsonlines.write(records))
    if records:
        assert [reading.resource for reading in jsonlines.read(body)] == records
        assert body.count(b"\n") == len(records)


def test_a_broken_line_among_json_lines_is_refused_alone_with_its_number() -> None:
    good = to_json(Resource(id="abc", kind="library", name=Text(nl="Boek")))
    readings = list(jsonlines.read(b"\n".join((good, b"{oops", b"", good))))
    assert [reading.line for reading in readings] == [1, 2, 4]
    assert [reading.problem is not None for reading in readings] == [False, True, False]


# OpenStreetMap


def test_every_kind_and_need_of_the_tag_table_is_in_the_taxonomy() -> None:
    terms = taxonomy.load()
    for rule in osm._rules()[0]:
        assert rule.kind in terms.kinds
        assert set(rule.needs) <= terms.needs.keys()


@pytest.mark.parametrize(
    ("tags", "kind", "needs"),
    [
        ({"amenity": "library"}, "library", ("sports_culture",)),
        ({"amenity": "townhall", "name": "Maison communale"}, "town_hall", ()),
        ({"amenity": "townhall", "name": "CPAS d'Evere"}, "public_welfare_centre", ("income",)),
        ({"amenity": "clinic", "healthcare": "clinic"}, "clinic", ("health_care",)),
        ({"amenity": "clinic", "name": "Wijkgezondheidscentrum De Brug"}, "community_health_centre", ("health_care",)),
        ({"amenity": "kindergarten", "name": "Crèche Le Nid"}, "childcare", ("childcare",)),
        ({"amenity": "kindergarten", "name": "École maternelle du Parc"}, "school_gate", ()),
        ({"amenity": "community_centre", "name": "Jeugdhuis De Kade"}, "youth_centre", ("youth_activities",)),
        ({"amenity": "social_facility", "social_facility": "food_bank", "shop": "grocery"}, "food_bank", ("food",)),
        ({"amenity": "social_facility", "social_facility": "soup_kitchen"}, "soup_kitchen", ("food", "meals_together")),
        ({"amenity": "place_of_worship", "religion": "muslim"}, "faith_group", ()),
        ({"shop": "laundry"}, "launderette", ()),
        ({"leisure": "garden", "garden:type": "community"}, "garden", ()),
    ],
)
def test_a_tag_gives_the_kind_and_only_the_needs_it_means(
    tags: dict[str, str], kind: str, needs: tuple[str, ...]
) -> None:
    resource = of_tags(**tags)
    assert (resource.kind, resource.needs) == (kind, needs)
    assert resource.audience.communities == ()


@pytest.mark.parametrize("tags", [{"amenity": "shelter"}, {"amenity": "doctors"}, {"amenity": "bench"}, {}])
def test_what_is_no_known_kind_is_refused_with_its_tag(tags: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        of_tags(**tags)
    assert all(f"{key}={value}" in str(refused.value) for key, value in tags.items())


@pytest.mark.parametrize(
    "tags",
    [
        {"amenity": "social_facility", "social_facility": "shelter"},
        {"amenity": "social_facility", "social_facility": "food_bank;shelter"},
        {"amenity": "social_facility", "social_facility": "group_home", "social_facility:for": "child;victim"},
        {"amenity": "social_facility", "social_facility": "outreach", "social_facility:for": "undocumented"},
        {"amenity": "refugee_site"},
        {"amenity": "community_centre", "name": "Vluchthuis Voorbeeld"},
        {"amenity": "community_centre", "name": "Maison", "alt_name": "Refuge pour femmes battues"},
    ],
)
def test_a_shelter_comes_in_without_a_trace_of_where_it_is(tags: dict[str, str]) -> None:
    hidden = {"addr:street": "Geheimstraat", "addr:housenumber": "77", "addr:postcode": "1099", "phone": "02 264 55 42"}
    resource = osm.resource_of(tagged(lon=4.3987654, lat=50.8765432, **tags, **hidden))[0]
    assert resource.place == Place(precision="contact_only")
    assert resource.visibility == "professional"
    assert resource.approach == "phone_first"
    body = to_json(resource).decode()
    assert not any(trace in body for trace in ("4.398", "50.876", "Geheim", "77", "1099", "node/1"))
    assert resource.contacts == (Contact(type="phone", value="+32 2 264 55 42"),)


def test_names_and_streets_come_apart_by_language() -> None:
    resource = of_tags(
        name="Maison du Coin - Het Hoekhuis",
        name__nl="Het Hoekhuis",
        name__ar="بيت الركن",
        old_name="Vieux Coin;Oud Hoekje",
        alt_name__en="Corner House",
        addr__street="Rue des Plantes - Plantenstraat",
        addr__housenumber="118",
        amenity="community_centre",
    )
    assert resource.name == Text(fr="Maison du Coin", nl="Het Hoekhuis", ar="بيت الركن")
    assert resource.former_names == (Text.of("Vieux Coin"), Text.of("Oud Hoekje"))
    assert resource.other_names == (Text(en="Corner House"),)
    assert resource.place.address is not None
    assert resource.place.address.street == Text(fr="Rue des Plantes", nl="Plantenstraat")


def test_a_dash_in_a_name_that_no_language_tag_confirms_stays() -> None:
    assert of_tags(name="Academie - afdeling Noord", amenity="library").name == Text.of("Academie - afdeling Noord")


def test_only_usable_contacts_and_hours_are_taken_and_the_rest_is_told() -> None:
    resource, notes = osm.resource_of(
        tagged(
            amenity="library",
            phone="02/264.55.42; 12",
            contact__phone="+32 2 264 55 42",
            website="javascript:alert(1)",
            contact__website="https://example.org/",
            email="info@example.org",
            opening_hours="every day, come in",
        )
    )
    assert [contact.value for contact in resource.contacts] == [
        "+32 2 264 55 42",
        "info@example.org",
        "https://example.org/",
    ]
    assert resource.opening_hours == ""
    assert len(notes) == 3
    assert of_tags(amenity="library", opening_hours="Mo-Fr 09:00-17:00; PH off").opening_hours


def test_wheelchair_limited_is_not_yes_and_not_no() -> None:
    limited = of_tags(amenity="library", wheelchair="limited").thresholds
    assert limited.wheelchair == "unknown"
    assert limited.wheelchair_note["nl"]
    assert of_tags(amenity="library", wheelchair="yes").thresholds.wheelchair == "yes"
    assert of_tags(amenity="library").thresholds.wheelchair == "unknown"


def test_people_phone_first_except_where_anyone_can_walk_in() -> None:
    assert of_tags(amenity="library").approach == "walk_in"
    assert of_tags(amenity="community_centre").approach == "phone_first"


def test_overpass_ways_count_by_their_centre_and_corners_do_not_count(tmp_path: Path) -> None:
    answer = {
        "osm3s": {"timestamp_osm_base": "2026-05-04T10:00:00Z"},
        "elements": [
            {"type": "node", "id": 1, "lat": 50.85, "lon": 4.35},
            {
                "type": "way",
                "id": 2,
                "center": {"lat": 50.86, "lon": 4.36},
                "tags": {"amenity": "library", "name": "Bib"},
            },
            {"type": "node", "id": 3, "lat": 50.85, "lon": 4.35, "tags": {"amenity": "bench", "name": "Bank"}},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(answer))
    library, bench = read_any(tmp_path / "a.json")
    assert library.resource is not None
    assert library.resource.id == "new"
    assert library.resource.origins[0].external_id == "way/2"
    assert (library.resource.place.lon, library.resource.place.lat) == (4.36, 50.86)
    assert str(library.resource.sources[0].on) == "2026-05-04"
    assert bench.problem is not None
    assert library.file == "a.json"


def test_osm_geojson_with_an_outline_gives_the_middle_of_the_building(tmp_path: Path) -> None:
    ring = [[4.35, 50.85], [4.352, 50.85], [4.352, 50.852], [4.35, 50.852], [4.35, 50.85]]
    feature = {
        "type": "Feature",
        "id": "way/7",
        "properties": {"@id": "way/7", "amenity": "library", "name": "Bib"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (reading,) = read_any(tmp_path / "b.geojson")
    assert reading.resource is not None
    assert (reading.resource.place.lon, reading.resource.place.lat) == (4.351, 50.851)
    assert reading.resource.origins[0].external_id == "way/7"


def test_a_table_of_tags_gets_an_id_that_stays_when_it_is_read_again() -> None:
    table = "name,amenity,lon,lat\nBib Één,library,4.35001,50.85001\nBib Één,library,4.37,50.85\n,library,4.3,50.8\n"
    first, second = csv_rows(table), csv_rows(table.replace("4.35001", "4.35002"))
    ids = [reading.resource.origins[0].external_id for reading in first if reading.resource]
    assert ids == [reading.resource.origins[0].external_id for reading in second if reading.resource]
    assert len(set(ids)) == 2
    assert first[2].problem is not None
    assert first[2].line == 4


# Tables


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Naam", "name_und"),
        ("NOM", "name_und"),
        ("naam_nl", "name_nl"),
        ("Adresse", "address"),
        ("Telefoon", "phone"),
        ("E-mail", "email"),
        ("Code postal", "postcode"),
        ("Heures d'ouverture", "opening_hours"),
        ("Latitude", "lat"),
        ("house number", "house_number"),
        ("Langues", "languages"),
        ("papers_asked", None),
        ("id", None),
    ],
)
def test_headings_are_understood_in_three_languages(heading: str, column: str | None) -> None:
    assert tables.column_of(heading) == column


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_usual_separator_and_quotes_are_understood(separator: str) -> None:
    text = 'Naam|Soort|Telefoon\n"Huis ""De Brug"", 1|2"|Bibliothèque|02 264 55 42\n'
    text = text.replace("|", separator)
    (reading,) = csv_rows("\ufeff" + text)
    assert reading.resource is not None
    assert reading.resource.name == Text.of(f'Huis "De Brug", 1{separator}2')
    assert reading.resource.kind == "library"
    assert reading.resource.contacts[0].value == "+32 2 264 55 42"


def test_a_row_says_its_needs_languages_and_date_in_words() -> None:
    resource = one_row(
        needs="company; learn_dutch",
        languages="nl, français",
        checked_on="23/11/2026",
        source="Own site",
        source_url="https://example.org",
        external_id="7",
        lon="4,35",
        lat="50,85",
        street="Rue X - X-straat",
    ).resource
    assert resource is not None
    assert resource.needs == ("company", "learn_dutch")
    assert [language.code for language in resource.languages] == ["nl", "fr"]
    assert resource.status == "active"
    assert str(resource.checked_on) == "2026-11-23"
    assert resource.place.lon == 4.35
    assert resource.place.address is not None
    assert resource.place.address.street == Text(fr="Rue X", nl="X-straat")
    assert resource.origins[0].external_id == "7"
    assert resource.id == "new"


@pytest.mark.parametrize(
    ("cells_by_column", "word"),
    [
        ({"kind": "librari"}, "library"),
        ({"needs": "flying"}, "flying"),
        ({"lon": "NaN", "lat": "50.8"}, "finite"),
        ({"lon": "0", "lat": "0"}, "0, 0"),
        ({"lon": "149000", "lat": "170000"}, "4326"),
        ({"lon": "50.85", "lat": "4.35"}, "wrong way round"),
        ({"lon": "4.35", "lat": ""}, "missing"),
        ({"precision": "neighbourhood", "neighbourhood": "22", "street": "Geheimstraat"}, "must not be kept"),
        ({"precision": "contact_only", "lon": "4.35", "lat": "50.85"}, "must not be kept"),
        ({"precision": "somewhere"}, "somewhere"),
        ({"neighbourhood": "Brabantwijk"}, "number"),
        ({"checked_on": "last week"}, "2026-11-23"),
        ({"visibility": "public", "ground": "coach_notes"}, "cannot be public"),
        ({"external_id": "7"}, "register"),
        ({"name_nl": ""}, "no name"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_reason(cells_by_column: dict[str, str], word: str) -> None:
    reading = one_row(**cells_by_column)
    assert reading.resource is None
    assert reading.line == 2
    assert word in str(reading.problem)
    assert "Geheim" not in str(reading.problem)


def test_a_ragged_row_is_refused_and_the_others_count() -> None:
    good, ragged = csv_rows("name_nl,kind\nEen,library\nTwee,library,te,veel\n")
    assert good.resource is not None
    assert ragged.line == 3
    assert "4 cells" in str(ragged.problem)


def test_lines_are_counted_in_the_file_and_not_in_rows() -> None:
    readings = csv_rows('name_nl,kind\n"Een\nhuis",library\n\nTwee,nothing\n')
    assert [reading.line for reading in readings] == [2, 5]


def test_a_poor_format_says_what_it_speaks_about() -> None:
    fields = one_row(phone="02 264 55 42").fields
    assert fields is not None
    assert {"name", "contacts"} <= fields
    assert not {"offers", "stories", "place", "opening_hours"} & fields


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=30) | st.sampled_from(HOSTILE))
def test_a_neutralised_cell_is_no_formula_and_comes_back(cell: str) -> None:
    safe = tables.neutralised(cell)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert tables.restored(safe) == cell.strip()


@given(st.lists(resources(), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_no_cell_of_an_export_starts_a_formula_under_any_separator(records: list[Resource]) -> None:
    for row in csv.reader(io.StringIO(tables.write_csv(records))):
        for cell in row:
            assert not any(part[:1] in tuple("=+-@") for part in cell.replace("\n", ";").replace("\t", ";").split(";"))


def test_an_exported_table_reads_back() -> None:
    record = Resource(
        id="abcdefghjk",
        kind="library",
        name=Text(nl="=1+1", fr="Biblio"),
        needs=("sports_culture",),
        slices=("professional",),
        place=Place(lon=4.35, lat=50.85),
        contacts=(Contact(type="phone", value="+32 2 264 55 42"),),
        thresholds=Thresholds(papers_asked="yes"),
    )
    written = tables.write_csv([record])
    assert "papers" not in written
    (reading,) = csv_rows(written)
    back = reading.resource
    assert back is not None
    assert (back.id, back.name, back.place, back.contacts, back.needs) == (
        record.id,
        record.name,
        record.place,
        record.contacts,
        record.needs,
    )


def test_a_record_that_went_through_a_spreadsheet_untouched_is_unchanged() -> None:
    for record in make(300, seed=5):
        contacts = (
            Contact(type="phone", value="+32 2 264 55 42", ask_for=Text(nl="de coördinator")),
            Contact(type="social", value="https://social.example/1"),
        )
        rich = msgspec.structs.replace(
            record, contacts=contacts, stories=(Story(text=Text(nl="Ooit"), consent=Text(nl="mondeling")),)
        )
        (reading,) = csv_rows(tables.write_csv([rich]))
        assert merged(rich, reading) == rich


def test_a_changed_cell_changes_its_field_alone() -> None:
    record = next(make(1, seed=5))
    (reading,) = csv_rows(f"record_id,name_nl,kind,phone\n{record.id},Nieuwe naam,{record.kind},02 264 55 42\n")
    changed = merged(record, reading)
    assert changed.name == Text(nl="Nieuwe naam")
    assert [contact.value for contact in changed.contacts] == ["+32 2 264 55 42"]
    assert msgspec.structs.replace(changed, name=record.name, contacts=record.contacts) == record


# GeoJSON


@given(st.lists(resources(), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_our_own_geojson_reads_back_and_keeps_papers_to_itself(records: list[Resource]) -> None:
    body = geojson.write_geojson(records, lambda place: Point(4.35, 50.85))
    back = [reading.resource for reading in geojson.read(body)]
    for before, after in zip(records, back, strict=True):
        assert after is not None
        assert after.place == before.place  # the neighbourhood's point does not become that of the record
        assert after.offers == before.offers
        if not before.thresholds.papers_public:
            assert after.thresholds.papers_asked == "unknown"


def test_no_point_is_null_geometry() -> None:
    record = Resource(id="abc", kind="shelter", name=Text(nl="X"), visibility="professional")
    feature = json.loads(geojson.write_geojson([record], lambda place: None))["features"][0]
    assert feature["geometry"] is None


def collection(*properties: dict[str, object], point: tuple[object, object] = (4.35, 50.85), **more: object) -> bytes:
    features = [
        {"type": "Feature", "properties": given, "geometry": {"type": "Point", "coordinates": list(point)}}
        for given in properties
    ]
    return json.dumps({"type": "FeatureCollection", "features": features} | more).encode()


def test_a_geojson_of_somebody_else_is_read_by_its_names_and_kinds() -> None:
    good, without_kind = geojson.read(collection({"naam": "Bib", "type": "library", "id": 4}, {"naam": "Iets"}))
    assert good.resource is not None
    assert (good.resource.id, good.resource.place.lon) == ("new", 4.35)
    assert "kind" in str(without_kind.problem)


@pytest.mark.parametrize("point", [(float("nan"), 50.8), (float("inf"), 50.8), (0, 0), (50.85, 4.35), ("a", "b")])
def test_a_feature_without_a_usable_point_is_refused(point: tuple[object, object]) -> None:
    (reading,) = geojson.read(collection({"name": "Bib", "kind": "library"}, point=point))
    assert reading.problem is not None


def test_another_coordinate_system_is_refused_whole_and_plain_degrees_are_not() -> None:
    lambert = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    degrees = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    for bad in (collection({"name": "x"}, crs=lambert), collection({"name": "x"}, point=(149000.5, 170000.5))):
        with pytest.raises(Problem, match="4326"):
            geojson.read(bad)
    (reading,) = geojson.read(collection({"name": "Bib", "kind": "library"}, crs=degrees))
    assert reading.resource is not None


# Single values


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "ftp://example.org",
        "https://u:p@example.org",
        "http://x y.org",
        "https://[::1",
        "www.example.org",
        "data:text/html,x",
    ],
)
def test_only_plain_web_addresses_are_taken(value: str) -> None:
    with pytest.raises(Problem):
        cells.website(value)


def test_short_numbers_are_numbers_too() -> None:
    assert cells.phone("107") == "107"
    with pytest.raises(Problem):
        cells.phone("+32 2 000 00 00")


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_at_all_give_anything_but_readings_or_a_problem(body: bytes) -> None:
    for read in (tables.read, jsonlines.read, geojson.read, osm.read):
        try:
            for reading in read(body):
                assert (reading.resource is None) != (reading.problem is None)
        except Problem as problem:
            assert str(problem)
