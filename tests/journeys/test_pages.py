"""The browser without a screen reads pages as a browser does."""

import pytest

from tests.support import tools

pages = tools.load_script("demonstration.pages")

SOURCE = """
<!doctype html><html><head><title>Урок &middot; Журнал</title>
<meta name="csrf-token" content="t0ken"></head><body>
<h1>5А<br>Математика</h1><script>const hidden = "<p>no text</p>";</script>
<form action="/lesson?x=1" method="post">
  <input type="hidden" name="seen" value="старое"><input type="hidden" name="seen" value="ещё">
  <input name="topic" value="Дроби"><textarea name="homework">§ 1
№ 2</textarea>
  <input type="checkbox" name="absent" value="st1"><input type="checkbox" name="late" checked>
  <input name="closed" value="x" disabled>
  <select name="kind"><option value="a">1</option><option value="b" selected>2</option></select>
  <button name="save" value="1">Save</button>
</form>
<ul><li class="cell is-mark" data-state="here">5<li class="cell" data-state="server">4</ul>
</body></html>
"""


def page():
    return pages.Page("http://127.0.0.1:1/lesson", 200, pages.parse(SOURCE), SOURCE)


def test_text_is_what_a_person_reads() -> None:
    assert page().title == "Урок · Журнал"
    assert page().text.startswith("5А Математика 1 2") or "5А Математика" in page().text
    assert "no text" not in page().text


def test_untouched_form_sends_what_it_holds() -> None:
    assert pages._fields_of(page().form("/lesson")) == {
        "seen": ["старое", "ещё"],
        "topic": ["Дроби"],
        "homework": ["§ 1\n№ 2"],
        "late": [""],
        "kind": ["b"],
    }


def test_form_without_an_address_posts_to_its_page() -> None:
    source = '<form method="get"></form><form method="post" id="verdict"></form>'
    shown = pages.Page("http://127.0.0.1:1/desk/1?a=b", 200, pages.parse(source), source)

    assert shown.form("/desk/1").attributes["id"] == "verdict"


def test_elements_are_found_by_class_and_data() -> None:
    root = page().root

    assert [one.text for one in root.find_all("li", class_="cell")] == ["5 4", "4"]
    assert root.find(class_="is-mark").attributes["data-state"] == "here"
    assert len(root.find_all(data_state=None)) == 2
    assert root.find("li", data_state="server").text == "4"


def test_missing_form_is_named() -> None:
    with pytest.raises(pages.PageRefused, match="no form for /password"):
        page().form("/password")


def test_token_for_modules_is_read_from_the_head() -> None:
    assert page().csrf_token == "t0ken"
