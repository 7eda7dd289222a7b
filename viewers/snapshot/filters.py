"""Which viewers are asked for: by stream, country, protocol, player and health, combined by AND."""

from dataclasses import dataclass, replace

import numpy as np

from viewers.snapshot.profiles import HEALTHS, Health, Mask, Profiles

# What is asked of a viewer's profile.
OF_PROFILES = ("country", "protocol", "player")


@dataclass(frozen=True, slots=True)
class Filters:
    """None takes all; an empty country, protocol or player takes those of whom it is not known."""

    stream_key: str | None = None
    country: str | None = None
    protocol: str | None = None
    player: str | None = None
    health: Health | None = None

    @property
    def by_segment(self) -> bool:
        """Whether they ask for more than a stream."""
        return self.without("stream_key") != EVERYBODY

    def without(self, name: str) -> "Filters":
        return replace(self, **{name: None})

    def segments(self, profiles: Profiles) -> Mask:
        """Which segments pass, as an array of shape (profiles, healths)."""
        passing = np.ones((len(profiles), len(HEALTHS)), dtype=bool)
        for name in OF_PROFILES:
            if (wanted := getattr(self, name)) is not None:
                passing &= profiles.having(name, wanted)[:, None]
        if self.health is not None:
            passing &= np.array(HEALTHS) == self.health
        return passing


EVERYBODY = Filters()
