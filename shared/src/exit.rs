//! Exit codes. They are public: scripts and cron jobs read them. README.md holds the same table.

/// How a command of `carillon` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Verified and complete; for a worker: its artifact is sealed.
    Complete = 0,
    /// A panic (only ever seen from a worker).
    Panic = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Complete and verified, but a stage gave up and its input went forward.
    Degraded = 3,
    /// Verified, but hard violations or unplaced classes are left.
    Incomplete = 10,
    /// The instance is proven infeasible.
    Infeasible = 11,
    /// The input was read and refused.
    BadInput = 65,
    /// There is no such input.
    NoInput = 66,
    /// A required device is missing, a control group that was insisted on, or the library that was asked about.
    NoDevice = 69,
    /// A bug of ours.
    Internal = 70,
    /// A worker ran out of memory and could still say so.
    OutOfMemory = 71,
    /// An output cannot be created.
    CannotCreate = 73,
    /// I/O failed or the disk is full.
    Io = 74,
    /// Another run holds the lock; for a worker: asked to stop before it had anything.
    Locked = 75,
    /// The configuration is wrong.
    Config = 78,
    /// No stage could produce a timetable.
    NoTimetable = 100,
    /// Crashes and hangs came faster than restarts make sense.
    CrashLoop = 101,
    /// The work does not fit the memory budget.
    CannotFit = 102,
    /// The deadline came before any timetable.
    Deadline = 103,
    /// Others hold the memory; the run gave way and can be resumed.
    PressureOutside = 104,
    /// Ended by SIGHUP; the best timetable so far is exported.
    Hangup = 129,
    /// Ended by SIGINT; the best timetable so far is exported.
    Interrupted = 130,
    /// Ended by SIGTERM; the best timetable so far is exported.
    Terminated = 143,
}

impl Exit {
    /// Every code, in ascending order.
    pub const ALL: [Self; 23] = [
        Self::Complete,
        Self::Panic,
        Self::Usage,
        Self::Degraded,
        Self::Incomplete,
        Self::Infeasible,
        Self::BadInput,
        Self::NoInput,
        Self::NoDevice,
        Self::Internal,
        Self::OutOfMemory,
        Self::CannotCreate,
        Self::Io,
        Self::Locked,
        Self::Config,
        Self::NoTimetable,
        Self::CrashLoop,
        Self::CannotFit,
        Self::Deadline,
        Self::PressureOutside,
        Self::Hangup,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
