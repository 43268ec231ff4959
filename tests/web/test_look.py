"""The look: enough contrast in light and dark, colours named in one file, nothing loaded."""

import re
from itertools import product

import pytest

from tests.support import source, tools

CSS = (tools.ROOT / "sync/web/static/shell.css").read_text("utf-8")
GROUNDS = ("paper", "paper-raised", "paper-sunk", "accent-wash", "warning-wash", "danger-wash")
TEXTS = ("ink", "ink-soft", "accent", "accent-strong", "warning", "danger")


def tokens(scheme: str) -> dict[str, str]:
    """Return the colour tokens of a scheme; the dark one and print override some."""
    roots = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light, dark, _, printed = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root)) for root in roots
    )
    return {"light": light, "dark": light | dark, "print": light | printed}[scheme]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_can_be_read_on_every_ground(scheme: str) -> None:
    colours = tokens(scheme)
    weak = {
        f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in product(TEXTS, GROUNDS)
        if contrast(colours[text], colours[ground]) < 4.5
    }

    assert weak == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_grid_has_the_higher_contrast(scheme: str) -> None:
    colours = tokens(scheme)

    for ground in ("paper", "paper-sunk", "accent-wash"):
        assert contrast(colours["ink"], colours[ground]) >= 7


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_filled_buttons_and_edges_of_fields_can_be_seen(scheme: str) -> None:
    colours = tokens(scheme)

    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-strong"]) >= 4.5
    assert contrast(colours["on-danger"], colours["danger"]) >= 4.5
    assert contrast(colours["rule-strong"], colours["paper-raised"]) >= 3


def test_colours_are_named_in_one_place_only() -> None:
    """Other style sheets use the tokens, so that dark and print follow."""
    colour = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(")
    own_colours = {
        source.name(path): found
        for path in source.files(*source.PACKAGES, suffix=".css")
        if path.name != "shell.css" and (found := colour.findall(path.read_text("utf-8")))
    }

    assert own_colours == {}


def test_tokens_that_are_used_exist() -> None:
    defined = set(re.findall(r"--([\w-]+):", CSS))
    unknown = {}
    for path in source.files(*source.PACKAGES, suffix=".css"):
        text = path.read_text("utf-8")
        local = set(re.findall(r"--([\w-]+):", text))
        if missing := set(re.findall(r"var\(--([\w-]+)", text)) - defined - local:
            unknown[source.name(path)] = missing

    assert unknown == {}


def test_no_style_loads_anything() -> None:
    for path in source.files(*source.PACKAGES, suffix=".css"):
        text = path.read_text("utf-8")
        assert "@import" not in text
        assert "url(" not in text
