#!/usr/bin/env python3
"""UD2 for CP-SAT of OR-Tools, as somebody would write it who knows both.

usage: cpsat.py INSTANCE OUT THREADS SEED UNTIL CARILLON      UNTIL is a reading of the monotonic clock; called by `run`

Three models, one after the other. `Periods` says when each course is, and knows exactly how many students no choice of rooms can
seat; it leaves out stability alone. Its solution gets rooms by size. `Whole` has all of UD2: first with those periods, for the
rooms, then with every period, each begun from what was found before. (The whole model alone needs far longer to come as far on the
larger instances of the competition.) Where time does not even suffice to build that, it is left out.
"""
import sys, time
from best import Best
from instance import read
from ortools.sat.python import cp_model

WRITING = 0.3  # seconds that are kept for the way out
SHARES = (0.5, 0.3, 1.0)  # of the time that is left, for each of the three


class Periods:
    """When each course is: `allowed` holds the periods that each may have."""

    def __init__(self, instance, allowed):
        self.instance, self.model, self.costs, self.allowed = instance, cp_model.CpModel(), [], allowed
        self.during = {}
        for course, asked in enumerate(instance.courses):
            for period in allowed[course]:
                self.during[course, period] = self.model.new_bool_var("")
            self.model.add(sum(self.of(course, allowed[course])) == asked.lectures)
            self.spread(course)
        for period in instance.periods:
            for courses in instance.cliques():
                self.model.add_at_most_one(self.at_once(courses, period))
        for courses in instance.curricula.values():
            self.compact(courses)
        self.seat()
        self.model.minimize(sum(weight * literal for weight, literal in self.costs))

    def of(self, course, periods):
        return [self.during[course, period] for period in periods if (course, period) in self.during]

    def at_once(self, courses, period):
        return [self.during[course, period] for course in courses if (course, period) in self.during]

    def days(self):
        per_day = self.instance.periods_per_day
        return [range(day * per_day, (day + 1) * per_day) for day in range(self.instance.days)]

    def spread(self, course):
        """Five for each day below the least number of days."""
        model, days_min = self.model, self.instance.courses[course].days_min
        meets = []
        for periods in self.days():
            meets.append(model.new_bool_var(""))
            model.add_bool_or([*self.of(course, periods), ~meets[-1]])
        below = [model.new_bool_var("") for _ in range(max(0, days_min))]
        model.add(sum(meets) + sum(below) >= days_min)
        self.costs += [(5, one) for one in below]

    def compact(self, courses):
        """Two for each lecture of a curriculum that has none of it just before or behind."""
        for periods in self.days():
            for period in periods:
                here = self.at_once(courses, period)
                beside = [one for next_to in (period - 1, period + 1) if next_to in periods
                          for one in self.at_once(courses, next_to)]
                if here:
                    alone = self.model.new_bool_var("")
                    self.model.add(sum(here) - sum(beside) <= alone)
                    self.costs.append((2, alone))

    def seat(self):
        """No more lectures than rooms. One for each student who has no seat: of the lectures of at least so many students, as many
        at each size as there are rooms too few of at least that size."""
        sizes, capacities = [course.students for course in self.instance.courses], [room[1] for room in self.instance.rooms]
        below = 0
        for size in sorted({*sizes, *capacities}):
            large = [course for course, students in enumerate(sizes) if students >= size]
            rooms = sum(capacity >= size for capacity in capacities)
            for period in self.instance.periods:
                there = self.at_once(large, period)
                if len(there) > rooms:
                    without = self.model.new_int_var(0, len(there) - rooms, "")
                    self.model.add(sum(there) - rooms <= without)
                    self.costs.append((size - below, without))
            below = size
        for period in self.instance.periods:
            self.model.add(sum(self.at_once(range(len(sizes)), period)) <= len(capacities))


