"""The words of the map: complete, in three languages, and no word that means two things."""

from typing import get_args

import langcodes
import msgspec
import pytest

from mapper import taxonomy
from mapper.model import Slice
from mapper.text import fold

TAXONOMY = taxonomy.load()
GROUPS = [field.name for field in msgspec.structs.fields(taxonomy.Taxonomy)]


@pytest.mark.parametrize("group", GROUPS)
def test_every_term_has_a_label_in_the_three_languages(group):
    for term in getattr(TAXONOMY, group).values():
        assert {"nl", "fr", "en"} <= set(term.label), term.id


@pytest.mark.parametrize("group", ["themes", "slices", "supports"])
def test_what_the_arabic_page_shows_first_is_in_arabic(group):
    for term in getattr(TAXONOMY, group).values():
        assert any("\u0600" <= letter <= "\u06ff" for letter in term.label["ar"]), term.id


@pytest.mark.parametrize("group", ["themes", "needs", "kinds", "slices"])
def test_what_people_choose_from_is_described_in_plain_sentences(group):
    for term in getattr(TAXONOMY, group).values():
        for language in ("nl", "fr", "en"):
            words = term.description[language]
            assert words.endswith((".", "?")), (term.id, language)
            assert all(len(sentence.split()) <= 22 for sentence in words.split(". ")), (term.id, language)


@pytest.mark.parametrize("group", GROUPS)
def test_no_word_of_a_group_means_two_things(group):
    meanings: dict[str, str] = {}
    for term in getattr(TAXONOMY, group).values():
        for _language, words in term.spellings():
            assert fold(words), (term.id, words)
            assert meanings.setdefault(fold(words), term.id) == term.id, words


@pytest.mark.parametrize("group", GROUPS)
def test_synonyms_are_marked_with_a_language_that_exists(group):
    for term in getattr(TAXONOMY, group).values():
        for language, words in term.synonyms.items():
            assert langcodes.tag_is_valid(language), (term.id, language)
            assert words, (term.id, language)


def test_needs_and_themes_belong_together():
    assert 8 <= len(TAXONOMY.themes) <= 12
    assert 30 <= len(TAXONOMY.needs) <= 40
    assert {need.theme for need in TAXONOMY.needs.values()} == set(TAXONOMY.themes)
    assert [need for theme in TAXONOMY.themes for need in TAXONOMY.needs_of(theme)] == list(TAXONOMY.needs)


def test_income_housing_and_health_are_rights():
    rights = {need.id for need in TAXONOMY.needs.values() if need.right}
    assert {"income", "debt", "housing", "shelter", "health_care", "mental_health", "residence", "safety"} <= rights
    assert not rights & {"company", "being_heard", "volunteering"}


def test_the_four_slices_can_be_told_apart_without_colour():
    assert set(TAXONOMY.slices) == set(get_args(Slice))
    letters = [term.letter for term in TAXONOMY.slices.values()]
    assert all(len(letter) == 1 for letter in letters) and len(set(letters)) == 4


def test_every_kind_belongs_to_a_slice():
    assert all(kind.slices for kind in TAXONOMY.kinds.values())
    used = {part for kind in TAXONOMY.kinds.values() for part in kind.slices}
    assert used == set(get_args(Slice)) - {"self"}


def test_languages_are_bcp_47():
    assert all(langcodes.tag_is_valid(code) for code in TAXONOMY.languages)


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("iemand om mee te praten", "being_heard"),
        ("praatronde", "being_heard"),
        ("talking circle", "being_heard"),
        ("groupe de parole", "being_heard"),
        ("soupe populaire", "food"),
        ("gaarkeuken", "food"),
        ("papieren", "help_with_papers"),
        ("help with papers", "help_with_papers"),
        ("titre de séjour", "residence"),
        ("ev ödevi", "homework_help"),
        ("huiswerkklas", "homework_help"),
        ("école de devoirs", "homework_help"),
        ("مأوى", "shelter"),
        ("czynsz", "housing"),
        ("leefloon", "income"),
    ],
)
def test_what_people_type_leads_to_the_need_they_mean(words, need):
    found = {term.id for term in TAXONOMY.needs.values() if fold(words) in {fold(said) for _, said in term.spellings()}}
    assert found == {need}


def test_people_find_their_own_community_and_language():
    assert ("ar", "نساء") in set(TAXONOMY.communities["women"].spellings())
    assert ("pt", "brasil") in set(TAXONOMY.communities["brazilian"].spellings())
    assert ("nl", "darija") in set(TAXONOMY.languages["ary"].spellings())


def test_nothing_is_named_after_what_people_lack():
    for group in GROUPS:
        for term in getattr(TAXONOMY, group).values():
            shown = " ".join([*term.label.values(), *term.description.values()]).lower()
            for word in ("doelgroep", "kwetsba", "target group", "groupe cible", "vulnérab", "weak network"):
                assert word not in shown, (term.id, word)
