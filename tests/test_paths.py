"""The way to a suggestion: where it begins, which way is warmest, and who walks along."""

from typing import Any

import msgspec

from mapper.catalogue import Catalogue
from mapper.matching import match
from mapper.model import Audience, Avoid, Language, Link
from tests.conftest import NOON, make_resource
from tests.people import at, catalogue_of, person


def linked(*links: tuple[str, str, str]) -> Catalogue:
    """Records that welcome everybody, with links (from, type, to)."""
    names = dict.fromkeys(name for source, _type, target in links for name in (source, target))
    return catalogue_of(
        (
            make_resource(
                id=name,
                kind="community_centre",
                needs=("company",) if name == "goal" else ("food",),
                ties="bridging" if name == "goal" else "unknown",
                audience=Audience(everyone="yes"),
                place=at(200 + 150 * number),
                links=tuple(Link(type=kind, to=to) for source, kind, to in links if source == name),  # type: ignore[arg-type]
            )
            for number, name in enumerate(names)
        )
    )


def way(catalogue: Catalogue, **wishes: Any) -> list[tuple[str, str]]:
    profile = person(needs=("company",), wishes_more_contact=True, **wishes)
    (goal,) = [one for one in match(profile, catalogue, NOON).slate if one.resource.id == "goal"]
    return [(step.resource_id, step.link) for step in goal.path]


def test_a_path_begins_where_the_person_stands_and_names_every_step() -> None:
    catalogue = linked(("gate", "introduces", "house"), ("house", "hosts", "goal"))
    assert way(catalogue, groups=("gate",)) == [("gate", "start"), ("house", "introduces"), ("goal", "hosts")]


def test_the_warmest_way_wins_over_the_shortest() -> None:
    catalogue = linked(("gate", "funds", "goal"), ("gate", "introduces", "guide"), ("guide", "introduces", "goal"))
    assert way(catalogue, groups=("gate",)) == [("gate", "start"), ("guide", "introduces"), ("goal", "introduces")]


def test_a_path_has_three_links_at_most() -> None:
    three = linked(("a", "introduces", "b"), ("b", "introduces", "c"), ("c", "introduces", "goal"))
    assert len(way(three, groups=("a",))) == 4
    four = linked(
        ("a", "introduces", "b"), ("b", "introduces", "c"), ("c", "introduces", "d"), ("d", "introduces", "goal")
    )
    assert way(four, groups=("a",)) == []


def test_a_path_never_leads_through_what_is_avoided() -> None:
    catalogue = linked(("gate", "introduces", "house"), ("house", "hosts", "goal"))
    assert way(catalogue, groups=("gate",), avoid=Avoid(resources=("house",))) == []


def test_a_path_can_begin_among_people_of_ones_own_language_or_community() -> None:
    goal = make_resource(id="goal", ties="bridging", audience=Audience(everyone="yes"), needs=("company",))
    own = {
        "language": make_resource(id="own", languages=(Language(code="pt"),), approach="walk_in",
                                  links=(Link(type="works_with", to="goal"),), needs=("food",), place=at(90)),
        "community": make_resource(id="own", audience=Audience(communities=("brazilian",)),
                                   links=(Link(type="works_with", to="goal"),), needs=("food",), place=at(90)),
    }  # fmt: skip
    for kind, start in own.items():
        catalogue = catalogue_of((goal, start))
        assert way(catalogue, languages=("pt",), communities=("brazilian",)) == [("own", kind), ("goal", "works_with")]
        assert way(catalogue, languages=("tr",)) == []


def test_who_wants_no_wider_network_gets_no_paths() -> None:
    catalogue = linked(("gate", "introduces", "goal"))
    profile = person(needs=("company",), wishes_more_contact=False, groups=("gate",))
    (goal,) = match(profile, catalogue, NOON).slate
    assert goal.path == ()


def test_a_service_that_can_walk_along_is_named() -> None:
    helper = make_resource(id="helper", kind="supported_living", slices=("professional",), needs=("help_with_papers",),
                           links=(Link(type="works_with", to="circle"),), place=at(50))  # fmt: skip
    known = match(person(professional="helper"), catalogue_of((make_resource(), helper)), NOON).slate
    assert [one.introduced_by for one in known if one.resource.id == "circle"] == ["helper"]
    unknown = match(person(), catalogue_of((make_resource(), helper)), NOON).slate
    assert [one.introduced_by for one in unknown if one.resource.id == "circle"] == [None]


def test_a_link_to_a_merged_record_leads_to_the_one_that_stayed() -> None:
    before = linked(("gate", "introduces", "old"), ("house", "hosts", "goal"), ("house", "works_with", "old"))
    stayed, old = before.get("house"), before.get("old")
    assert stayed is not None and old is not None
    gone = msgspec.structs.replace(old, status="merged", merged_into="house")
    expected = [("gate", "start"), ("house", "introduces"), ("goal", "hosts")]
    assert way(before, groups=("gate",)) != expected
    # In one segment, and where the merge stands in the small one.
    for catalogue in (
        catalogue_of(gone if one.id == "old" else one for one in before),
        before.with_changes({"old": gone}, 1),
        before.with_changes({"old": gone, "house": msgspec.structs.replace(stayed, links=stayed.links[:1])}, 1),
    ):
        assert way(catalogue, groups=("gate",)) == expected


def test_a_link_to_a_record_merged_into_what_is_not_here_leads_nowhere_else() -> None:
    before = linked(("gate", "introduces", "old"), ("old", "hosts", "goal"))
    old = before.get("old")
    assert old is not None
    gone = msgspec.structs.replace(old, status="merged", merged_into="hidden")
    assert way(before.with_changes({"old": gone}, 1), groups=("gate",)) == []
