//! The names of all columns. Numbers are part of the file format: never reuse one.

/// A column of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Column {
    /// Instance: days, slots per day (two `u32`).
    Calendar = 1,
    /// All text, UTF-8 without separators.
    TextBytes = 2,
    /// Where each text starts in [`Column::TextBytes`], one more than there are texts (`u32`).
    TextStarts = 3,
    /// Instance: the text number of the instance's name (one `u32`).
    InstanceName = 4,
    /// Course: text number of its name (`u32`).
    CourseName = 10,
    /// Course: its teacher (`TeacherId`).
    CourseTeacher = 11,
    /// Course: its first class, one more than there are courses (`ClassId`).
    CourseFirstClass = 12,
    /// Course: least number of days it should spread over (`u32`).
    CourseMinDays = 13,
    /// Course: students (`u32`).
    CourseStudents = 14,
    /// Course × period: bitset rows of `u64` words, a one where the course may be taught.
    CourseAvailable = 15,
    /// Class: its course (`CourseId`).
    ClassCourse = 16,
    /// Room: text number of its name (`u32`).
    RoomName = 20,
    /// Room: seats (`u32`).
    RoomCapacity = 21,
    /// Curriculum: text number of its name (`u32`).
    CurriculumName = 30,
    /// Curriculum: where its members start, one more than there are curricula (`u32`).
    CurriculumStarts = 31,
    /// Curriculum: members, without repetition, ascending (`CourseId`).
    CurriculumCourses = 32,
    /// Teacher: text number of the name (`u32`).
    TeacherName = 40,
    /// Course: its cluster (`ClusterId`).
    CourseCluster = 50,
    /// Class placements: period, `u32::MAX` where unplaced (`u32`).
    ClassPeriod = 60,
    /// Class placements: room, `u32::MAX` where unplaced (`u32`).
    ClassRoom = 61,
    /// Fragment: which classes it places (`ClassId`).
    FragmentClass = 62,
    /// Ledger: where the lease of each job of the coming wave starts, one more than there are jobs (`u32`).
    LeaseStarts = 70,
    /// Ledger: leased cells, `period × rooms + room`, ascending within a lease (`u32`).
    LeaseCells = 71,
    /// Checkpoint: places of classes in the search's own spelling, individual after individual (`u32`).
    CheckpointSpots = 80,
    /// Checkpoint: counters and other whole numbers, in an order that the stage defines (`u64`).
    CheckpointWords = 81,
    /// Checkpoint: real numbers by their bits, in an order that the stage defines (`u64`).
    CheckpointReals = 82,
}
