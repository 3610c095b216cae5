"""The console's pages that are looked at and pictured, by name."""

from __future__ import annotations

from tests.browser.story import Story


def pages_of(story: Story) -> dict[str, str]:
    """Name -> path below its root; one of each kind, with something on it."""
    keys = {name: f"/onboarding/{key.text}" for name, key in story.keys.items()}
    return {
        "overview": "",
        "attention": "/list/attention",
        "in-progress": "/list/progress",
        "in-sync": "/list/sync",
        "excluded": "/list/excluded",
        "found": "/list/all?text=contoso",
        "nothing-found": "/list/all?text=nobody",
        "contradiction": keys["contradiction"],
        "blocked": keys["blocked"],
        "won": keys["won"],
        "held": keys["held"],
        "failing": keys["failing"],
        "in-its-hold": keys["in its hold"],
        "what-if": f"{keys['missed']}/what-if",
        "permissions": "/me",
        "problem": "/onboarding/usmf.P-999999",
    }
