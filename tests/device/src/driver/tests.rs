//! What the driver says, and when: as a card that does its work behind the caller's back.

use std::fs;

use super::{Code, Driver, Planted, Settings, Shape};

/// Adds one to the number that it is given, if it is one thread.
const TEXT: &str = "
    .version 8.0
    .target sm_75
    .address_size 64
    .visible .entry more(.param .u64 more_param_0) {
        .reg .b32 %r<4>; .reg .b64 %rd<4>;
        ld.param.u64 %rd1, [more_param_0];
        ld.global.u32 %r1, [%rd1];
        add.s32 %r1, %r1, 1;
        st.global.u32 [%rd1], %r1;
        ret;
    }";

const ONE: Shape = Shape { grid: [1, 1, 1], block: [1, 1, 1], shared_bytes: 0 };

fn settings(faults: &[Planted]) -> Settings {
    Settings {
        uuids: vec!["GPU-aa".to_owned()],
        visible: vec![0],
        memory_bytes: 10_000,
        context_bytes: 1_000,
        multiprocessors: 4,
        shared_max: 65_536,
        seed: 0,
        instructions_max: 1_000,
        state: None,
        linger_ms: 0,
        count: None,
        faults: faults.to_vec(),
    }
}

/// A driver with a context and the kernel.
fn ready(faults: &[Planted]) -> (Driver, usize) {
    let driver = Driver::new(settings(faults));
    driver.retain(0).unwrap();
    let module = driver.load(0, TEXT).unwrap();
    let function = driver.function(0, module, "more").unwrap();
    (driver, function)
}

fn parameters(address: u64) -> Vec<u8> {
    address.to_le_bytes().to_vec()
}

/// Memory is counted, with the context's own, and what is not there is not given.
#[test]
fn memory_is_counted() {
    let (driver, _) = ready(&[]);
    assert_eq!(driver.memory(0), Ok((9_000, 10_000)));
    assert_eq!(driver.allocate(0, 9_001), Err(Code::OUT_OF_MEMORY));
    let address = driver.allocate(0, 8_000).unwrap();
    assert_eq!(driver.memory(0), Ok((1_000, 10_000)));
    assert_eq!(driver.free(0, address + 4), Err(Code::INVALID_VALUE));
    assert_eq!(driver.free(0, address), Ok(()));
    assert_eq!(driver.free(0, address), Err(Code::INVALID_VALUE), "it was given back");
    assert_eq!(driver.memory(0), Ok((9_000, 10_000)));
    driver.release(0).unwrap();
    assert_eq!(driver.memory(0), Ok((10_000, 10_000)));
    let (poor, _) = ready(&[Planted::OutOfMemory(2)]);
    assert!(poor.allocate(0, 1).is_ok());
    assert_eq!(poor.allocate(0, 1), Err(Code::OUT_OF_MEMORY));
    assert!(poor.allocate(0, 1).is_ok());
}

/// A launch does its work; one that cannot be started so is refused at once, and does no harm.
#[test]
fn launches_are_run_or_refused() {
    let (driver, function) = ready(&[]);
    let address = driver.allocate(0, 4).unwrap();
    driver.with_bytes(0, address, 4, |bytes| bytes.copy_from_slice(&7_u32.to_le_bytes())).unwrap();
    driver.launch(function, ONE, parameters(address)).unwrap();
    for shape in
        [Shape { block: [1_025, 1, 1], ..ONE }, Shape { grid: [0, 1, 1], ..ONE }, Shape { shared_bytes: 49_153, ..ONE }]
    {
        assert_eq!(driver.launch(function, shape, parameters(address)), Err(Code::INVALID_VALUE), "{shape:?}");
    }
    assert_eq!(driver.set_function_attribute(function, 8, 65_537), Err(Code::INVALID_VALUE));
    driver.set_function_attribute(function, 8, 65_536).unwrap();
    driver.launch(function, Shape { shared_bytes: 49_153, ..ONE }, parameters(address)).unwrap();
    assert_eq!(driver.with_bytes(0, address, 4, |bytes| bytes.to_vec()), Ok(vec![9, 0, 0, 0]));
}

/// What goes wrong in a launch is said by all calls after it, and never taken back.
#[test]
fn faults_are_said_later_and_for_good() {
    let (driver, function) = ready(&[]);
    let address = driver.allocate(0, 4).unwrap();
    for (at, code) in [(address + 512, Code::ILLEGAL_ADDRESS), (address + 2, Code::MISALIGNED_ADDRESS)] {
        let (driver, function) = ready(&[]);
        assert_eq!(driver.launch(function, ONE, parameters(at)), Ok(()));
        assert_eq!(driver.synchronize(0), Err(code));
        assert_eq!(driver.allocate(0, 4), Err(code));
        assert_eq!(driver.launch(function, ONE, parameters(at)), Err(code));
    }
    driver.launch(function, Shape { block: [2, 1, 1], ..ONE }, parameters(address)).unwrap();
    assert_eq!(driver.query(0), Err(Code::LAUNCH_FAILED), "two threads and one number");
}

/// Planted faults come at their launch, and not before.
#[test]
fn faults_come_when_they_are_planted() {
    for (fault, code) in [
        (Planted::Launch(2), Code::LAUNCH_FAILED),
        (Planted::Lost(2), Code::UNKNOWN),
        (Planted::Hang(2), Code::NOT_READY),
    ] {
        let (driver, function) = ready(&[fault]);
        let address = driver.allocate(0, 4).unwrap();
        driver.launch(function, ONE, parameters(address)).unwrap();
        assert_eq!(driver.query(0), Ok(()), "{fault:?}");
        driver.launch(function, ONE, parameters(address)).unwrap();
        assert_eq!(driver.query(0), Err(code), "{fault:?}");
    }
    // Who asks for memory is answered while a launch hangs.
    let (driver, function) = ready(&[Planted::Hang(1)]);
    let address = driver.allocate(0, 4).unwrap();
    driver.launch(function, ONE, parameters(address)).unwrap();
    assert_eq!(driver.memory(0), Ok((8_996, 10_000)));
    assert_eq!(Driver::new(settings(&[Planted::InitFail])).init(), Err(Code::NO_DEVICE));
}

/// What was done is counted in a file, and other processes know of a card that is gone.
#[test]
fn counts_and_losses_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let state = Some(folder.path().to_owned());
    let driver =
        Driver::new(Settings { state: state.clone(), count: Some(count.clone()), ..settings(&[Planted::Lost(2)]) });
    driver.retain(0).unwrap();
    let module = driver.load(0, TEXT).unwrap();
    let function = driver.function(0, module, "more").unwrap();
    let address = driver.allocate(0, 4).unwrap();
    driver.launch(function, ONE, parameters(address)).unwrap();
    let text = fs::read_to_string(&count).unwrap();
    for line in ["allocations 1", "allocated-bytes-most 4", "more.launches 1", "more.instructions 5"] {
        assert!(text.lines().any(|written| written == line), "{line} is missing: {text}");
    }
    let other = Driver::new(Settings { state, ..settings(&[]) });
    assert_eq!(other.memory(0), Ok((8_996, 10_000)), "it sees what the other one holds");
    assert!(!other.is_lost(0));
    driver.launch(function, ONE, parameters(address)).unwrap();
    assert!(other.is_lost(0));
}
