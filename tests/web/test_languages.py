"""Russian first, English by choice, and never by the browser's wish."""

from tests.support.shell_program import ShellProgram, post, sign_in


def test_pages_are_russian_whatever_the_browser_wishes(node: ShellProgram) -> None:
    page = node.client().get("/sign-in", headers={"Accept-Language": "en"}).text

    assert '<html lang="ru">' in page
    assert "Войти" in page


def test_chosen_language_stays_over_sign_in_and_sign_out(node: ShellProgram) -> None:
    client = node.client()
    answer = post(client, "/language", {"language": "en", "next": "/sign-in"})
    assert answer.location == "/sign-in"
    assert "Sign in" in client.get("/sign-in").text

    sign_in(client)
    assert "Sign out" in client.get("/").text
    post(client, "/sign-out")
    assert '<html lang="en">' in client.get("/sign-in").text


def test_language_can_be_chosen_back(node: ShellProgram) -> None:
    client = node.client()
    post(client, "/language", {"language": "en"})
    post(client, "/language", {"language": "ru"})

    assert "Войти" in client.get("/sign-in").text


def test_unknown_language_changes_nothing(node: ShellProgram) -> None:
    client = node.client()
    answer = post(client, "/language", {"language": "../../etc"})

    assert not [c for c in answer.headers.getlist("Set-Cookie") if "language" in c]
    assert '<html lang="ru">' in client.get("/sign-in").text


def test_planted_language_cookie_falls_back_to_russian(node: ShellProgram) -> None:
    client = node.client()
    client.set_cookie("journal_node_language", "xx")

    assert '<html lang="ru">' in client.get("/sign-in").text


def test_language_of_one_program_is_not_the_others(
    node: ShellProgram, central: ShellProgram
) -> None:
    client = central.client()
    client.set_cookie("journal_node_language", "en")

    assert '<html lang="ru">' in client.get("/sign-in").text


def test_locked_screen_can_change_the_language(node: ShellProgram) -> None:
    client = sign_in(node.client())
    post(client, "/lock")
    post(client, "/language", {"language": "en", "next": "/locked"})

    assert "The screen is locked" in client.get("/locked").text
