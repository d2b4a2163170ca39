#!/usr/bin/env python3
"""An instance as a file of FET, FET's command line on it, and its timetable as a solution again.

usage: fet.py INSTANCE OUT THREADS SEED UNTIL CARILLON      UNTIL is a reading of the monotonic clock; called by `run`

FET knows what must hold, and stops at the first timetable in which it does; it uses one processor. So there is one FET for
each thread, begun anew with other seeds until the time is over. What is costly here must hold there or is not asked for, so
that each thread asks for more, step by step (LADDERS): of one thing after the other, from what it was last given. The
cheapest of all timetables is the answer.
"""
import subprocess, sys, tempfile, time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from best import Best
from instance import read

WRITING = 0.5  # seconds that are kept for the way out
LADDERS = {
    "gaps": (None, 20, 10, 5, 2, 0),  # a week for a curriculum; where there is a limit, no day has one lecture alone
    "full": (0.8, 0.9, 0.95, 1.0),  # how much of the week large rooms may be needed for before courses get smaller ones
    "rooms": (None, 3, 2, 1),  # in how many a course may be
    "spread": (95, 100),  # weight, in percent, of a course's least number of days
}


def under(parent, name, text=None, **children):
    """A new element, with these below it."""
    element = xml.SubElement(parent, name)
    element.text = None if text is None else str(text)
    for child, value in children.items():
        under(element, child, value)
    return element


def constraint(parent, kind, weight=100, **children):
    return under(parent, kind, Weight_Percentage=weight, **children, Active="true", Comments="")


def rooms_for(instance, full):
    """For each course the rooms that hold it; where too many lectures need those, as few of the next smaller as will do."""
    largest = sorted(range(len(instance.rooms)), key=lambda room: -instance.rooms[room][1])
    chosen = []
    for course in instance.courses:
        lectures = sum(other.lectures for other in instance.courses if other.students >= course.students)
        needed = ceil(lectures / (full * len(instance.periods)))
        fit = sum(capacity >= course.students for _, capacity in instance.rooms)
        chosen.append(largest[:max(1, fit, needed)])
    return chosen


def nouns(root, instance):
    days = under(root, "Days_List", Number_of_Days=instance.days)
    for day in range(instance.days):
        under(days, "Day", Name=f"d{day}")
    hours = under(root, "Hours_List", Number_of_Hours=instance.periods_per_day)
    for hour in range(instance.periods_per_day):
        under(hours, "Hour", Name=f"h{hour}")
    subjects, teachers, years = (under(root, f"{name}_List") for name in ("Subjects", "Teachers", "Students"))
    under(root, "Activity_Tags_List")
    for course in range(len(instance.courses)):
        under(subjects, "Subject", Name=f"c{course}", Comments="")
    for teacher in sorted({course.teacher for course in instance.courses}):
        under(teachers, "Teacher", Name=teacher, Target_Number_of_Hours=0, Comments="")
    for number in range(len(instance.curricula)):
        under(years, "Year", Name=f"q{number}", Number_of_Students=0, Comments="")
    rooms = under(root, "Rooms_List")
    for room in range(len(instance.rooms)):
        # Whom a room holds is said by the courses' preferred rooms: here a seat too few is costly, there forbidden.
        under(rooms, "Room", Name=f"r{room}", Building="", Capacity=30000, Virtual="false", Comments="")


def activities(root, instance):
    """An activity for each lecture; returns those of each course."""
    listed, of_course, last = under(root, "Activities_List"), [], 0
    for index, course in enumerate(instance.courses):
        numbers = list(range(last + 1, last + 1 + course.lectures))
        last += course.lectures
        of_course.append(numbers)
        for number in numbers:
            activity = under(listed, "Activity", Teacher=course.teacher, Subject=f"c{index}")
            for curriculum, members in enumerate(instance.curricula.values()):
                if index in members:
                    under(activity, "Students", f"q{curriculum}")
            group = numbers[0] if course.lectures > 1 else 0
            for name, value in dict(Duration=1, Total_Duration=course.lectures, Id=number, Activity_Group_Id=group,
                                    Active="true", Comments="").items():
                under(activity, name, value)
    return of_course


def times(root, instance, of_course, wish):
    listed = under(root, "Time_Constraints_List")
    constraint(listed, "ConstraintBasicCompulsoryTime")
    for index, (course, numbers) in enumerate(zip(instance.courses, of_course)):
        spread = numbers[:min(course.days_min, instance.days)]
        if len(spread) > 1:
            apart = constraint(listed, "ConstraintMinDaysBetweenActivities", wish["spread"], Consecutive_If_Same_Day="false",
                               Number_of_Activities=len(spread))
            for number in spread:
                under(apart, "Activity_Id", number)
            under(apart, "MinDays", 1)
        if course.forbidden:
            allowed = [period for period in instance.periods if period not in course.forbidden]
            at = constraint(listed, "ConstraintActivitiesPreferredStartingTimes", Teacher_Name="", Students_Name="",
                            Subject_Name=f"c{index}", Activity_Tag_Name="", Duration="",
                            Number_of_Preferred_Starting_Times=len(allowed))
            for period in allowed:
                day, hour = divmod(period, instance.periods_per_day)
                under(at, "Preferred_Starting_Time", Preferred_Starting_Day=f"d{day}", Preferred_Starting_Hour=f"h{hour}")
    if wish["gaps"] is not None:
        constraint(listed, "ConstraintStudentsMaxGapsPerWeek", Max_Gaps=wish["gaps"])
        constraint(listed, "ConstraintStudentsMinHoursDaily", Minimum_Hours_Daily=2, Allow_Empty_Days="true")


