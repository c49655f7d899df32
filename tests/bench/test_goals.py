"""A promise is reached, missed or not measured, and the report says which; a hurried run stays out of the documentation."""

from __future__ import annotations

import json

from bench import goals, report


def row(part: str, target: str, load: str, **figures) -> dict:
    return {"part": part, "target": target, "load": load, **figures}


def by_title(results: list[dict]) -> dict[str, goals.Goal]:
    return {goal.title: goal for goal in goals.judge(results)}


def good_chat(rate: float) -> dict:
    return row(
        "chat", "Memo on daphne", "saturation", sent_per_s=rate, cpu_servers_s_per_1k=2.0, lost=0, duplicated=0,
        out_of_order=0, misrouted=0, send_errors=0,
    )  # fmt: skip


def test_nothing_measured_is_no_promise_kept():
    assert {goal.reached for goal in goals.judge([])} == {None}


def test_saturation_is_judged_alone_and_against_the_usual_set_up():
    found = by_title([good_chat(400), row("chat", "R3 usual: daphne", "saturation", sent_per_s=300)])
    assert found["saturation by POST, daphne"].reached is True
    assert found["the stretch goal of the same"].reached is False
    assert found["against the usual Channels set-up"].found.startswith("1.3 ")
    assert found["against the usual Channels set-up"].reached is False


def test_a_failed_run_is_not_a_measurement():
    assert by_title([row("chat", "Memo on daphne", "saturation", failed="connect")])[
        "saturation by POST, daphne"
    ].reached is None  # fmt: skip


def test_one_lost_message_breaks_the_promise():
    title = "lost, doubled, out of order, misrouted, refused"
    assert by_title([good_chat(400)])[title].reached is True
    assert by_title([good_chat(400) | {"lost": 1}])[title].reached is False


def test_the_slowest_person_and_the_largest_data_count_for_pages():
    def page(who: str, conversations: int, p50: float, size: int = 70_000) -> dict:
        figures = {"p50": p50, "p95": p50, "cpu_ms": p50, "bytes": size}
        return row("pages", "inbox page", who, conversations=conversations, **figures)

    fuller = [page("member", 1000, 10.0, size=20_000), page("member", 100_000, 30.0)]  # shows more: not compared
    found = by_title([page("admin", 1000, 10.0), page("admin", 100_000, 20.0), *fuller])
    assert found["inbox page at 100,000 conversations, p50"].reached is False
    growth = found["pages do not grow with the data"]
    assert (growth.reached, growth.found) == (False, "2.00 times (inbox page as admin)")


def test_the_slowest_page_of_the_largest_directory_counts():
    def page(title: str, companies: int, p95: float) -> dict:
        return row("directory", title, "user", companies=companies, p50=1.0, p95=p95, cpu_ms=1.0)

    found = by_title([page("first", 1000, 90.0), page("first", 100_000, 20.0), page("search", 100_000, 49.0)])
    goal = found["directory at 100,000 companies, slowest page, p95"]
    assert (goal.reached, goal.found) == (True, "49 ms")


def test_a_table_is_markdown_with_numbers_to_the_right():
    assert report.table(["what", "ms"], [("a", 1), ("longer", 20)]).split("\n") == [
        "| what   | ms |",
        "| ------ | -: |",
        "| a      |  1 |",
        "| longer | 20 |",
    ]


def test_only_a_whole_unhurried_run_is_documented_and_no_path_is_kept(tmp_path, monkeypatch, capsys):
    docs, kept = tmp_path / "performance.md", tmp_path / "results" / "latest.json"
    docs.write_text(f"Before\n{report._BEGIN}\nold\n{report._END}\nAfter\n")
    monkeypatch.setattr(report, "DOCS", docs)
    monkeypatch.setattr(report, "RESULTS", kept)
    results = [row("pages", "inbox page", "admin", conversations=1000, failed="broke in /srv/memo/x/y.py")]
    report.write(results, quick=True, whole=True, lab="bench/load")
    assert "old" in docs.read_text()
    report.write(results, quick=False, whole=True, lab="bench/load")
    page = docs.read_text()
    assert page.startswith("Before\n")
    assert page.endswith("\nAfter\n")
    assert "old" not in page
    assert "### Goals" in page
    stored = json.loads(kept.read_text())
    assert stored["results"][0]["failed"] == "broke in …"
    assert len(stored["goals"]) == len(goals.judge([]))
    assert "### Goals" in capsys.readouterr().out
