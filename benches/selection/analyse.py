#!/usr/bin/env python3
"""Tables of `cargo bench --bench selection -- study`, from its rows: the standard library is all that it needs.

usage: analyse.py ROWS.csv

Columns of the rows: the start (instance by file name or family and number, with STAGE2B `full` or without it `skip`), its family, the arm, the
seed, then violations (hard and unplaced) and soft cost at 10, 30 and 100 % of the budget. A0 has one row, of what STAGE3 was given.

A12 is paired: the share of (start, seed) in which the first arm is better, ties half. Its interval is a bootstrap over starts and, in each
of them, over seeds: the start is the unit. p is of Wilcoxon's signed-rank test on the medians of the starts, exact, two-sided, and
by Holm's correction over the comparisons of a table.
"""
import csv, itertools, random, statistics, sys

COMPARED = [("A7", "A1"), ("A7", "A2"), ("A7", "A3"), ("A7", "A4"), ("A7", "A5"), ("A7", "A6"), ("A7", "A8"), ("A7", "A9"), ("A4", "A3"), ("A3", "A1")]
STATIC = ["A1", "A2", "A3", "A4"]
RESAMPLES = 2000
# What a violation weighs in the search, where the two are to be one number.
HARD_WEIGHT = 100


def read(path):
    """(start, arm) to a list by seed of {share: (violations, soft)}, and the family of each start."""
    runs, families = {}, {}
    for row in csv.DictReader(open(path)):
        families[row["start"]] = row["family"]
        worth = {share: (int(row[f"violations_{share}"]), int(row[f"soft_{share}"])) for share in (10, 30, 100)}
        runs.setdefault((row["start"], row["arm"]), []).append(worth)
    return runs, families


def better(one, other):
    return 1.0 if one < other else 0.5 if one == other else 0.0


def a12(runs, starts, pair, key):
    """The share of blocks in which the first of the pair is better, with its interval."""
    blocks = [[better(key(one), key(other)) for one, other in zip(runs[start, pair[0]], runs[start, pair[1]])] for start in starts]
    mean = statistics.fmean(itertools.chain(*blocks))
    draws, found = random.Random(1), []
    for _ in range(RESAMPLES):
        chosen = draws.choices(blocks, k=len(blocks))
        found.append(statistics.fmean(statistics.fmean(draws.choices(block, k=len(block))) for block in chosen))
    found.sort()
    return mean, found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]


def wilcoxon(differences):
    """The exact two-sided p of the signed ranks; ties share their ranks, zeros are left out."""
    left = sorted((abs(difference), difference > 0) for difference in differences if difference)
    if not left:
        return 1.0
    ranks, at = [], 0
    while at < len(left):
        end = at
        while end < len(left) and left[end][0] == left[at][0]:
            end += 1
        ranks += [(at + 1 + end) / 2] * (end - at)
        at = end
    above = sum(rank for rank, (_, is_above) in zip(ranks, left) if is_above)
    middle = sum(ranks) / 2
    # How many of all signs come to each doubled sum of ranks.
    counts = {0: 1}
    for rank in ranks:
        more = {}
        for total, count in counts.items():
            for step in (0, round(2 * rank)):
                more[total + step] = more.get(total + step, 0) + count
        counts = more
    as_far = sum(count for total, count in counts.items() if abs(total / 2 - middle) >= abs(above - middle) - 1e-9)
    return as_far / 2 ** len(ranks)


def holm(ps):
    order, adjusted, most = sorted(range(len(ps)), key=lambda index: ps[index]), [0.0] * len(ps), 0.0
    for place, index in enumerate(order):
        most = max(most, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = most
    return adjusted


def median(runs, start, arm, number):
    return statistics.median(number(worth) for worth in runs[start, arm])


def comparisons(runs, starts, key, number):
    compared = [pair for pair in COMPARED if all((start, arm) in runs for arm in pair for start in starts)]
    print("| comparison | A12 | 95 % | starts better : worse | p | by Holm |\n|---|---|---|---|---|---|")
    rows = []
    for pair in compared:
        differences = [median(runs, start, pair[1], number) - median(runs, start, pair[0], number) for start in starts]
        counts = sum(difference > 0 for difference in differences), sum(difference < 0 for difference in differences)
        rows.append((pair, a12(runs, starts, pair, key), counts, wilcoxon(differences)))
    for (pair, (mean, low, high), counts, p), adjusted in zip(rows, holm([row[3] for row in rows])):
        print(f"| {pair[0]} : {pair[1]} | {mean:.2f} | {low:.2f}–{high:.2f} | {counts[0]} : {counts[1]} | {p:.3f} | {adjusted:.3f} |")


def arms(runs, starts, shares, number, unit):
    named = sorted({arm for _, arm in runs})
    print(f"| {unit}, mean | " + " | ".join(f"{share} %" for share in shares) + " |\n|---|" + "---|" * len(shares))
    for arm in named:
        means = [statistics.fmean(number(worth[share]) for start in starts for worth in runs[start, arm]) for share in shares]
        print(f"| {arm} | " + " | ".join(f"{mean:.1f}" for mean in means) + " |")
    best = lambda share: statistics.fmean(
        min(statistics.fmean(number(worth[share]) for worth in runs[start, arm]) for arm in STATIC if arm in named)
        for start in starts)
    print("| best fixed one for each start, in hindsight | " + " | ".join(f"{best(share):.1f}" for share in shares) + " |")


def main():
    runs, families = read(sys.argv[1])
    campuses = [start for start in families if families[start] != "competition"]
    competition = [start for start in families if families[start] == "competition"]
    print(f"{len(families)} starts, {len(runs)} pairs of start and arm, {3 * sum(map(len, runs.values()))} runs\n")
    print("### Campuses: violations\n")
    arms(runs, campuses, (10, 30, 100), lambda worth: worth[0], "violations")
    print("\n### Primary: violations at 30 %, campuses\n")
    comparisons(runs, campuses, lambda worth: worth[30][0], lambda worth: worth[30][0])
    print("\n### Medians at 30 %, campuses\n")
    named = sorted({arm for _, arm in runs})
    print("| start | " + " | ".join(named) + " |\n|---|" + "---|" * len(named))
    for start in campuses:
        print(f"| {start} | " + " | ".join(f"{median(runs, start, arm, lambda worth: worth[30][0]):g}" for arm in named) + " |")
    weighted = lambda worth: HARD_WEIGHT * worth[100][0] + worth[100][1]
    print("\n### Secondary: violations, then soft cost, at 100 %, campuses\n")
    comparisons(runs, campuses, lambda worth: worth[100], weighted)
    if not competition:
        return
    print("\n### Competition: soft cost\n")
    arms(runs, competition, (10, 30, 100), lambda worth: worth[1], "soft cost")
    print("\n### Secondary: soft cost at 100 %, competition\n")
    comparisons(runs, competition, lambda worth: worth[100], weighted)


if __name__ == "__main__":
    main()
