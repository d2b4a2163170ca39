//! What is decided about devices, row by row.

use super::*;

const MIB: u64 = 1 << 20;

fn device(name: &str, used: Option<u64>, processes: Option<&[(u32, Option<u64>)]>) -> Device {
    let of = |(pid, used): &(u32, Option<u64>)| DeviceProcess { pid: *pid, used: used.map(|mib| mib * MIB) };
    Device {
        name: name.to_owned(),
        uuid: format!("GPU-{name}"),
        total: 2000 * MIB,
        used: used.map(|mib| mib * MIB),
        is_open: true,
        processes: processes.map(|all| all.iter().map(of).collect()),
    }
}

fn ours(pids: &[u32], are_known: bool) -> Ours {
    Ours { pids: pids.iter().copied().collect(), are_known }
}

#[test]
fn the_least_used_comes_first_and_what_may_not_be_used_is_told() {
    let closed = Device { is_open: false, ..device("closed", Some(0), None) };
    let all = vec![
        device("half", Some(1000), None),
        device("dumb", None, None),
        closed,
        device("empty", Some(1), None),
        device("others", Some(1800), None),
        device("nearly", Some(1750), None),
    ];
    let (usable, passed) = choose(all, 90, Bytes::mib(300));
    assert_eq!(usable.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["empty", "half", "dumb"]);
    let passed: Vec<_> = passed.into_iter().map(|(device, why)| (device.name, why)).collect();
    let expected = [
        ("closed".to_owned(), Passed::Closed),
        ("others".to_owned(), Passed::Busy { most: 90 }),
        ("nearly".to_owned(), Passed::Full { free: Bytes::mib(250) }),
    ];
    assert_eq!(passed, expected);
}

#[test]
fn a_device_that_others_fill_is_high() {
    assert!(is_high(&device("a", Some(1800), None), 90) && !is_high(&device("a", Some(1799), None), 90));
    assert!(!is_high(&device("a", None, None), 1));
}

#[test]
fn ours_is_what_the_driver_counts_for_it_or_what_nobody_else_can_have_brought() {
    type Row<'a> = (&'a str, Option<&'a [(u32, Option<u64>)]>, Option<u64>, Option<u64>);
    let before = device("a", Some(100), Some(&[(1, Some(50))]));
    let table: [Row; 7] = [
        ("by its number", Some(&[(1, Some(900)), (7, Some(300))]), Some(1300), Some(300)),
        ("of which the driver does not tell", Some(&[(7, None)]), Some(400), None),
        (
            "by another number, but the only new one",
            Some(&[(1, Some(50)), (4_000_000, Some(310))]),
            Some(500),
            Some(310),
        ),
        ("two new ones: nobody knows", Some(&[(8, Some(1)), (9, Some(2))]), Some(500), None),
        ("a new one without a count", Some(&[(8, None)]), Some(450), Some(350)),
        ("no list at all", None, Some(450), Some(350)),
        ("no count at all", None, None, None),
    ];
    for (what, processes, used, expected) in table {
        let share = ours(&[7], false).share(&before, &device("a", used, processes));
        assert_eq!(share, expected.map(Bytes::mib), "{what}");
    }
    assert!(is_over(Bytes::mib(1125), Bytes::mib(100)) && !is_over(Bytes::mib(1124), Bytes::mib(100)));
}

#[test]
fn the_gate_opens_when_the_memory_is_back_or_patience_ends() {
    let second = Duration::from_secs;
    let table = [
        ("back", Some(100), Some(100), 0, Gate::Clean, 0),
        ("less than before", Some(100), Some(50), 0, Gate::Clean, 0),
        ("within the slack", Some(100), Some(164), 0, Gate::Clean, 64),
        ("held", Some(100), Some(165), 29, Gate::Wait, 65),
        ("held for too long", Some(100), Some(165), 30, Gate::Quarantine, 65),
        ("back at last", Some(100), Some(100), 31, Gate::Clean, 0),
        ("it does not tell", Some(100), None, 0, Gate::Clean, 0),
        ("it never told", None, Some(900), 0, Gate::Clean, 0),
    ];
    let nobody = Ours::default();
    for (what, before, now, waited, expected, held) in table {
        let seen = gate(&device("a", before, None), Some(&device("a", now, None)), &nobody, second(waited));
        assert_eq!(seen, (expected, Bytes::mib(held)), "{what}");
    }
    assert_eq!(gate(&device("a", Some(1), None), None, &nobody, second(0)).0, Gate::Clean, "it is gone");
}

#[test]
fn a_neighbour_who_came_is_not_waited_for_where_the_driver_tells_us_from_him() {
    let before = device("a", Some(100), Some(&[]));
    let now = device("a", Some(700), Some(&[(8, Some(600))]));
    assert_eq!(gate(&before, Some(&now), &ours(&[7], true), Duration::ZERO), (Gate::Clean, Bytes(0)));
    assert_eq!(gate(&before, Some(&now), &ours(&[7], false), Duration::ZERO), (Gate::Wait, Bytes::mib(600)));
    // As long as the driver names it, it is there, however little it holds.
    let lingering = device("a", Some(101), Some(&[(7, Some(1))]));
    assert_eq!(gate(&before, Some(&lingering), &ours(&[7], true), Duration::ZERO).0, Gate::Wait);
}

#[test]
fn a_quarantine_ends_when_all_that_is_used_has_an_owner() {
    let before = Bytes::mib(100);
    assert!(is_cured(&device("a", Some(164), None), before) && !is_cured(&device("a", Some(165), None), before));
    assert!(is_cured(&device("a", Some(900), Some(&[(8, Some(800))])), before), "a neighbour has the rest");
    assert!(!is_cured(&device("a", None, None), before));
}

#[test]
fn nobody_of_ours_is_there_by_the_best_that_is_known() {
    let before = device("a", Some(100), Some(&[(1, None)]));
    let blind = device("a", Some(100), None);
    let table = [
        ("others only", &before, device("a", Some(900), Some(&[(1, None), (8, None)])), true, Some((true, By::Pids))),
        ("one of ours", &before, device("a", Some(100), Some(&[(7, None)])), false, Some((false, By::Pids))),
        ("nobody new", &before, device("a", Some(900), Some(&[(1, None)])), false, Some((true, By::Processes))),
        (
            "somebody new, no more used",
            &before,
            device("a", Some(110), Some(&[(9, None)])),
            false,
            Some((true, By::Use)),
        ),
        ("somebody new, more used", &before, device("a", Some(900), Some(&[(9, None)])), false, None),
        ("no list", &blind, device("a", Some(120), None), false, Some((true, By::Use))),
        ("no list, more used", &blind, device("a", Some(900), None), false, None),
    ];
    for (what, before, now, are_known, expected) in table {
        assert_eq!(absence(before, &now, &ours(&[7], are_known)), expected, "{what}");
    }
}
