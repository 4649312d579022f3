"""False alarms of stationary streams, and how soon planted drifts are found: ``python -m benchmarks.drift``.

    python -m benchmarks.drift [--years 50] [--planted 20] [--comments 1200] [--out FILE]

Weeks are drawn from the corpus as the fast tier analyses it; each year is of another company, with its own
mix of topics. Prints two tables for docs/drift.md.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.drift_streams import PLANTED_AT, Drift, Pool, Stream, draw_year, make_pools
from voc_nlp.drift.watch import watch

STATIONARY = {
    "50 comments a week": Stream(50),
    "500": Stream(500),
    "5,000": Stream(5000),
    "50 to 5,000, another number each week": Stream(0),
    "50 to 5,000, customers in bunches of 2": Stream(0, a_customer=2.0),
    "500, topics and languages vary": Stream(500, topics_vary=0.3, languages_vary=0.1),
    "5,000, topics and languages vary": Stream(5000, topics_vary=0.3, languages_vary=0.1),
    "50 to 5,000, all of it": Stream(0, topics_vary=0.3, languages_vary=0.1, a_customer=2.0),
}
PLANTED = {
    "English +10 points": Drift("language", 0.10),
    "English +10 points over 10 weeks": Drift("language", 0.10, 10),
    "complaints +10 points": Drift("complaints", 0.10),
    "complaints +10 points over 10 weeks": Drift("complaints", 0.10, 10),
    "a new product in 5% of the comments": Drift("product", 0.05),
    "one topic +10 points": Drift("topic", 0.10),
    "Japanese garbled in 10%": Drift("mojibake", 0.10),
    "texts cut at 20 characters in 20%": Drift("cut", 0.20),
    "probabilities flattened, all": Drift("unsure", 1.0),
    "probabilities flattened, 30%": Drift("unsure", 0.3),
}
STREAMS = {
    size: Stream(size, topics_vary=0.15, languages_vary=0.05, a_customer=1.3) for size in (200, 1000, 5000)
}


def measure_false(pools: dict[str, Pool], stream: Stream, years: int) -> dict[str, Any]:
    """Count the alarms of years in which nothing happens."""
    weeks_of, raised_of, measures = [], [], Counter[str]()
    for year in range(years):
        reports = watch(draw_year(pools, stream, np.random.default_rng([11, year])))
        raised = [one for report in reports for one in report.new_alarms]
        weeks_of.append(sum(bool(report.new_alarms) for report in reports))
        raised_of.append(len(raised))
        measures.update(f"{one.finding.measure.value} ({one.pace.value})" for one in raised)
    return {
        "years": years,
        "alarms": float(np.mean(raised_of)),
        "weeks": float(np.mean(weeks_of)),
        "above_one": float(np.mean(np.array(weeks_of) > 1)),
        "most": max(raised_of),
        "measures": dict(measures.most_common(4)),
    }


def measure_found(pools: dict[str, Pool], stream: Stream, drift: Drift, years: int) -> dict[str, Any]:
    """Count how often and how soon a planted drift is found."""
    waited, measures = [], Counter[str]()
    for year in range(years):
        reports = watch(draw_year(pools, stream, np.random.default_rng([12, year]), drift))
        hits = [number for number, report in enumerate(reports[PLANTED_AT:]) if report.alarms]
        if hits:
            waited.append(hits[0] + 1)
            measures.update({one.finding.measure.value for one in reports[PLANTED_AT + hits[0]].alarms})
    return {
        "years": years,
        "found": len(waited) / years,
        "first_week": sum(one == 1 for one in waited) / years,
        "weeks": float(np.median(waited)) if waited else None,
        "measures": dict(measures.most_common(3)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--years", type=int, default=50, help="stationary years of each kind")
    parser.add_argument("--planted", type=int, default=20, help="years of each planted drift and size")
    parser.add_argument("--comments", type=int, default=1200, help="comments of the corpus in each language")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    begun = time.perf_counter()
    pools = make_pools(options.comments)
    print(f"{len(pools['as it is']):,} comments analysed in {time.perf_counter() - begun:.0f} s\n")
    told: dict[str, Any] = {"stationary": {}, "planted": {}}
    print(
        "| stationary stream | years | alarms a year | weeks with a new alarm a year "
        "| years with more than one such week | which |"
    )
    print("|---|---:|---:|---:|---:|---|")
    for name, stream in STATIONARY.items():
        row = told["stationary"][name] = measure_false(pools, stream, options.years)
        which = ", ".join(f"{measure} {count}" for measure, count in row["measures"].items())
        print(
            f"| {name} | {row['years']} | {row['alarms']:.2f} | {row['weeks']:.2f} "
            f"| {row['above_one']:.0%} | {which} |",
            flush=True,
        )
    print(
        "\n| planted | comments a week | years | found | in its first week | median weeks | first seen in |"
    )
    print("|---|---:|---:|---:|---:|---:|---|")
    for name, drift in PLANTED.items():
        for size, stream in STREAMS.items():
            row = told["planted"][f"{name}, {size}"] = measure_found(pools, stream, drift, options.planted)
            weeks = "" if row["weeks"] is None else f"{row['weeks']:.0f}"
            which = ", ".join(row["measures"])
            print(
                f"| {name} | {size:,} | {row['years']} | {row['found']:.0%} "
                f"| {row['first_week']:.0%} | {weeks} | {which} |",
                flush=True,
            )
    print(f"\n{time.perf_counter() - begun:.0f} s")
    if options.out:
        options.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
