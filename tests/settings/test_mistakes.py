"""What bad input gets: each mistake with file, line, place, fault and remedy; all in one go."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Errors = Callable[..., list[str]]

HEAD = "currency: EUR\nsources:\n"
GOOD = "  site: {connector: acme, token: t}\n"


def test_an_unknown_key_is_told_with_the_nearest(errors: Errors) -> None:
    assert errors("curency: EUR\n" + HEAD + GOOD) == ["collector.yml:1: curency: unknown key → Did you mean currency?"]


def test_an_unknown_key_of_a_source_is_told_with_the_nearest(errors: Errors) -> None:
    assert errors(HEAD + "  site:\n    connector: acme\n    token: t\n    time_out: 5m\n") == [
        "collector.yml:6: sources.site.time_out: unknown key → Did you mean timeout?"
    ]


def test_a_daemons_key_in_a_project_is_told_where_it_belongs(errors: Errors) -> None:
    assert errors(
        "projects:\n  shop:\n    currency: EUR\n    store: x\n    sources: {a: {connector: acme, token: t}}"
    ) == ["collector.yml:4: projects.shop.store: does not belong to a project → Move store to the top level."]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("top: many", "top: found 'many'; should be a valid integer, unable to parse string as an integer"),
        ("top: 0", "top: found 0; should be greater than or equal to 1"),
        ("language: de", "language: found 'de'; should be 'en' or 'ru'"),
        ("web: 9841", "web: found 9841; should be a mapping"),
        ("web: {listen: nowhere}", "web.listen: 'nowhere' is no address to listen on"),
        ("kpis: leads", "kpis: found 'leads'; should be a list"),
        ("engine: celery", "engine: found 'celery'; should be 'builtin' or 'procrastinate'"),
        ("max_team_share: 1.5", "max_team_share: found 1.5; should be less than or equal to 1"),
        ("vat: {payer: no, rates: {2026-01-01: 20}}", "vat.rates.2026-01-01: found 20; should be less than"),
        ("rates: {USD: 0}", "rates.USD: found 0; should be greater than 0"),
        ("privacy: {managers: all}", "privacy.managers: found 'all'; should be 'id', 'alias' or 'name'"),
        ("channels: [{channel: Paid Search}]", "channels[0]: matches nothing"),
        ("margin: {default: 35}", "margin.default: found 35; should be less than or equal to 1"),
        ("store: mysql://u:p@h/d", "store: 'mysql' is no database that can be a store"),
        ("store: postgresql://u:p@h:five/d", "store: its host or port cannot be read"),
        ("store: sqlite://", "store: names no file"),
        ("retention: long", "retention: 'long' is no duration"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_told_with_what_was_found(errors: Errors, key: str, told: str) -> None:
    found = errors(f"{key}\n" + HEAD + GOOD)

    assert found[0].startswith(f"collector.yml:1: {told}")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("timeout: soon", "timeout: 'soon' is no duration; write a number with ms, s, m, h, d or w, such as 15m or 3d"),
        ("timeout:", "timeout: has no value"),
        ("reserve: 2", "reserve: found 2; should be less than 1"),
        ("required: perhaps", "required: found 'perhaps'; should be a valid boolean"),
        ("goals: [1, two]", "goals[1]: found 'two'; should be a valid integer"),
        ("goals: 7", "goals: found 7; should be a list"),
        ("mode: test", "mode: found 'test'; should be 'live' or 'pilot'"),
        ("backfill: [1]", "backfill: "),
        ("active: {from: 2026-02-30}", "active.from: found '2026-02-30'; should be a valid date"),
        ("active: {from: 2026-02-03, until: 2026-02-02}", "active: until (2026-02-02) lies before from (2026-02-03)"),
        ("base_url: api.example.com", "base_url: is no address of a web server"),
        ("lead_dedup: 0s", "lead_dedup: found '0s'; should be greater than 0 seconds → A customer's next lead"),
        ("response_target: 0m", "response_target: found '0m'; should be greater than 0 seconds → How soon a lead"),
        ("working_hours: 09:00-18:00", "working_hours: found '09:00-18:00'; should be a mapping"),
        ("working_hours: {}", "working_hours: no day has any hours → Write some, such as mon-fri: 09:00-18:00; "),
        ("working_hours: {mon-fry: closed}", "working_hours.mon-fry: there is no day 'fry' → Did you mean fri?"),
        ("working_hours: {mon: 18:00-09:00}", "working_hours.mon: '18:00-09:00' ends before it begins → Over midnight"),
    ],
)
def test_a_wrong_setting_is_told_at_its_own_line(errors: Errors, setting: str, told: str) -> None:
    found = errors(HEAD + f"  site:\n    connector: acme\n    token: t\n    {setting}\n")

    assert len(found) == 1
    assert found[0].startswith(f"collector.yml:6: sources.site.{told}")


def test_each_mistake_in_working_hours_is_told_at_its_own_line(errors: Errors) -> None:
    hours = "      mon-fri: 09:00-18:00\n      sat: 10-14\n      son: closed\n      holidays: Rusia\n"

    assert [line.partition(" → ")[0] for line in errors(HEAD + GOOD[:-2] + ", working_hours: {}}\n")] == [
        "collector.yml:3: sources.site.working_hours: no day has any hours"
    ]
    assert errors(HEAD + f"  site:\n    connector: acme\n    token: t\n    working_hours:\n{hours}") == [
        "collector.yml:8: sources.site.working_hours.sat: '10-14' is no span of time → "
        "Write 09:00-18:00, several with commas between them, or closed.",
        "collector.yml:9: sources.site.working_hours.son: there is no day 'son' → Did you mean sun?",
        "collector.yml:10: sources.site.working_hours.holidays: there is no country 'Rusia' → Did you mean RU?",
    ]


def test_a_missing_setting_is_told_at_its_sources_line(errors: Errors) -> None:
    assert errors(HEAD + "  site:\n    timeout: 5m\n    connector: acme\n") == [
        "collector.yml:3: sources.site.token: is missing → Read-only key."
    ]


def test_an_unknown_connector_is_told_with_the_nearest_and_all(errors: Errors) -> None:
    found = errors(HEAD + "  site:\n    connector: acne\n")

    assert len(found) == 1
    assert found[0].startswith(
        "collector.yml:4: sources.site.connector: there is no connector 'acne' → Did you mean acme?"
    )
    assert all(name in found[0] for name in ("acme", "fussy", "odd"))


def test_a_source_without_connector_is_told_at_its_line(errors: Errors) -> None:
    assert errors(HEAD + "  site:\n    token: t\n")[0].startswith("collector.yml:3: sources.site.connector: is missing")


def test_a_key_that_stands_twice_is_a_mistake(errors: Errors) -> None:
    assert errors("currency: EUR\n" + HEAD + GOOD) == [
        "collector.yml:2: currency: stands here again; it is on line 1 already → Keep one of the two."
    ]


def test_a_source_that_stands_twice_in_a_file_is_a_mistake(errors: Errors) -> None:
    assert errors(HEAD + GOOD + GOOD) == [
        "collector.yml:4: sources.site: stands here again; it is on line 3 already → Keep one of the two."
    ]


def test_a_source_that_stands_twice_over_two_files_is_a_mistake(folder: Any) -> None:
    folder.write("more.yml", "\n\nsources:\n  site: {connector: acme, token: u}\n")

    assert folder.errors("include: more.yml\n" + HEAD + GOOD) == [
        "more.yml:2: sources.site: stands here again; it is in collector.yml:4 already → Keep one of the two."
    ]


def test_files_that_include_each_other_are_a_mistake(folder: Any) -> None:
    folder.write("a.yml", "language: ru\ninclude: b.yml")
    folder.write("b.yml", "include: [a.yml]")

    assert folder.errors("include: a.yml\n" + HEAD + GOOD) == [
        "b.yml:1: include: goes round in a circle: collector.yml includes a.yml includes b.yml includes a.yml"
        " → Remove one of these includes."
    ]


def test_an_included_file_that_is_not_there_is_told_where_it_is_included(folder: Any, tmp_path: Path) -> None:
    assert folder.errors("include: gone.yml\n" + HEAD + GOOD) == [
        "collector.yml:1: include: gone.yml cannot be read: No such file or directory"
        f" → A relative path starts at {tmp_path}."
    ]


def test_a_bad_zone_is_told_with_the_nearest(errors: Errors) -> None:
    assert errors("timezone: Europe/Moskow\n" + HEAD + GOOD) == [
        "collector.yml:1: timezone: 'Europe/Moskow' is no time zone → Did you mean Europe/Moscow?"
    ]


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Europe", "''", "/etc/localtime", "UTC+3"])
def test_a_zone_is_a_name_of_the_database(errors: Errors, zone: str) -> None:
    assert "is no time zone" in errors(f"timezone: {zone}\n" + HEAD + GOOD)[0]


def test_a_missing_currency_is_told_at_its_projects_line(errors: Errors) -> None:
    assert errors("# first\n\ntop: 5\nsources:\n" + GOOD) == [
        "collector.yml:3: currency: is missing → Say in which currency money is shown, e.g. currency: EUR."
    ]
    assert errors("projects:\n  shop:\n    sources: {a: {connector: acme, token: t}}\n") == [
        "collector.yml:2: projects.shop.currency: is missing"
        " → Say in which currency money is shown, e.g. currency: EUR."
    ]


def test_a_bad_currency_is_told_with_its_code(errors: Errors) -> None:
    assert errors("currency: eur\nsources:\n" + GOOD) == [
        "collector.yml:1: currency: 'eur' is no currency → Did you mean EUR?"
    ]


@pytest.mark.parametrize(
    "name", ["Site", "9lives", "my-site", "job", "le", "kpi_site", "site_total", "a_by_b", "two_weeks", "unassigned"]
)
def test_bad_names_are_told(errors: Errors, name: str) -> None:
    found = errors(f"currency: EUR\nsources:\n  {name}: {{connector: acme, token: t}}\n")
    assert [line.split(" → ")[0] for line in found] in (
        [f"collector.yml:3: sources.{name}: {name!r} is no name"],
        [f"collector.yml:3: sources.{name}: {name!r} is reserved"],
    )
    assert f"dimensions.{name}: {name!r} is" in errors(f"dimensions: {{{name}: X}}\n" + HEAD + GOOD)[0]
    assert f"projects.{name}: {name!r} is" in errors(
        f"currency: EUR\nprojects: {{{name}: {{sources: {{a: {{connector: acme, token: t}}}}}}}}"
    )[0]  # fmt: skip


def test_no_sources_at_all_is_a_mistake(errors: Errors) -> None:
    for text in ("currency: EUR\n", "currency: EUR\nsources:\n", "currency: EUR\nprojects: {shop: }\n"):
        assert any("there are none, so nothing would be read" in line for line in errors(text))
    assert "there are none" in errors("")[0]


def test_the_default_project_is_the_top_level(errors: Errors) -> None:
    assert "projects.default: is the top level already" in errors(HEAD + GOOD + "projects:\n  default: {}\n")[0]


def test_a_former_name_is_no_name_of_today(errors: Errors) -> None:
    told = errors(HEAD + "  a: {connector: acme, token: t, was: b}\n  b: {connector: acme, token: u}\n")
    assert told == [
        "collector.yml:3: sources.a.was: b is a source of today → `was` is an earlier name, which no source has now."
    ]


def test_only_one_source_goes_on_from_a_former_name(errors: Errors) -> None:
    told = errors(HEAD + "  a: {connector: acme, token: t, was: c}\n  b: {connector: acme, token: u, was: c}\n")
    assert told == [
        "collector.yml:4: sources.b.was: c is the earlier name of a already → Only one source can go on from it."
    ]


@pytest.mark.parametrize("letter", ["kpi", "target", "assignee", "objective", "start", "due"])
def test_each_missing_letter_of_smart_is_told(errors: Errors, letter: str) -> None:
    goal = {
        "name": "more-leads", "kpi": "leads", "target": "600", "assignee": "ann", "objective": "sales",
        "start": "2026-10-01", "due": "2026-12-31",
    }  # fmt: skip
    del goal[letter]
    text = HEAD + GOOD + f"goals:\n  - {{{', '.join(f'{key}: {value}' for key, value in goal.items())}}}\n"

    (told,) = errors(text)

    assert told.startswith(f"collector.yml:5: goals.more-leads.{letter}: is missing → A goal is ")
    assert " of SMART)" in told


def test_a_goal_that_ends_before_it_starts_is_told_at_its_due_day(errors: Errors) -> None:
    text = """
