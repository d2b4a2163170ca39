#!/usr/bin/env python3
"""UD2 for Timefold Solver: lectures with a period and a room each, and a stream of constraints for each rule.

usage: timefold_solver.py INSTANCE OUT THREADS SEED UNTIL CARILLON      UNTIL is a reading of the monotonic clock; called by `run`

The rules are written as in Timefold's own examples. Everything is expressed; what must hold is a penalty there, too, of a level
of its own. One solver of the edition that is free uses one processor, so that there is one with a seed of its own for each
thread, and the best of their timetables is the answer. The package is no longer developed, and needs a Java of at least 17.
"""
import sys, time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated
from best import Best
from instance import read
from timefold.solver import SolverFactory
from timefold.solver.config import (Duration, EnvironmentMode, ScoreDirectorFactoryConfig, SolverConfig, SolverConfigOverride,
                                    TerminationConfig)
from timefold.solver.domain import (PlanningEntityCollectionProperty, PlanningId, PlanningScore, PlanningVariable,
                                    ProblemFactCollectionProperty, ValueRangeProvider, planning_entity, planning_solution)
from timefold.solver.score import ConstraintCollectors, ConstraintFactory, HardSoftScore, Joiners, constraint_provider

WRITING = 1.5  # seconds that are kept for the way out


@dataclass
class Period:
    id: Annotated[int, PlanningId]
    day: int
    slot: int  # as id, with one more behind each day, so that only neighbours of a day follow one another


@dataclass
class Room:
    id: Annotated[int, PlanningId]
    capacity: int


@dataclass
class Clash:
    id: Annotated[int, PlanningId]
    left: int
    right: int


@dataclass
class Attended:
    id: Annotated[int, PlanningId]
    curriculum: int
    course: int


@planning_entity
@dataclass
class Lecture:
    id: Annotated[int, PlanningId]
    course: int
    students: int
    days_min: int
    forbidden: list[int]
    curricula: list[int]
    period: Annotated[Period | None, PlanningVariable] = field(default=None)
    room: Annotated[Room | None, PlanningVariable] = field(default=None)


