"""Wilson's confidence interval of a proportion.

The interval shows, for instance, that accuracies of 0.93 and 0.95 on forty photos are no real difference. Wilson's
interval stays inside 0…1 and is accurate for few photos and for proportions near 0 and 1, where the width of the normal
approximation goes to 0.
"""

from __future__ import annotations

import math

Z95 = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""


def wilson(right: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
    Statistical Association 22 (1927), 209-212: with p = right / total and n = total, the two ends are
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        right: Number of successes, 0…total.
        total: Number of trials; for 0 the interval is (0, 1).
        z: Standard normal quantile.

    Raises:
        ValueError: `right` is not within 0…total.
    """
    if not 0 <= right <= total:
        raise ValueError(f"{right} of {total} is not a proportion.")
    if total == 0:
        return 0.0, 1.0
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    reach = z * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    # The exact ends are 0 and 1 here; floating point would only come close.
    return (0.0 if right == 0 else middle - reach), (1.0 if right == total else middle + reach)
