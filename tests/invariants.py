"""What must be true whenever the bridge is quiet, in words and as code: nothing lost, nothing doubled, nothing said twice.

Each invariant is a function from the world to the sentences that tell where it is broken; its docstring is the invariant.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from shared.decisions import Act, Plan, decide
from shared.errors import System, Transient
from shared.models import ProspectKey, ProspectStatus
from shared.observing import look_closer, observe
from shared.progress import attentions, learned
from shared.queues import POISON_QUEUES
from shared.record import Cause, Onboarding, Stage
from shared.rows import index_rows, onboarding_of
from shared.storage import DEAD_LETTERS, LINKS, ONBOARDINGS
from tests.fakes.ledger import BRIDGE
from tests.fakes.table_rules import stored
from tests.fakes.watched import WatchedWorld
from tests.fakes.world import Crashed

FAILURES = {Cause.REFUSED_BY_SALES, Cause.REFUSED_BY_COMMERCE, Cause.GAVE_UP, Cause.POISON}
"""Attentions that come from an attempt, not from what the systems show: the next look closes them."""

APPENDED = ("h~", "m~")
"""Rows that are written once and never changed: history and movements."""


def every_pending_prospect_has_one_lead(world: WatchedWorld) -> Iterator[str]:
    """Each Pending B2B prospect in scope has exactly one lead, unless a person deleted it, set the status back, or holds it."""
    for prospect in world.commerce.records.pending(frozenset(world.legal_entities)):
        leads = [lead for lead in world.sales.records.leads.values() if lead.key == prospect.key]
        if len(leads) > 1 or not (leads or _people_took_it(world, prospect.key)):
            yield f"{prospect.key.text} has {len(leads)} leads"


def _people_took_it(world: WatchedWorld, key: ProspectKey) -> bool:
    known = world.find(key)
    asked = known is not None and (known.has(Cause.STATUS_RESET) or Cause.STATUS_RESET in known.acknowledged or known.held_by)
    return bool(asked) or str(key.identifier("lead")) in world.ledger.deleted_leads


def no_lead_is_made_twice(world: WatchedWorld) -> Iterator[str]:
    """A lead is never created a second time; one that is on record not even after a person deleted it."""
    yield from (f"lead {lead_id} was created {times} times" for lead_id, times in world.ledger.leads_made.items() if times > 1)


def no_customer_is_made_twice(world: WatchedWorld) -> Iterator[str]:
    """An onboarding's customers are at most one Organization and one Person, whoever made them."""
    made = Counter((one.key, one.party_type) for one in world.ledger.customers)
    yield from (f"{key.text} has {times} customers of type {kind}" for (key, kind), times in made.items() if times > 1)


def what_was_done_was_right_when_it_was_done(world: WatchedWorld) -> Iterator[str]:
    """Customers are made only of a lead that was qualified, with nothing against signing in. A verdict is sent only while Sales
    shows it, after its hold, with nothing against signing in, and never while an earlier one's outcome is unsettled."""
    yield from world.ledger.wrong


def a_status_is_written_once(world: WatchedWorld) -> Iterator[str]:
    """The bridge writes a status only over Pending, and once: a second time only where a person set it back in between."""
    for key in {write.key for write in world.ledger.status_writes}:
        ours = world.ledger.writes(key, BRIDGE)
        yield from (f"{key.text}: {write.after} over {write.before}" for write in ours if write.before != ProspectStatus.PENDING)


def each_status_change_is_mailed_once(world: WatchedWorld) -> Iterator[str]:
    """Commerce mails as often as its status changes to Approved or Rejected, and the bridge changes it at most once."""
    for key in world.submitted:
        ours = world.ledger.writes(key, BRIDGE)
        resets = sum(write.key == key and write.after == "Pending" for write in world.ledger.status_writes)
        if len(ours) > 1 + resets:
            yield f"{key.text}: the bridge decided {len(ours)} times"
        changed = [w for w in world.ledger.status_writes if w.key == key and w.after in ("Approved", "Rejected")]
        if len(world.mails(key)) != len(changed):
            yield f"{key.text}: {len(world.mails(key))} mails for {len(changed)} changes of the status"