def places(root, instance, of_course, wish):
    listed = under(root, "Space_Constraints_List")
    constraint(listed, "ConstraintBasicCompulsorySpace")
    for index, rooms in enumerate(rooms_for(instance, wish["full"])):
        at = constraint(listed, "ConstraintSubjectPreferredRooms", Subject=f"c{index}", Number_of_Preferred_Rooms=len(rooms))
        for room in rooms:
            under(at, "Preferred_Room", f"r{room}")
    for numbers in of_course if wish["rooms"] else []:
        if len(numbers) > wish["rooms"]:
            few = constraint(listed, "ConstraintActivitiesOccupyMaxDifferentRooms", Number_of_Activities=len(numbers))
            for number in numbers:
                under(few, "Activity_Id", number)
            under(few, "Max_Number_of_Different_Rooms", wish["rooms"])


def question(instance, wish):
    """The file that FET reads."""
    root = xml.Element("fet", version="6.8.5")
    for name, text in (("Mode", "Official"), ("Institution_Name", instance.name), ("Comments", "")):
        under(root, name, text)
    nouns(root, instance)
    of_course = activities(root, instance)
    times(root, instance, of_course, wish)
    places(root, instance, of_course, wish)
    return xml.tostring(root, encoding="unicode", xml_declaration=True)


def answer(instance, path):
    """The lectures that have a place in a timetable of FET."""
    course_of = [index for index, course in enumerate(instance.courses) for _ in range(course.lectures)]
    for activity in xml.parse(path).getroot().iter("Activity"):
        number, day, hour, room = (activity.findtext(name) or "" for name in ("Id", "Day", "Hour", "Room"))
        if day and hour and room:
            yield course_of[int(number) - 1], int(room[1:]), int(day[1:]) * instance.periods_per_day + int(hour[1:])


class Search:
    """One FET after the other, in several threads."""

    def __init__(self, path, out, seed, until, carillon):
        self.instance, self.seed, self.until = read(path), int(seed), float(until)
        self.best = Best(carillon, path, self.instance, out)

    def left(self):
        return self.until - WRITING - time.monotonic()

    def climb(self, thread):
        """Asks for what was given last, and a step more of one thing; in the last turn of each round for no more than that."""
        given, attempt = dict.fromkeys(LADDERS, 0), 0
        turns = [*LADDERS, None]
        while self.left() >= 1:
            asked = dict(given)
            if attempt and (name := turns[attempt % len(turns)]):
                asked[name] = min(asked[name] + 1, len(LADDERS[name]) - 1)
            most = self.left() if self.best.worth is None else min(self.left(), max(2.0, self.left() / 4))
            wish = {name: LADDERS[name][step] for name, step in asked.items()}
            if self.is_given(wish, f"{self.seed} {thread + 1} {attempt + 1}".split(), most):
                given = asked
            attempt += 1

    def is_given(self, wish, seeds, seconds):
        """One call of FET; whether its timetable is whole. The most that it had of another counts, too."""
        with tempfile.TemporaryDirectory() as folder:
            Path(f"{folder}/asked.fet").write_text(question(self.instance, wish), encoding="utf-8")
            seeds = [f"--randomseeds{half}{part}={value}" for half in (1, 2) for part, value in enumerate(seeds)]
            told = subprocess.run(["fet-cl", f"--inputfile={folder}/asked.fet", f"--outputdir={folder}", "--htmllevel=0",
                                   f"--timelimitseconds={max(1, int(seconds))}", *QUIET, *seeds],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
            for end in ("", "-highest"):
                found = Path(f"{folder}/timetables/asked{end}/asked_activities.xml")
                if found.exists():
                    self.best.offer(answer(self.instance, found))
                    return not end
        if self.best.worth is None and seconds > 2:
            raise RuntimeError(f"FET writes nothing: {told.stdout.strip()} {told.stderr.strip()}")
        return False


# What is of no use here. (Without the pages on activity tags, FET 6.8.5 writes the activities no more, either.)
PAGES = ("statistics", "dayshorizontal", "daysvertical", "timehorizontal", "timevertical", "subgroups", "groups", "years", "teachers",
         "teachersfreeperiods", "rooms", "subjects")
QUIET = ["--warnifusingstudentsminhoursdailywithallowemptydays=false", "--writetimetableconflicts=false",
         *(f"--writetimetables{name}=false" for name in PAGES)]


def main(path, out, threads, seed, until, carillon):
    search = Search(path, out, seed, until, carillon)
    with ThreadPoolExecutor(int(threads)) as pool:
        for climbed in [pool.submit(search.climb, thread) for thread in range(int(threads))]:
            climbed.result()


if __name__ == "__main__":
    main(*sys.argv[1:])
