//! What everything is called. Codes hold no space and no semicolon, and no two kinds of thing share one.

const DEPARTMENTS: [&str; 40] = [
    "MATH", "PHYS", "CHEM", "BIOL", "COMP", "ECON", "HIST", "LAWS", "ENGL", "PHIL", "ARCH", "MECH", "ELEC", "CIVL",
    "GEOG", "MUSC", "PSYC", "SOCI", "STAT", "NURS", "PHAR", "AGRI", "ASTR", "EDUC", "FINA", "FORE", "GEOL", "INFO",
    "LING", "MARK", "MATE", "MEDI", "NEUR", "OCEA", "POLI", "SPAN", "SPOR", "THEA", "VETE", "ZOOL",
];

const GIVEN: [&str; 48] = [
    "Amara", "Anika", "Antonio", "Asha", "Beatriz", "Bruno", "Carmen", "Chen", "Clara", "Daniel", "Deepa", "Elena",
    "Emeka", "Erik", "Fatima", "Felix", "Giulia", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kavita", "Kenji", "Laila",
    "Leo", "Lucia", "Marek", "Maria", "Mateo", "Mei", "Nadia", "Nils", "Olga", "Omar", "Paula", "Priya", "Rafael",
    "Rosa", "Samir", "Sara", "Sofia", "Tariq", "Teresa", "Tomas", "Vera", "Yara", "Yusuf",
];

const FAMILY: [&str; 80] = [
    "Abbasi",
    "Adeyemi",
    "Almeida",
    "Andersson",
    "Banerjee",
    "Barros",
    "Bianchi",
    "Bose",
    "Castro",
    "Chaudhary",
    "Costa",
    "Das",
    "Dias",
    "Dubois",
    "Eriksen",
    "Esposito",
    "Farah",
    "Ferrari",
    "Fischer",
    "Garcia",
    "Ghosh",
    "Gomez",
    "Gupta",
    "Haddad",
    "Hansen",
    "Hassan",
    "Horvat",
    "Ibrahim",
    "Ito",
    "Ivanova",
    "Iyer",
    "Jansen",
    "Jha",
    "Joshi",
    "Kamau",
    "Kaur",
    "Keller",
    "Khan",
    "Kim",
    "Kovacs",
    "Kumar",
    "Larsen",
    "Lim",
    "Lopez",
    "Mahmoud",
    "Marino",
    "Mehta",
    "Menon",
    "Mishra",
    "Moreau",
    "Moreno",
    "Mukherjee",
    "Nair",
    "Nguyen",
    "Novak",
    "Okafor",
    "Olsen",
    "Osei",
    "Pandey",
    "Park",
    "Patel",
    "Pereira",
    "Petrov",
    "Rao",
    "Reddy",
    "Ricci",
    "Rossi",
    "Saito",
    "Santos",
    "Schmidt",
    "Sharma",
    "Silva",
    "Singh",
    "Tanaka",
    "Torres",
    "Varga",
    "Verma",
    "Weber",
    "Yadav",
    "Zhang",
];

const BUILDINGS: [&str; 16] = [
    "North Hall",
    "South Hall",
    "Old Library",
    "Science Wing",
    "Riverside",
    "Garden House",
    "Observatory",
    "Tower",
    "Mill",
    "Chapel Court",
    "Workshop",
    "Park Building",
    "Harbour House",
    "Lime Court",
    "West Wing",
    "East Wing",
];

/// Rooms of a floor, and floors of a building.
const ROOMS_A_FLOOR: usize = 10;
const FLOORS: usize = 4;

/// `A`, `B`, … `Z`, `AA`, …
pub(super) fn letters(number: usize) -> String {
    let last = char::from(b'A' + (number % 26) as u8);
    if number < 26 { last.to_string() } else { letters(number / 26 - 1) + &last.to_string() }
}

/// `MATH`; the second department of that name is `MATHA`.
fn department(number: usize) -> String {
    let code = DEPARTMENTS[number % DEPARTMENTS.len()];
    match number / DEPARTMENTS.len() {
        0 => code.to_owned(),
        again => format!("{code}{}", letters(again - 1)),
    }
}

/// `MATH-P4-Y2`: the second year of programme 4, which belongs to mathematics.
pub(super) fn cohort(of: usize, programme: usize, year: usize) -> String {
    format!("{}-P{}-Y{}", department(of), programme + 1, year + 1)
}

/// `MATH-P4-Y2-A`.
pub(super) fn block(cohort: &str, number: usize) -> String {
    format!("{cohort}-{}", letters(number))
}

/// `MATH207`: the seventh topic of the second year.
pub(super) fn topic(of: usize, year: usize, number: usize) -> String {
    format!("{}{}{number:02}", department(of), year + 1)
}

/// `MATH207-01`.
pub(super) fn section(topic: &str, number: usize) -> String {
    format!("{topic}-{:02}", number + 1)
}

/// `MATH207-01-LAB`: the event of a section in the laboratory.
pub(super) fn lab(section: &str) -> String {
    format!("{section}-LAB")
}

/// A teacher's code and name. Who has the name of another one gets a number in the code.
pub(super) fn teacher(number: usize) -> (String, String) {
    let people = GIVEN.len() * FAMILY.len();
    // A stride without a common divisor visits every pair of names, and neighbours differ in both.
    let pair = number * 1_009 % people;
    let (given, family) = (GIVEN[pair % GIVEN.len()], FAMILY[pair / GIVEN.len()]);
    let again = match number / people {
        0 => String::new(),
        again => (again + 1).to_string(),
    };
    (format!("{}.{}{again}", given.to_lowercase(), family.to_lowercase()), format!("{given} {family}"))
}

/// `S00042`, with as many digits as the number of students needs.
pub(super) fn student(number: usize, students: usize) -> String {
    let digits = students.to_string().len();
    format!("S{:0digits$}", number + 1)
}

/// `B203` in the second building, and the building's name.
pub(super) fn room(number: usize) -> (String, String) {
    let (building, within) = (number / (ROOMS_A_FLOOR * FLOORS), number % (ROOMS_A_FLOOR * FLOORS));
    let name = BUILDINGS[building % BUILDINGS.len()];
    let name = match building / BUILDINGS.len() {
        0 => name.to_owned(),
        again => format!("{name} {}", again + 1),
    };
    let (floor, door) = (within / ROOMS_A_FLOOR + 1, within % ROOMS_A_FLOOR + 1);
    (format!("{}{floor}{door:02}", letters(building)), name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_without_separators() {
        let teachers: BTreeSet<String> = (0..30_000).map(|number| teacher(number).0).collect();
        let rooms: BTreeSet<String> = (0..15_000).map(|number| room(number).0).collect();
        let topics: BTreeSet<String> =
            (0..200).flat_map(|of| (0..4).flat_map(move |year| (1..150).map(move |n| topic(of, year, n)))).collect();
        assert_eq!((teachers.len(), rooms.len(), topics.len()), (30_000, 15_000, 200 * 4 * 149));
        let mut all = teachers.iter().chain(&rooms).chain(&topics);
        assert!(all.all(|code| code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')));
        assert!(rooms.is_disjoint(&topics));
    }
}
