"""What provision, doctor and canary do once their options are parsed."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from operations import doctor as examination
from operations import environment as settings
from operations.canary import PATIENCE, Canary
from operations.canary_guard import ALLOWED, production_systems
from operations.canary_record import keep
from operations.cli import STOPPED
from operations.doctor_model import Answer, Context
from operations.environment import BRIDGE_CLIENT_ID, BRIDGE_KEY, BRIDGE_URL, Environment, Variables
from operations.plan import Outcome
from operations.provision_commerce import walk_through
from operations.provision_lead import KeyNotActive
from operations.provision_sales import provision, remove
from operations.running import FAILED, failed
from shared.errors import BridgeError, ServiceError, SettingsInvalid

Choose = Callable[[Variables], Environment]


def provision_sales(options: Namespace) -> int:
    """Plan, apply or undo; 1 where something stands in the way, 2 where Sales refused."""
    given = {"LEAD_PROFILE": options.profile, **_app(options)}
    try:
        with _environment(options, settings.for_sales, given) as environment:
            return _provision(options, environment)
    except (BridgeError, KeyNotActive) as problem:
        return failed(problem)


def provision_commerce(options: Namespace) -> int:
    """Print the steps with what can be seen of each; the worst of it as the exit code."""
    try:
        with _environment(options, settings.for_commerce, {}) as environment:
            answers = walk_through(Context(environment), print)
    except BridgeError as problem:
        return failed(problem)
    print(examination.summary(answers))
    return examination.exit_code(answers)


def doctor(options: Namespace) -> int:
    """Every check; the worst of them as the exit code."""
    if codes := examination.unknown(options.only):
        _to_stderr(f"there is no check {', '.join(codes)}")
        return FAILED
    try:
        with _environment(options, settings.whole, _app(options)) as environment:
            answers = _examined(options, Context(environment))
    except SettingsInvalid as invalid:
        answers = examination.settings_answers(invalid.problems)
        _show(options, answers[0])
    print(examination.printed(answers) if options.json else examination.summary(answers))
    return examination.exit_code(answers)


def canary(options: Namespace) -> int:
    """0: it came through; 1: it did not; 2: it was not sent; 130: it was stopped by hand."""
    try:
        with _environment(options, settings.whole, {}) as environment:
            return _canary(options, environment)
    except BridgeError as problem:
        return failed(problem)


def _provision(options: Namespace, environment: Environment) -> int:
    wanted, sales = environment.wanted, environment.dataverse
    print(f"{environment.settings.sales_url}: profile {wanted.profile}, prefix {wanted.prefix}")
    if options.undo:
        if options.sandbox:
            provision(sales, wanted, lambda line: None, apply=True)
        return _concluded(remove(sales, wanted, print, apply=options.apply), options, "remove")
    return _concluded(provision(sales, wanted, print, apply=options.apply), options, "make or change")


def _concluded(outcome: Outcome, options: Namespace, verb: str) -> int:
    for problem in outcome.blocked:
        print(f"stands in the way: {problem}")
    if outcome.blocked:
        print("nothing was written")
    elif not outcome.planned:
        print(f"nothing to {verb}")
    elif options.apply:
        print(f"done: {len(outcome.done)} of {len(outcome.planned)}")
    else:
        print(f"{len(outcome.planned)} to {verb}; nothing was written: add --apply")
    return outcome.code


def _examined(options: Namespace, context: Context) -> list[Answer]:
    answers = []
    for answer in examination.examine(context, examination.chosen(options.only)):
        answers.append(answer)
        _show(options, answer)
    return answers


def _show(options: Namespace, answer: Answer) -> None:
    if not options.json:
        print(examination.as_text(answer), flush=True)


def _canary(options: Namespace, environment: Environment) -> int:
    if not options.production and (found := production_systems(environment)):
        print(f"not sent: {'; '.join(found)}. Give --production, or name the host in {ALLOWED}.")
        return FAILED
    entity = (options.legal_entity or environment.settings.legal_entities[0]).lower()
    flight = _sender(options, environment).send(options.decision, entity, options.email_domain)
    print(flight.line)
    if flight.stopped:
        return STOPPED
    try:
        keep(environment, options.decision, flight.record())
    except ServiceError as problem:
        _to_stderr(f"not kept for the doctor: {problem}")
    return 0 if flight.ok else 1


def _sender(options: Namespace, environment: Environment) -> Canary:
    if not options.sandbox:
        return Canary(environment, _to_stderr, options.patience or PATIENCE)
    from operations import in_sandbox

    return Canary(
        environment,
        _to_stderr,
        options.patience or in_sandbox.PATIENCE,
        lambda marker, entity: in_sandbox.request_on_the_site(environment, marker, entity),
        pause=0.1,
    )


@contextmanager
def _environment(options: Namespace, choose: Choose, given: Mapping[str, str | None]) -> Iterator[Environment]:
    """The environment of the settings, or a fresh sandbox; `given` are options that stand in for settings."""
    over = {name: value for name, value in given.items() if value}
    if options.sandbox:
        from operations import in_sandbox

        starts: dict[Choose, Any] = {settings.for_sales: in_sandbox.sales_alone, settings.for_commerce: in_sandbox.commerce_alone}
        with starts.get(choose, in_sandbox.everything)(_to_stderr, over) as environment:
            yield environment
    else:
        yield choose({**settings.variables(options.settings), **over})


def _app(options: Namespace) -> Mapping[str, str | None]:
    return {BRIDGE_URL: options.url, BRIDGE_KEY: options.key, BRIDGE_CLIENT_ID: options.client_id}


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