def every_onboarding_rests_where_it_belongs(world: WatchedWorld) -> Iterator[str]:
    """Each onboarding is in the stage, and has the attentions, that `decide` gives for what both systems show now, but for those
    that an operator closed; nothing is left to do."""
    for known in onboardings(world):
        causes = {attention.cause for attention in known.attentions}
        if causes & FAILURES:
            continue
        plan = present_plan(world, known)
        found = {attention.cause for attention in attentions(known, plan.findings, world.clock())}
        is_at, belongs = _place(known.stage, causes), _place(plan.stage, found - (_unheard(world, known) - causes))
        if plan.actions:
            yield f"{known.key.text}: still to do: {', '.join(plan.actions)}"
        if is_at != belongs:
            yield f"{known.key.text}: {is_at}, belongs to {belongs}"


def _unheard(world: WatchedWorld, known: Onboarding) -> frozenset[Cause]:
    """Where no data events come, a request that was left out is looked at again only when it is Pending."""
    left_out = known.stage is Stage.EXCLUDED and not world.hears_commerce
    return world.unheard | ({Cause.UNKNOWN_STATUS} if world.unheard and left_out else set())


def an_approved_partner_can_sign_in(world: WatchedWorld) -> Iterator[str]:
    """What the bridge calls approved, with no attention and no word of an operator, has one hierarchy with the requester as its
    Admin."""
    for known in onboardings(world):
        if known.stage is Stage.APPROVED and not (known.attentions or known.acknowledged or known.rulings):
            requester = known.person_party or known.party_number
            found = [one.id for one in world.commerce.records.hierarchies.values() if requester in one.admins()]
            if len(found) != 1:
                yield f"{known.key.text}: Admin of {found}"


def nothing_is_in_the_hands_of_the_dead(world: WatchedWorld) -> Iterator[str]:
    """No claim is left, no message is left (a poison queue's neither), and a case that fails comes back by itself."""
    yield from (f"{known.key.text} is claimed" for known in onboardings(world) if known.claim)
    yield from (f"a message in {message.queue}" for message in world.messages)
    for known in onboardings(world):
        if known.failing_since and not known.due:
            yield f"{known.key.text} fails and never comes back"


def lists_show_what_the_rows_say(world: WatchedWorld) -> Iterator[str]:
    """The index rows are exactly those of the onboardings, each showing what its onboarding's row says."""
    rows = {key: row for key, row in world.tables.rows(ONBOARDINGS).items() if not key[1].startswith(APPENDED)}
    expected: dict[tuple[str, str], dict[str, Any]] = {}
    for (partition, row_key), row in rows.items():
        if row_key.startswith("o~"):
            wanted = index_rows(onboarding_of(row))
            expected |= {(partition, name): stored(cells) for name, cells in wanted.items()}
            if sorted(wanted) != json.loads(row["index_rows"]):
                yield f"{row_key} does not know its index rows"
    there = {key: row for key, row in rows.items() if not key[1].startswith("o~")}
    yield from (f"index row {key} is missing" for key in expected.keys() - there.keys())
    yield from (f"index row {key} belongs to nothing" for key in there.keys() - expected.keys())
    yield from (f"index row {key} shows something else" for key in expected.keys() & there.keys() if expected[key] != there[key])


def no_note_is_written_twice(world: WatchedWorld) -> Iterator[str]:
    """A record's timeline holds no two notes that say the same."""
    said = Counter((note.about, note.subject, note.text) for note in world.sales.notes.values())
    yield from (f"{times} notes say {subject!r}" for (_, subject, _), times in said.items() if times > 1)


def every_lead_leads_to_its_onboarding(world: WatchedWorld) -> Iterator[str]:
    """Each onboarding's lead, and each opportunity of that lead, is linked to it."""
    links = {key: row.get("prospect_key") for key, row in world.tables.rows(LINKS).items()}
    for known in onboardings(world):
        theirs = [one.id for one in world.sales.records.of_lead(known.lead_id) if one.id in known.opportunities]
        for name in [("lead", known.lead_id), *(("opportunity", one) for one in theirs)]:
            if known.lead_id and links.get(name) != known.key.text:
                yield f"{known.key.text}: {name} is linked to {links.get(name)}"


