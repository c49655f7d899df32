"""Lists of people as spreadsheets write them (M-17, S-43)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companies.people_csv import MAX_BYTES, BadList, rows_of, text_of

EVA = {"email": "eva@x.example", "first_name": "Eva", "last_name": "Kern", "position": "Service, day"}


@pytest.mark.parametrize(
    "text",
    [
        'eva@x.example,Eva,Kern,"Service, day"',
        "eva@x.example;Eva;Kern;Service, day",
        "eva@x.example\tEva\tKern\tService, day\r\n\r\n",
        "\ufeffemail;first name;last name;position\neva@x.example;Eva;Kern;Service, day",
        "Nachname;Vorname;E-Mail;Abteilung;Funktion\nKern;Eva;eva@x.example;Nord;Service, day",
        "  eva@x.example ; Eva ;Ke\x00rn; Service,  day ; more ; and more",
    ],
)
def test_the_same_person_however_it_is_written(text):
    assert [row.cells for row in rows_of(text)] == [EVA]


def test_lines_keep_their_number_and_lacking_cells_are_empty():
    rows = rows_of("email,first name\n\na@x.example,Ann\nb@x.example\n")
    assert [(row.number, row.cells["email"], row.cells["first_name"]) for row in rows] == [
        (3, "a@x.example", "Ann"),
        (4, "b@x.example", ""),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        "vera@x.example;Véra;Öst;Käse".encode(),
        "\ufeffvera@x.example;Véra;Öst;Käse".encode(),
        "vera@x.example;Véra;Öst;Käse".encode("utf-16"),
        b"\xfe\xff" + "vera@x.example;Véra;Öst;Käse".encode("utf-16-be"),
        "vera@x.example;Véra;Öst;Käse".encode("latin-1"),
    ],
)
def test_the_usual_encodings(raw):
    assert list(rows_of(text_of(raw))[0].cells.values()) == ["vera@x.example", "Véra", "Öst", "Käse"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\n;;;\n", "empty"),
        ("email;first name\n", "empty"),
        ("a@x.example\n" * 501, "too_long"),
        ("a" * (MAX_BYTES + 1), "too_big"),
        ('"' + "a" * 140_000 + '"', "unreadable"),
    ],
)
def test_what_is_no_list(text, code):
    with pytest.raises(BadList) as bad:
        rows_of(text)
    assert bad.value.code == code


def test_a_file_that_is_too_big():
    with pytest.raises(BadList, match="too_big"):
        text_of(b"a" * (MAX_BYTES + 1))


@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_one_exception(raw):
    try:
        rows = rows_of(text_of(raw))
    except BadList:
        return
    assert all(set(row.cells) == set(EVA) and "\x00" not in "".join(row.cells.values()) for row in rows)
