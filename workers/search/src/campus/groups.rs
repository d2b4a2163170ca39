//! S2: meetings of a group that stand alone on their day.

use shared::ids::{CourseId, GroupId, Id};
use shared::model::Instance;
use shared::model::campus::Campus;

/// The groups with nobody below them that each course is a meeting of: its own and those below.
pub(crate) fn lowest_groups(instance: &Instance, campus: Campus<'_>) -> (Vec<Vec<u32>>, usize) {
    let kin = campus.kin();
    let mut has_below = vec![false; campus.group_count()];
    for (group, line) in kin.lines.iter().enumerate() {
        line.iter().filter(|above| above.index() != group).for_each(|above| has_below[above.index()] = true);
    }
    let mut number = vec![u32::MAX; has_below.len()];
    let lowest = (0..has_below.len()).filter(|group| !has_below[*group]);
    let count = lowest.zip(0..).map(|(group, place)| number[group] = place).count();
    let mut below = vec![Vec::new(); has_below.len()];
    for (group, line) in kin.lines.iter().enumerate().filter(|(group, _)| !has_below[*group]) {
        for above in line {
            below[above.index()].push(number[group]);
        }
    }
    let of = |course: CourseId| {
        let of_group = |group: &GroupId| below[group.index()].clone();
        let mut groups: Vec<u32> = campus.groups(course).iter().flat_map(of_group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    (instance.courses().map(of).collect(), count)
}

/// How many meetings of a day stand alone: runs of busy slots in which just one meeting starts.
#[inline]
pub(crate) fn alone(mut busy: u64, starts: u64) -> i32 {
    let mut count = 0;
    while busy != 0 {
        let from = busy.trailing_zeros();
        let length = (busy >> from).trailing_ones();
        let run = (u64::MAX >> (64 - length)) << from;
        count += i32::from((starts & run).is_power_of_two());
        busy &= !run;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_with_one_start_stand_alone() {
        assert_eq!(alone(0, 0), 0);
        assert_eq!(alone(0b1, 0b1), 1);
        assert_eq!(alone(0b11, 0b1), 1, "a lab of two periods");
        assert_eq!(alone(0b11, 0b11), 0);
        assert_eq!(alone(0b1011_0110, 0b1001_0110), 2);
        assert_eq!(alone(u64::MAX, 1), 1);
    }
}
