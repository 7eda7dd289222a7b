"""How many last how long, where of some it is only known that they lasted so long at least.

The product-limit estimate of Kaplan and Meier (Journal of the American Statistical Association 53, 1958).
"""

import numpy as np

from analytics.arithmetic import Integers


def shares(length: Integers, over: Integers, going_on: Integers, at: Integers) -> list[float | None]:
    """The share that lasts at least as long as each of ``at``; None where nobody was followed so long.

    ``over`` ended after exactly that ``length``, ``going_on`` were followed so long and no longer; those that
    end at a length end before the following of others ends there. Without ``going_on`` it is the plain share.
    """
    order = np.argsort(length)
    length, over, going_on = length[order], over[order], going_on[order]
    gone = (over + going_on).cumsum()
    followed = gone[-1] - gone + over + going_on if len(gone) else gone
    # Multiplied up to each length: the share that lasts longer.
    longer = np.r_[1.0, np.cumprod(1 - over / followed)]
    place = np.searchsorted(length, at)
    return [float(longer[n]) if n < len(length) or longer[n] == 0 else None for n in place.tolist()]