class Whole(Periods):
    """When each course is, and where."""

    def seat(self):
        self.at = {}
        for course in range(len(self.instance.courses)):
            self.place(course)
            self.stay(course)
        for period in self.instance.periods:
            courses = [course for course in range(len(self.instance.courses)) if (course, period) in self.during]
            for room in range(len(self.instance.rooms)):
                self.model.add_at_most_one(self.at[course, period, room] for course in courses)

    def place(self, course):
        """Each lecture in one room; who does not fit costs a seat each."""
        for period in self.allowed[course]:
            rooms = [self.model.new_bool_var("") for _ in self.instance.rooms]
            self.model.add_exactly_one([*rooms, ~self.during[course, period]])
            for room, at in enumerate(rooms):
                self.at[course, period, room] = at
                standing = self.instance.courses[course].students - self.instance.rooms[room][1]
                if standing > 0:
                    self.costs.append((standing, at))

    def stay(self, course):
        """One for each room beyond the first."""
        uses = [self.model.new_bool_var("") for _ in self.instance.rooms]
        for room, used in enumerate(uses):
            for period in self.allowed[course]:
                self.model.add_implication(self.at[course, period, room], used)
        beyond = self.model.new_int_var(0, len(uses), "")
        self.model.add(beyond >= sum(uses) - 1)
        self.costs.append((1, beyond))


class Solving:
    """The three, one after the other."""

    def __init__(self, path, out, threads, seed, until, carillon):
        self.instance, self.until = read(path), float(until)
        self.best, self.rooms = Best(carillon, path, self.instance, out), {}
        self.solver = cp_model.CpSolver()
        self.solver.parameters.num_workers = int(threads)
        self.solver.parameters.random_seed = int(seed)

    def left(self):
        return max(0.1, self.until - WRITING - time.monotonic())

    def is_solved(self, asked, share):
        self.solver.parameters.max_time_in_seconds = share * self.left()
        status = self.solver.solve(asked.model)
        print(type(asked).__name__, self.solver.status_name(status), self.solver.objective_value, self.solver.best_objective_bound)
        return status in (cp_model.OPTIMAL, cp_model.FEASIBLE)

    def chosen(self, variables):
        return [key for key, variable in variables.items() if self.solver.boolean_value(variable)]

    def keep(self, rooms):
        """What is the best so far: the room of each course and period."""
        if self.best.offer((course, room, period) for (course, period), room in rooms.items()):
            self.rooms = rooms

    def by_size(self, meetings):
        """The largest course of each period in the largest room."""
        rooms, found = sorted(range(len(self.instance.rooms)), key=lambda room: -self.instance.rooms[room][1]), {}
        meetings = sorted(meetings, key=lambda meeting: -self.instance.courses[meeting[0]].students)
        for period in self.instance.periods:
            found |= zip((meeting for meeting in meetings if meeting[1] == period), rooms)
        return found

    def improve(self, allowed, share):
        """The whole model, from the best so far; how many seconds it took to build."""
        began = time.monotonic()
        whole = Whole(self.instance, allowed)
        for meeting, during in whole.during.items():
            whole.model.add_hint(during, meeting in self.rooms)
        for (course, period, room), at in whole.at.items():
            whole.model.add_hint(at, self.rooms.get((course, period)) == room)
        built = time.monotonic() - began
        if self.is_solved(whole, share):
            self.keep({(course, period): room for course, period, room in self.chosen(whole.at)})
        return built

    def run(self):
        free = [[period for period in self.instance.periods if period not in course.forbidden] for course in self.instance.courses]
        periods = Periods(self.instance, free)
        if not self.is_solved(periods, SHARES[0]):
            return
        self.keep(self.by_size(self.chosen(periods.during)))
        taken = [[period for period in those if (course, period) in self.rooms] for course, those in enumerate(free)]
        building = self.improve(taken, SHARES[1]) * sum(map(len, free)) / max(1, sum(map(len, taken)))
        if building < self.left() / 4:
            self.improve(free, SHARES[2])


if __name__ == "__main__":
    Solving(*sys.argv[1:]).run()
