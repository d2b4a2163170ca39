//! Whatever happens to the bytes of a file, the answer is an orderly one: a sound instance, or errors with places in the file.

use proptest::prelude::*;

use super::read;
use crate::finding::Severity;

/// Something that can happen to the bytes of a file.
#[derive(Clone, Debug)]
pub(crate) enum Accident {
    Flip(usize, u8),
    Delete(usize, usize),
    Double(usize, usize),
    Truncate(usize),
    Insert(usize, &'static [u8]),
    Swap(usize, usize),
}

pub(crate) fn accident() -> impl Strategy<Value = Accident> {
    let at = || 0..2000_usize;
    let odd: Vec<&'static [u8]> =
        vec![b"-1", b"99999999999999999999", b" ", b"\n", b"\xff\xfe", b"END.", b":", b"ROOMS:", b"\r", b"\0", b"\xc3"];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Accident::Flip(at, byte)),
        (at(), 1..60_usize).prop_map(|(at, length)| Accident::Delete(at, length)),
        (at(), 1..60_usize).prop_map(|(at, length)| Accident::Double(at, length)),
        at().prop_map(Accident::Truncate),
        (at(), prop::sample::select(odd)).prop_map(|(at, what)| Accident::Insert(at, what)),
        (at(), at()).prop_map(|(one, two)| Accident::Swap(one, two)),
    ]
}

pub(crate) fn suffer(bytes: &mut Vec<u8>, accident: &Accident) {
    let length = bytes.len().max(1);
    let span = |at: usize, more: usize| (at % length).min(bytes.len())..(at % length + more).min(bytes.len());
    match *accident {
        Accident::Flip(at, byte) => bytes.get_mut(at % length).into_iter().for_each(|old| *old = byte),
        Accident::Delete(at, more) => drop(bytes.drain(span(at, more))),
        Accident::Double(at, more) => {
            let twice = bytes[span(at, more)].to_vec();
            let at = span(at, more).start;
            bytes.splice(at..at, twice);
        }
        Accident::Truncate(at) => bytes.truncate(at % length),
        Accident::Insert(at, what) => {
            let at = span(at, 0).start;
            bytes.splice(at..at, what.iter().copied());
        }
        Accident::Swap(one, two) => {
            let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let count = lines.len();
            lines.swap(one % count, two % count);
            *bytes = lines.join(&b'\n');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn any_accident_gets_an_orderly_answer(accidents in prop::collection::vec(accident(), 1..6)) {
        let mut bytes = include_bytes!("../../../../examples/college.ctt").to_vec();
        for accident in &accidents {
            suffer(&mut bytes, accident);
        }
        let reading = read(&bytes);
        prop_assert_eq!(reading.tables.is_none(), reading.findings.count(Severity::Error) > 0);
        let lines = String::from_utf8_lossy(&bytes).split(['\n', '\r']).count();
        for finding in reading.findings.sorted() {
            let place = finding.place;
            prop_assert!((1..=lines).contains(&(place.line as usize)) && place.column >= 1, "{:?}", finding);
        }
        if let Some(tables) = reading.tables {
            prop_assert!(tables.instance().is_ok());
        }
    }
}