def nothing_personal_is_stored(world: WatchedWorld) -> Iterator[str]:
    """Neither a table row nor a queue message ever held a name or an e-mail address of a person."""
    written = (args for name, args in world.calls.made if name.startswith(("tables.", "queues.")))
    text = repr(list(written)).casefold()
    yield from (f"{part!r} was stored" for part in world.ledger.personal if part.casefold() in text)


def sellers_keep_their_words(world: WatchedWorld) -> Iterator[str]:
    """What a seller wrote on a lead is never overwritten."""
    for (lead_id, column), value in world.ledger.edits.items():
        lead = world.sales.records.leads.get(lead_id)
        if lead and lead.fields.get(column) != value:
            yield f"{column} of lead {lead_id} was overwritten"


def nothing_unforeseen_happened(world: WatchedWorld) -> Iterator[str]:
    """No handler ends with an error but Storage's, which only the host can help by delivering again."""
    for done in world.delivered:
        stored_nothing = isinstance(done.error, Transient) and done.error.system is System.STORAGE
        if done.error and not stored_nothing and not isinstance(done.error, Crashed):
            yield f"{done.queue}: {done.error!r}"


def nothing_that_failed_is_dropped(world: WatchedWorld) -> Iterator[str]:
    """Each message that failed five times is in its onboarding's history, or a dead letter."""
    # One that could not be stored was sent again as it is: it is counted once.
    taken = len({done.text for done in world.delivered if done.queue in POISON_QUEUES and done.error is None})
    told = sum(row.get("what") == "poison" for row in world.tables.rows(ONBOARDINGS).values()) if taken else 0
    if taken > told + len(world.tables.rows(DEAD_LETTERS)):
        yield f"{taken} messages failed five times, and {told} are on record"


INVARIANTS: tuple[Callable[[WatchedWorld], Iterator[str]], ...] = (
    every_pending_prospect_has_one_lead,
    no_lead_is_made_twice,
    no_customer_is_made_twice,
    what_was_done_was_right_when_it_was_done,
    a_status_is_written_once,
    each_status_change_is_mailed_once,
    every_onboarding_rests_where_it_belongs,
    an_approved_partner_can_sign_in,
    nothing_is_in_the_hands_of_the_dead,
    lists_show_what_the_rows_say,
    no_note_is_written_twice,
    every_lead_leads_to_its_onboarding,
    nothing_personal_is_stored,
    sellers_keep_their_words,
    nothing_unforeseen_happened,
    nothing_that_failed_is_dropped,
)


def hold(world: WatchedWorld, about: str = "") -> None:
    """Raise AssertionError with every invariant that is broken; `about` says how the world came here."""
    world.calls.heal()
    broken = [f"{invariant.__name__}: {where}" for invariant in INVARIANTS for where in invariant(world)]
    assert not broken, "\n".join([about, *broken])


# ---- what the systems show now


def onboardings(world: WatchedWorld) -> list[Onboarding]:
    """Every record, read without a call."""
    rows = world.tables.rows(ONBOARDINGS).items()
    return [onboarding_of(row) for key, row in rows if key[1].startswith("o~")]


def present_plan(world: WatchedWorld, known: Onboarding) -> Plan:
    """What the bridge would do about an onboarding if it looked now."""
    bridge, now = world.bridge, world.clock()
    seen = observe(bridge, known)
    for _ in range(2):
        looked = bridge.translation.with_accounts(learned(known, seen, now))
        plan = decide(seen, looked, bridge.policy, now)
        if Act.LOOK_CLOSER not in plan.actions:
            break
        seen = look_closer(bridge, looked, seen)
    return plan


def _place(stage: Stage, causes: set[Cause]) -> str:
    return f"{stage} ({', '.join(sorted(causes)) or 'nothing open'})"
