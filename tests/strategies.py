"""Hypothesis strategies that several tests share: valid records, hostile text among them."""

import datetime as dt

from hypothesis import strategies as st

from mapper import model
from mapper.model import Text

#: What breaks pages, spreadsheets, JavaScript, shells and readers that trust their input.
HOSTILE = (
    "<script>alert(1)</script>", "${alert(1)}", "`alert(1)`", "{{7*7}}", "' OR 1=1 --",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(\"x\")", "+32 2 000 00 00", "-1+1", "@SUM(A1)", "'=1+1", "a;=1+1", "x,\n=1", "\u202egnp.exe", "\u2066x",
    "\u2028line\u2029", "\x85next", "مقهى النساء", "日本", "🧑‍🤝‍🧑",
    "e\u0301", "ﬁ", "../../etc/passwd", "%s%n", "]]>", "</style>",
)  # fmt: skip

words = st.sampled_from(HOSTILE) | st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=12
)
codes = st.sampled_from(("nl", "fr", "en", "und", "ar", "pt-BR", "zh-Hant"))
answers = st.sampled_from(("yes", "no", "unknown"))
dates = st.dates(dt.date(2000, 1, 1), dt.date(2035, 12, 31))
ids = st.text("abcdefghjkmnpqrstuvwxyz23456789", min_size=10, max_size=10)


def texts(min_size: int = 0) -> st.SearchStrategy[Text]:
    """Texts in up to three languages, none of them empty."""
    return st.dictionaries(codes, words, min_size=min_size, max_size=3).map(Text)


def few(of: st.SearchStrategy, most: int = 2) -> st.SearchStrategy[tuple]:
    return st.lists(of, max_size=most).map(tuple)


def records(kind: type, **fields: st.SearchStrategy) -> st.SearchStrategy:
    """Records of a kind, in which each of these fields stands or is left at its default."""
    optional = {name: strategy for name, strategy in fields.items() if not name.endswith("_")}
    required = {name.rstrip("_"): strategy for name, strategy in fields.items() if name.endswith("_")}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: kind(**given))


languages = records(model.Language, code_=codes, note=texts())
sources = records(
    model.Source, facts_=st.just(("*",)) | st.just(("place", "contacts")), title_=words, url=words, on=dates, by=words
)


@st.composite
def places(draw: st.DrawFn) -> model.Place:
    """Places of every precision, each with no more than that precision may keep."""
    precision = draw(st.sampled_from(model.PRECISIONS))
    if precision == "contact_only":
        return model.Place(precision=precision)
    municipality = draw(st.sampled_from(("", "21015", "21004")))
    if precision == "neighbourhood":
        number = draw(st.sampled_from(("", "22", "104")))
        return model.Place(
            precision=precision, neighbourhood=number, municipality=municipality, how_to_get_there=draw(texts())
        )
    lon = lat = None
    if draw(st.booleans()):
        lon, lat = draw(st.floats(4.2, 4.5)), draw(st.floats(50.7, 50.95))
    address = records(
        model.Address,
        street=texts(),
        house_number=st.just("") if precision == "street" else words,
        postcode=st.sampled_from(("1030", "1060")),
    )
    return model.Place(
        precision=precision, address=draw(st.none() | address), lon=lon, lat=lat, municipality=municipality
    )


offers = records(
    model.Offer,
    id_=ids,
    name_=texts(1),
    description=texts(),
    needs=few(st.sampled_from(("company", "homework_help"))),
    languages=few(languages),
    meetings=few(
        records(
            model.Meeting,
            rule=st.sampled_from(("FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYDAY=1SA")),
            starts_on=dates,
            start_time=st.times(),
            duration_min=st.integers(15, 300),
            language=codes,
            led_by=texts(),
            note=texts(),
        )
    ),
    free=answers,
    price=texts(),
    room=records(
        model.Room, state=st.sampled_from(("open", "waiting_list", "full", "unknown")), until=dates, note=texts()
    ),
)


@st.composite
def resources(draw: st.DrawFn) -> model.Resource:
    """Valid records with anything in any field, as hostile as text can be."""
    visibility = draw(st.sampled_from(model.VISIBILITIES))
    grounds = ("own_publication", "agreed") if visibility == "public" else ("own_publication", "agreed", "coach_notes")
    status = draw(st.sampled_from(("active", "reported", "historical", "paused", "closed", "merged")))
    fields = st.fixed_dictionaries(
        {"id": ids, "kind": st.sampled_from(("library", "self_organisation", "shop")), "name": texts(1)},
        optional={
            "former_names": few(texts(1)),
            "other_names": few(texts(1)),
            "summary": texts(),
            "description": texts(),
            "stories": few(records(model.Story, text_=texts(1), consent_=texts(1)), 1),
            "slices": few(st.sampled_from(model.SLICES)),
            "ties": st.sampled_from(("bonding", "bridging", "both", "unknown")),
            "needs": few(st.sampled_from(("company", "food", "learn_dutch"))),
            "audience": records(
                model.Audience, everyone=answers, women_only=answers, age_min=st.integers(0, 99), note=texts()
            ),
            "languages": few(languages),
            "thresholds": records(
                model.Thresholds, free=answers, price=texts(), wheelchair=answers, papers_asked=answers,
                papers_public=st.booleans(),
            ),
            "approach": st.sampled_from(("walk_in", "phone_first", "not_through_services")),
            "welcomed_by": texts(),
            "place": places(),
            "service_area": few(st.sampled_from(("22", "1030", "21015"))),
            "outreach": answers,
            "offers": few(offers),
            "opening_hours": st.sampled_from(("Mo-Fr 09:00-17:00", "Sa 10:00-12:00; PH off")),
            "contacts": few(
                records(
                    model.Contact,
                    type_=st.sampled_from(("phone", "email", "website", "social")),
                    value_=words,
                    ask_for=texts(),
                    when=texts(),
                )
            ),
            "links": few(records(model.Link, type_=st.sampled_from(model.LINK_TYPES), to_=ids, note=texts())),
            "support_needed": few(records(model.Support, type_=st.just("room"), note=texts())),
            "gives": few(st.sampled_from(("cooking", "listening"))),
            "volunteer_run": answers,
            "origins": few(records(model.Origin, source_=words, external_id_=words)),
            "sources": few(sources),
        },
    )  # fmt: skip
    return model.Resource(
        **draw(fields),
        visibility=visibility,
        ground=draw(st.sampled_from(grounds)),
        status=status,
        merged_into=draw(ids) if status == "merged" else "",
        checked_on=draw(dates) if status == "active" else draw(st.none() | dates),
    )
