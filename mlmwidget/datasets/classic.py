"""Classic data sets, read from the files beside this module.

``DataFrame.attrs["units"]`` names units where there are any; axes and sentences show them. Pandas loses
``attrs`` in some operations, so nothing but labels depends on them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent


def sleepstudy() -> pd.DataFrame:
    """Reaction times of 18 lorry drivers over ten days with three hours in bed a night.

    Returns
    -------
    pandas.DataFrame
        180 rows: ``Reaction`` (mean reaction time, ms), ``Days`` (day of the study, 0 to 9; days 0 and 1
        were adaptation and training, sleep was restricted after day 2), ``Subject`` (18 levels).

    References
    ----------
    Belenky, G. et al. (2003). Patterns of performance degradation and restoration during sleep
    restriction and subsequent recovery: a sleep dose-response study. *Journal of Sleep Research* 12,
    1-12. As published with lme4 (``lme4::sleepstudy``).
    """
    return _read("sleepstudy", {"Subject": "category"}, {"Reaction": "ms", "Days": "days"})


def radon() -> pd.DataFrame:
    """Radon in 919 houses of 85 counties of Minnesota.

    Returns
    -------
    pandas.DataFrame
        919 rows: ``county`` (85 levels, 1 to 116 houses each), ``floor`` (where it was measured: 0
        basement, 1 first floor), ``log_radon`` (log of the activity in pCi/L + 0.1), ``log_uranium``
        (log of the county's soil uranium in parts per million; constant within a county).

    References
    ----------
    Gelman, A. & Hill, J. (2007). *Data Analysis Using Regression and Multilevel/Hierarchical Models*,
    chapter 12; measurements of the EPA/State Residential Radon Survey. As published with rstanarm
    (``rstanarm::radon``).
    """
    return _read("radon", {"county": "category"}, {"log_radon": "log pCi/L", "log_uranium": "log ppm"})


def pastes() -> pd.DataFrame:
    """Strength of a chemical paste: casks nested within batches.

    Returns
    -------
    pandas.DataFrame
        60 rows: ``strength``, ``batch`` (10 levels), ``cask`` (``a``, ``b``, ``c`` within each batch),
        ``sample`` (the 30 combinations of batch and cask).

    References
    ----------
    Davies, O. L. & Goldsmith, P. L. (1972). *Statistical Methods in Research and Production*, 4th
    edition, Oliver & Boyd. As published with lme4 (``lme4::Pastes``).
    """
    return _read("pastes", {"batch": "category", "cask": "category", "sample": "category"}, {})


def penicillin() -> pd.DataFrame:
    """Diameter of growth inhibition for six samples of penicillin on 24 plates: fully crossed factors.

    Returns
    -------
    pandas.DataFrame
        144 rows: ``diameter`` (mm), ``plate`` (24 levels), ``sample`` (6 levels).

    References
    ----------
    Davies, O. L. & Goldsmith, P. L. (1972). *Statistical Methods in Research and Production*, 4th
    edition, Oliver & Boyd. As published with lme4 (``lme4::Penicillin``).
    """
    return _read("penicillin", {"plate": "category", "sample": "category"}, {"diameter": "mm"})


def machines() -> pd.DataFrame:
    """Productivity of six workers on three machines, three times each.

    Returns
    -------
    pandas.DataFrame
        54 rows: ``Worker`` (6 levels), ``Machine`` (``A``, ``B``, ``C``), ``score`` (productivity score).

    References
    ----------
    Milliken, G. A. & Johnson, D. E. (1992). *Analysis of Messy Data, Volume I*, Chapman & Hall, chapter
    23. As published with nlme (``nlme::Machines``).
    """
    return _read("machines", {"Worker": "category", "Machine": "category"}, {})


def contraception() -> pd.DataFrame:
    """Use of contraception by 1934 women in 60 districts of Bangladesh: a yes-or-no outcome.

    Returns
    -------
    pandas.DataFrame
        1934 rows: ``woman``, ``district`` (60 levels), ``use`` (``N``, ``Y``), ``livch`` (living
        children: ``0``, ``1``, ``2``, ``3+``), ``age`` (years, centred), ``urban`` (``N``, ``Y``).

    References
    ----------
    Huq, N. M. & Cleland, J. (1990). *Bangladesh Fertility Survey 1989*, National Institute of Population
    Research and Training. As published with mlmRev (``mlmRev::Contraception``).
    """
    categories = dict.fromkeys(("district", "use", "livch", "urban"), "category")
    return _read("contraception", categories, {"age": "years"})


def _read(name: str, categories: dict[str, str], units: dict[str, str]) -> pd.DataFrame:
    """Read one file; categories keep their order of appearance in R (numbers in numeric order)."""
    data = pd.read_csv(HERE / f"{name}.csv", dtype=dict.fromkeys(categories, str), keep_default_na=False)
    for column in categories:
        levels = sorted(
            data[column].unique(), key=lambda v: (not v.isdigit(), int(v) if v.isdigit() else 0, v)
        )
        data[column] = pd.Categorical(data[column], categories=levels)
    data.attrs["units"] = units
    return data
