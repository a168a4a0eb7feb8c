"""`store forget`: erase a person, and keep all totals."""

import sys

import click

from collector.cli.context import Failed, Refused
from collector.cli.opened import at, opened, waiting
from collector.settings.model import Config
from collector.store import configured
from collector.store.care.forget import Person, find, recall
from collector.store.care.forget import forget as replace_ids
from collector.store.care.wipe import traces, wipe
from collector.store.connect import Store


@click.command()
@click.argument("customer", metavar="CUSTOMER_ID")
@click.option("--project", help="Only as this project knows them.")
@click.option("--system", help="Only as this system (CRM) knows them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def forget(ctx: click.Context, customer: str, project: str | None, system: str | None, yes: bool) -> None:
    """Erase a person: their id is in no byte of the store any more; all totals stay."""
    with opened(ctx) as (store, config):
        people = find(store, customer, project=project, system=system)
        if not people:
            _go_on_or_refuse(store, customer, recall(store, customer, project=project, system=system))
            return
        person = _only(customer, people)
        if not yes:
            _confirm(person)
        _erase(store, config, person)


def _only(customer: str, people: list[Person]) -> Person:
    if len(people) > 1:
        known = ", ".join(f"{each.system} of project {each.project}" for each in people)
        raise Refused(f"{customer} is somebody else in each system: {known}. Say which with --system and --project.")
    return people[0]


def _confirm(person: Person) -> None:
    click.echo(f"{_told(person)}, in {person.system}: {person.leads} leads, {person.deals} deals", err=True)
    if not sys.stdin.isatty():
        raise Refused("this cannot be undone; say --yes")
    if not click.confirm("Replace the id for ever? Totals stay; it cannot be undone.", err=True):
        raise Failed("nobody was forgotten")


def _told(person: Person) -> str:
    first, *others = person.ids
    return f"{first} with {', '.join(others)}, whom the CRM has merged" if others else first


def _erase(store: Store, config: Config, person: Person) -> None:
    with at(store) as place:
        replace_ids(place, person)
    project = config.projects.get(person.project)
    if project is not None and person.system in configured.systems(project):
        configured.keep_system(store, project, person.system)
    _wipe(store)
    click.echo(f"forgotten: {_told(person)}; {person.leads} leads and {person.deals} deals count on without a name")
    for place_of_text in traces(store, person.ids):
        click.echo(
            f"warning: the same text still stands in {place_of_text}; it is not this customer's id there", err=True
        )


def _go_on_or_refuse(store: Store, customer: str, wiped: bool | None) -> None:
    """Somebody who is not there: never was, or was forgotten before, perhaps not to the end."""
    if wiped is None:
        raise Failed(
            f"no customer {customer!r} is known here; an id is written as the CRM's connector does, such as contact:7"
        )
    if wiped:
        raise Failed(f"{customer} was forgotten already")
    _wipe(store)
    click.echo(f"forgotten: {customer}; what was left to do is done")


def _wipe(store: Store) -> None:
    click.echo("wiping old pages; on a big store that takes a while …", err=True)
    wipe(store, waiting=waiting)
