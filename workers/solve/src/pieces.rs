//! A cluster in pieces: what is done where one model of the whole cluster would take too much memory.

use crate::rules::Rules;

/// Parts courses into so many pieces (or as many as there are courses), each of about as many lectures and of courses that
/// conflict with one another: what is solved together should have reason to be. One piece is all courses as they are.
///
/// Each piece is grown from the course that conflicts most with those that are left; ties go to lower courses.
pub(crate) fn split(rules: &Rules, courses: &[usize], pieces: usize) -> Vec<Vec<usize>> {
    let mut left = courses.to_vec();
    let mut found = Vec::new();
    for ahead in (2..=pieces.min(courses.len())).rev() {
        let target = lectures(rules, &left) / ahead as u32;
        // Each of the others needs a course.
        let piece = grow(rules, &mut left, target, ahead - 1);
        found.push(piece);
    }
    found.push(left);
    found
}

/// Takes a piece of about `target` lectures out of the courses left, of which at least `spare` stay.
fn grow(rules: &Rules, left: &mut Vec<usize>, target: u32, spare: usize) -> Vec<usize> {
    let mut piece = Vec::new();
    let mut held = 0;
    while left.len() > spare {
        let pull = |course: &usize| {
            let among = if piece.is_empty() { &*left } else { &piece };
            among.iter().filter(|other| rules.conflicts[*course].binary_search(&(**other as u32)).is_ok()).count()
        };
        let order = |at: &usize| (pull(&left[*at]), std::cmp::Reverse(left[*at]));
        let Some(at) = (0..left.len()).max_by_key(order) else { break };
        let more = rules.lectures[left[at]];
        // Rather too few than too many, where that is nearer.
        if !piece.is_empty() && held + more / 2 > target {
            break;
        }
        held += more;
        piece.push(left.remove(at));
    }
    piece.sort_unstable();
    piece
}

/// Lectures of courses.
pub(crate) fn lectures(rules: &Rules, courses: &[usize]) -> u32 {
    courses.iter().map(|course| rules.lectures[*course]).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::random_tables;

    proptest! {
        #[test]
        fn every_course_is_in_one_piece_and_no_piece_is_empty(tables in random_tables(), pieces in 1_usize..6) {
            let instance = tables.instance().unwrap();
            let rules = Rules::new(&instance);
            let courses: Vec<usize> = (0..rules.courses()).collect();
            let found = split(&rules, &courses, pieces);
            prop_assert_eq!(found.len(), pieces.min(courses.len()));
            prop_assert!(found.iter().all(|piece| !piece.is_empty() && piece.is_sorted()));
            let mut all = found.concat();
            all.sort_unstable();
            prop_assert_eq!(&all, &courses);
            let most = rules.lectures.iter().max().copied().unwrap_or(0);
            let share = lectures(&rules, &courses) / pieces as u32;
            prop_assert!(found[..found.len() - 1].iter().all(|piece| lectures(&rules, piece) <= share + most));
        }
    }
}