goals:
  - name: cac-q4
    due: 2026-09-30
    kpi: cac
    objective: acquisition
    assignee: ann
    target: 1500
    start: 2026-10-01
"""
    assert errors(HEAD + GOOD + text) == [
        "collector.yml:7: goals.cac-q4.due: 2026-09-30 lies before its start, 2026-10-01."
        " → A goal is time-bound (the T of SMART): set `due` after `start`."
    ]


def test_a_bonus_for_a_goal_that_is_not_there_is_told(errors: Errors) -> None:
    bonus = "{assignee: a, period: quarter, individual: 1, goals: {cac: 1}, payout: [[1, 1]]}"
    (told,) = errors(HEAD + GOOD + f"bonuses: [{bonus}]\n")
    assert told.startswith("collector.yml:4: bonuses[0].goals.cac: there is no such goal")


def test_a_connector_that_refuses_its_settings_is_told_at_the_key_it_names(errors: Errors) -> None:
    assert errors(HEAD + "  a:\n    connector: fussy\n    site: shop\n") == [
        "collector.yml:3: sources.a: it refuses the rest too",
        "collector.yml:5: sources.a.site: nothing here has a site",
    ]


def test_a_connector_that_crashes_is_told_as_a_defect(errors: Errors) -> None:
    (told,) = errors(HEAD + "  a: {connector: fussy, system: bug}\n")
    assert told.startswith(
        "collector.yml:3: sources.a: the connector fussy raised RuntimeError: list index out of range"
    )


def test_a_measure_that_nobody_knows_is_told(errors: Errors) -> None:
    assert errors(HEAD + "  a: {connector: odd}\n") == [
        "collector.yml:3: sources.a: its stream visits gives the measure 'sesions', which nobody knows"
        " → Did you mean sessions?",
        "collector.yml:3: sources.a: its stream visits: the dimension 'step' is reserved"
        " → It is a label of the metrics; choose another name.",
    ]


def test_all_mistakes_are_told_at_once_over_files(folder: Any) -> None:
    folder.write("shop.yml", "currency: EUR\n\nsources:\n  a:\n    connector: acme\n\n    timeout: soon\n  b: 7\n")

    found = folder.errors("""
        timezone: Mars/Olympus
        currency: EUR
        sources:
          site: {connector: acme, tokn: t}
        goals: [{name: x}]
        projects:
          shop:
            include: shop.yml
            top: -1
    """)

    assert [line.split(": ")[0] + ": " + line.split(": ")[1] for line in found] == [
        "collector.yml:1: timezone",
        "collector.yml:4: sources.site.token",
        "collector.yml:4: sources.site.tokn",
        "collector.yml:5: goals.x.assignee",
        "collector.yml:5: goals.x.due",
        "collector.yml:5: goals.x.kpi",
        "collector.yml:5: goals.x.objective",
        "collector.yml:5: goals.x.start",
        "collector.yml:5: goals.x.target",
        "collector.yml:9: projects.shop.top",
        "shop.yml:4: projects.shop.sources.a.token",
        "shop.yml:7: projects.shop.sources.a.timeout",
        "shop.yml:8: projects.shop.sources.b",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: [1, 2", "collector.yml:1: is no valid YAML"),
        (b"a: 1\n  b: 2\n", "collector.yml:2: is no valid YAML"),
        (b"a: 1\n\x00\n", "collector.yml: is no valid YAML"),
        (b"a: 1\nb: \xff\n", "collector.yml:2: is not UTF-8 text"),
        (b"- a\n- b\n", "collector.yml:1: holds no keys"),
        (b"a: 1\n---\nb: 2\n", "collector.yml:2: holds a second document"),
        (b"a: !!python/name:os.system x\n", "collector.yml:1: has a tag"),
        (b"a: *b\n", "collector.yml:1: *b refers to no anchor"),
        (b"a: &a [*a]\n", "collector.yml:1: *a refers to no anchor"),
        (b"? [1]\n: 2\n", "collector.yml:1: has a key that is no text"),
        (b"a: " + b"[" * 100_000, "collector.yml:1: is nested more than 50 deep"),
        (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((98 + n,) * 2 + (97 + n,) * 9) for n in range(9)
        ), "collector.yml:7: holds more than 1000000 values"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_use_is_told_without_a_traceback(
    errors: Errors, tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "collector.yml").write_bytes(content)

    assert errors()[0].startswith(told)


def test_a_missing_file_is_told(errors: Errors) -> None:
    assert errors() == [
        "collector.yml: cannot be read: No such file or directory → Name the configuration file with --config."
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told(errors: Errors, tmp_path: Path) -> None:
    (tmp_path / "collector.yml").write_text(HEAD + GOOD)
    (tmp_path / "collector.yml").chmod(0)

    assert errors()[0].startswith("collector.yml: cannot be read: Permission denied")
