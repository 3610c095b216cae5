"""The steps of the business, each as a story, and how it ends when nothing disturbs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fakes.watched import WatchedWorld
from tests.proofs import stories

Story = Callable[[WatchedWorld], Iterator[None]]


@dataclass(frozen=True)
class Step:
    """One business step; `ending` is the stage, attentions and mails of each onboarding when nothing disturbs it."""

    name: str
    story: Story
    ending: tuple[str, ...]

    def prepared(self) -> tuple[WatchedWorld, Callable[[], None]]:
        """A new world as it was before, and what is to happen in it."""
        world = WatchedWorld(hears_commerce=True, legal_entities=("usmf",))
        world.reconcile()  # the poll has run before: its watermark is set
        story = self.story(world)
        next(story)
        world.calls.clear()
        return world, lambda: next(story, None)


STEPS = (
    Step("created by event", stories.created_by_event, ("in_review",)),
    Step("created by poll", stories.created_by_poll, ("in_review",)),
    Step("created, told twice", stories.created_twice, ("in_review",)),
    Step("qualified", stories.qualified, ("qualified",)),
    Step("won", stories.won, ("approved, mail: approved",)),
    Step("won before anything was heard", stories.won_before_anything_was_heard, ("approved, mail: approved",)),
    Step("lost with hold", stories.lost_with_hold, ("rejected, mail: rejected",)),
    Step("disqualified with hold", stories.disqualified_with_hold, ("rejected, mail: rejected",)),
    Step("reactivated within the hold", stories.disqualified_and_reactivated_within_the_hold, ("in_review",)),
    Step("disqualified again within the hold", stories.disqualified_again_within_the_hold, ("rejected, mail: rejected",)),
    Step("due: the hold is over", stories.hold_is_over, ("rejected, mail: rejected",)),
    Step("duplicate e-mail blocked, then released", stories.blocked_then_released, ("approved, mail: approved",)),
    Step("approved in Commerce first", stories.approved_in_commerce_first, ("approved decided-in-commerce, mail: approved",)),
    Step("rejected in Commerce first", stories.rejected_in_commerce_first, ("rejected decided-in-commerce, mail: rejected",)),
    Step("decided both ways", stories.decided_both_ways, ("rejected contradiction, mail: rejected",)),
    Step("decision in doubt", stories.in_doubt, ("approved, mail: approved",)),
    Step("decision in doubt, ETags ignored", stories.in_doubt_where_etags_are_ignored, ("approved, mail: approved",)),
    Step("customers in doubt", stories.customers_in_doubt, ("qualified",)),
    Step("existing lead adopted", stories.existing_lead_adopted, ("in_review",)),
    Step("reconcile: events lost", stories.events_lost, ("approved, mail: approved",)),
    Step("reconcile: clerk unheard", stories.clerk_unheard, ("rejected decided-in-commerce, mail: rejected",)),
    Step("poison", stories.poison, ("in_review",)),
    Step("poison before anything", stories.poison_before_anything, ("in_review",)),
    Step("an operator writes", stories.an_operator_writes, ("in_review",)),
    Step("an operator writes where a holder died", stories.an_operator_writes_where_a_holder_died, ("approved, mail: approved",)),
    Step("a stranger's lead", stories.a_stranger, ()),
    Step("prospect deleted", stories.prospect_deleted, ("excluded prospect-deleted",)),
    Step("leads merged", stories.leads_merged, ("in_review",)),
)