@planning_solution
@dataclass
class Timetable:
    periods: Annotated[list[Period], ProblemFactCollectionProperty, ValueRangeProvider]
    rooms: Annotated[list[Room], ProblemFactCollectionProperty, ValueRangeProvider]
    clashes: Annotated[list[Clash], ProblemFactCollectionProperty]
    attended: Annotated[list[Attended], ProblemFactCollectionProperty]
    lectures: Annotated[list[Lecture], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = field(default=None)


@constraint_provider
def rules(factory: ConstraintFactory):
    return [conflicts(factory), together(factory), availability(factory), occupancy(factory), capacity(factory),
            days(factory), compactness(factory), stability(factory)]


def conflicts(factory):
    return (factory.for_each(Clash)
            .join(Lecture, Joiners.equal(lambda clash: clash.left, lambda lecture: lecture.course))
            .join(Lecture, Joiners.equal(lambda clash, left: clash.right, lambda lecture: lecture.course),
                  Joiners.equal(lambda clash, left: left.period, lambda lecture: lecture.period))
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint("conflicts"))


def together(factory):
    return (factory.for_each_unique_pair(Lecture, Joiners.equal(lambda lecture: lecture.course),
                                         Joiners.equal(lambda lecture: lecture.period))
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint("two lectures of a course at once"))


def availability(factory):
    return (factory.for_each(Lecture)
            .filter(lambda lecture: lecture.period.id in lecture.forbidden)
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint("availability"))


def occupancy(factory):
    return (factory.for_each_unique_pair(Lecture, Joiners.equal(lambda lecture: lecture.period),
                                         Joiners.equal(lambda lecture: lecture.room))
            .penalize(HardSoftScore.ONE_HARD)
            .as_constraint("occupancy"))


def capacity(factory):
    return (factory.for_each(Lecture)
            .filter(lambda lecture: lecture.students > lecture.room.capacity)
            .penalize(HardSoftScore.ONE_SOFT, lambda lecture: lecture.students - lecture.room.capacity)
            .as_constraint("capacity"))


def days(factory):
    return (factory.for_each(Lecture)
            .group_by(lambda lecture: lecture.course, lambda lecture: lecture.days_min,
                      ConstraintCollectors.count_distinct(lambda lecture: lecture.period.day))
            .filter(lambda course, days_min, met: met < days_min)
            .penalize(HardSoftScore.ONE_SOFT, lambda course, days_min, met: 5 * (days_min - met))
            .as_constraint("working days"))


def compactness(factory):
    return (factory.for_each(Attended)
            .join(Lecture, Joiners.equal(lambda attended: attended.course, lambda lecture: lecture.course))
            .if_not_exists(Lecture, Joiners.equal(lambda attended, lecture: lecture.period.slot + 1, lambda other: other.period.slot),
                           Joiners.filtering(lambda attended, lecture, other: attended.curriculum in other.curricula))
            .if_not_exists(Lecture, Joiners.equal(lambda attended, lecture: lecture.period.slot - 1, lambda other: other.period.slot),
                           Joiners.filtering(lambda attended, lecture, other: attended.curriculum in other.curricula))
            .penalize(HardSoftScore.ONE_SOFT, lambda attended, lecture: 2)
            .as_constraint("compactness"))


def stability(factory):
    return (factory.for_each(Lecture)
            .group_by(lambda lecture: lecture.course, ConstraintCollectors.count_distinct(lambda lecture: lecture.room))
            .filter(lambda course, rooms: rooms > 1)
            .penalize(HardSoftScore.ONE_SOFT, lambda course, rooms: rooms - 1)
            .as_constraint("stability"))


def question(instance):
    periods = [Period(period, instance.day_of(period), period + instance.day_of(period)) for period in instance.periods]
    rooms = [Room(number, capacity) for number, (_, capacity) in enumerate(instance.rooms)]
    pairs = {(left, right) for clique in instance.cliques() for left in clique for right in clique if left < right}
    clashes = [Clash(number, *pair) for number, pair in enumerate(sorted(pairs))]
    members = [(number, course) for number, courses in enumerate(instance.curricula.values()) for course in courses]
    attended = [Attended(number, *member) for number, member in enumerate(members)]
    lectures = []
    for index, course in enumerate(instance.courses):
        curricula = [curriculum for curriculum, member in members if member == index]
        for _ in range(course.lectures):
            number = len(lectures)
            lectures.append(Lecture(number, index, course.students, course.days_min, sorted(course.forbidden), curricula))
    return Timetable(periods, rooms, clashes, attended, lectures)


def factory_of(seed):
    config = SolverConfig(solution_class=Timetable, entity_class_list=[Lecture], random_seed=seed,
                          environment_mode=EnvironmentMode.NO_ASSERT,
                          score_director_factory_config=ScoreDirectorFactoryConfig(constraint_provider_function=rules))
    return SolverFactory.create(config)


def solver(factory, until):
    """Built last of all, for it is told here how much time is left."""
    left = int((until - WRITING - time.monotonic()) * 1000)
    end = TerminationConfig(spent_limit=Duration(milliseconds=max(100, left)))
    return factory.build_solver(SolverConfigOverride(termination_config=end))


def main(path, out, threads, seed, until, carillon):
    instance, threads = read(path), int(threads)
    factories = [factory_of(int(seed) * threads + thread) for thread in range(threads)]
    solvers = [solver(factory, float(until)) for factory in factories]
    best = Best(carillon, path, instance, out)

    def solve(one):
        found = one.solve(question(instance))
        print(found.score)
        placed = [lecture for lecture in found.lectures if lecture.room and lecture.period]
        best.offer((lecture.course, lecture.room.id, lecture.period.id) for lecture in placed)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(solve, solvers))


if __name__ == "__main__":
    main(*sys.argv[1:])
