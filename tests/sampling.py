"""A share of many like cases, so that `make test` is quick: by chance, from a seed that the run's first lines name.

SAMPLE names the seed; SAMPLE=all takes all cases, and more of Hypothesis's examples, as `make slow` does. A test that samples is marked
`sampled`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from typing import Final, TypeVar

T = TypeVar("T")

SAMPLE: Final = os.environ.setdefault("SAMPLE", str(random.randrange(1_000_000)))
"""What the run was told, or its own seed; the workers of a parallel run have it from the process that starts them."""
ALL: Final = "all"


def sample(cases: Iterable[T], share: int) -> list[T]:
    """One in so many of the cases, rounded up, in their order; all of them with SAMPLE=all."""
    listed = list(cases)
    if SAMPLE == ALL:
        return listed
    places = random.Random(SAMPLE).sample(range(len(listed)), -(-len(listed) // share))
    return [listed[place] for place in sorted(places)]
