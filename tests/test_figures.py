"""Figures per neighbourhood: an empty cell is no figure, and never zero."""

from pathlib import Path

import pytest

from mapper.exchange.figures import read_figures
from mapper.model import Figure, Problem

REAL = Path(__file__).parents[2] / "shared" / "data" / "mdq_indicators.csv"
HEAD = "md_id,name_fr,area_km2,pct_65plus_2025,median_income_2023\n"


def table(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "figures.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return path


def test_empty_is_no_figure_and_zero_is_zero(tmp_path: Path) -> None:
    figures = read_figures(table(tmp_path, "22,Brabant,0.8,9.21,15383.75\n700,Park,0.5,,\n5,Nul,0.3,0,1\n"), "Count")
    assert figures[0] == Figure(neighbourhood="22", indicator="pct_65plus", year=2025, value=9.21, source="Count")
    values = {(one.neighbourhood, one.indicator): one.value for one in figures}
    assert values[("700", "pct_65plus")] is None and values[("5", "pct_65plus")] == 0.0
    assert len(figures) == 6, "names and areas are not figures"


def test_the_real_table_has_27_neighbourhoods_without_figures(tmp_path: Path) -> None:
    if REAL.exists():
        figures = read_figures(REAL, "IBSA/BISA and Statbel")
        uninhabited = 27
    else:
        rows = "".join(f"{n},x,1,{'' if n > 118 else 9.5},{'' if n > 118 else 20000}\n" for n in range(1, 146))
        figures = read_figures(table(tmp_path, rows), "Fictional")
        uninhabited = 27
    shares = [one for one in figures if one.indicator == "pct_65plus"]
    assert len(shares) == 145 and sum(one.value is None for one in shares) == uninhabited


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("22,x,1,abc,2\n", "line 2"),
        ("22,x,1,nan,2\n", "line 2"),
        ("22,x,1,9,2\n22,x,1,9,2\n", "line 3"),
        ("1030,x,1,9,2\n", "1030"),
        ("22,x,1\n", "Line 2"),
        ('22,x,1,9,"2\n', "line 2"),
        ("", "no rows"),
    ],
)
def test_a_bad_table_gives_one_sentence(rows: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as problem:
        read_figures(table(tmp_path, rows), "Count")
    assert expected in str(problem.value) and "\n" not in str(problem.value)


@pytest.mark.parametrize("body", [b"", b"colour,size\nred,4\n", HEAD.encode("utf-16"), b"\x89PNG\0\0"])
def test_another_file_gives_one_sentence(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    path.write_bytes(body)
    with pytest.raises(Problem):
        read_figures(path, "Count")
