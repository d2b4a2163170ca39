"""An instance of the competition as the peers' models read it, and the file in which they answer. It counts nothing: others do."""
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Course:
    name: str
    teacher: str
    lectures: int
    days_min: int
    students: int
    forbidden: set = field(default_factory=set)  # periods, counted through the week


@dataclass
class Instance:
    name: str
    days: int
    periods_per_day: int
    courses: list
    rooms: list  # (name, capacity)
    curricula: dict  # name: indices of courses

    @property
    def periods(self):
        return range(self.days * self.periods_per_day)

    def day_of(self, period):
        return period // self.periods_per_day

    def cliques(self):
        """Sets of courses of which no two may be at the same time: those of a curriculum, those of a teacher."""
        teachers = {}
        for index, course in enumerate(self.courses):
            teachers.setdefault(course.teacher, []).append(index)
        return [*self.curricula.values(), *(those for those in teachers.values() if len(those) > 1)]


def sections(path):
    """The lines of the head as a dictionary, and those of each section as lists of words."""
    head, found, name = {}, {}, None
    for line in Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if len(words) == 1 and words[0].endswith(":") and words[0].isupper():
            name = words[0][:-1]
            found[name] = []
        elif words and words[0] != "END." and name:
            found[name].append(words)
        elif words and not name:
            head[words[0].rstrip(":")] = words[1] if len(words) > 1 else ""
    return head, found


def read(path):
    """A `.ctt` or `.ectt`; what UD2 does not speak of is passed over."""
    head, found = sections(path)
    per_day = int(head["Periods_per_day"])
    courses = [Course(words[0], words[1], *map(int, words[2:5])) for words in found["COURSES"]]
    index = {course.name: number for number, course in enumerate(courses)}
    for name, day, period in found.get("UNAVAILABILITY_CONSTRAINTS", []):
        courses[index[name]].forbidden.add(int(day) * per_day + int(period))
    rooms = [(words[0], int(words[1])) for words in found["ROOMS"]]
    curricula = {words[0]: sorted({index[name] for name in words[2:]}) for words in found.get("CURRICULA", [])}
    return Instance(head.get("Name", ""), int(head["Days"]), per_day, courses, rooms, curricula)


def write(path, instance, lectures):
    """A line `course room day period` for each of the lectures (course, room, period)."""
    def line(course, room, period):
        day, hour = divmod(period, instance.periods_per_day)
        return f"{instance.courses[course].name} {instance.rooms[room][0]} {day} {hour}\n"
    Path(path).write_text("".join(line(*lecture) for lecture in lectures), encoding="utf-8")
