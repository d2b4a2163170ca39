"""Whether the calendars of a run are its timetable, as other people's programs understand them.

    carillon calendar RUN CALENDARS
    python3 benches/calendars/expand.py RUN/timetable.json CALENDARS

Every file is read by the package `icalendar` and expanded by `recurring-ical-events` (PyPI; `tzdata` where the machine has no zones), and
compared with what timetable.json says for every week of the term: a teacher's and a room's calendar has to hold that and nothing else, a
group's that and whatever the groups above it have.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def meetings(timetable, belongs):
    """Each time that the chosen placements are held: beginning, end, room."""
    calendar = timetable["calendar"]
    zone, begins = ZoneInfo(calendar["time_zone"]), date.fromisoformat(calendar["term_start"])
    monday = begins - timedelta(days=(begins.weekday() - NAMES.index(calendar["days"][0][:3])) % 7)
    holidays = {date.fromisoformat(day) for day in calendar["holidays"]}
    held = set()
    for at in filter(belongs, timetable["placements"]):
        first = monday + timedelta(days=(NAMES.index(at["day"][:3]) - monday.weekday()) % 7)
        for week in range(calendar["weeks"]):
            day = first + timedelta(weeks=week)
            if day >= begins and day not in holidays:
                start, end = (datetime.combine(day, time.fromisoformat(at[key]), zone) for key in ("start", "end"))
                held.add((start, end, at["room"]))
    return held


def expanded(path):
    """The same of a file."""
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    events = recurring_ical_events.of(calendar).between(date(1970, 1, 1), date(2100, 1, 1))
    return {(event["DTSTART"].dt, event["DTEND"].dt, str(event["LOCATION"])) for event in events}


def file_name(name):
    """As `carillon calendar` writes a name: what is no letter, digit, `-`, `_` or point is `~` and its bytes."""
    return "".join(c if c.isalnum() or c in "-_." else quote(c, safe="").replace("%", "~") for c in name) + ".ics"


def main():
    timetable, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    placements = timetable["placements"]
    kinds = {
        "teachers": lambda at: at["teachers"],
        "rooms": lambda at: [at["room"]],
        "groups": lambda at: at["groups"],
    }
    wrong = 0
    for kind, of in kinds.items():
        names, times = sorted({name for at in placements for name in of(at)}), 0
        for name in names:
            told, read = meetings(timetable, lambda at: name in of(at)), expanded(folder / kind / file_name(name))
            is_right = told <= read if kind == "groups" else told == read
            times += len(read)
            if not is_right:
                wrong += 1
                print(f"{kind}/{name}: {len(told - read)} are missing, {len(read - told)} are too many")
        print(f"{kind}: {len(names)} calendars, held {times} times")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
