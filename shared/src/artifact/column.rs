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
    /// Timetable: the policy that the selection of operators has learned, as the text of its file (`u8`); only where it learns.
    PolicyText = 72,
    /// Checkpoint: places of classes in the search's own spelling, individual after individual (`u32`).
    CheckpointSpots = 80,
    /// Checkpoint: counters and other whole numbers, in an order that the stage defines (`u64`).
    CheckpointWords = 81,
    /// Checkpoint: real numbers by their bits, in an order that the stage defines (`u64`).
    CheckpointReals = 82,
    /// Campus: its weights, in the order of `model::campus::Weights` (`u32`). An instance with this column has all of those below.
    CampusWeights = 100,
    /// Campus: text numbers of time zone, first day of the term, and the holidays (`u32`).
    CampusTexts = 101,
    /// Campus: weeks of the term (one `u32`).
    CampusWeeks = 102,
    /// Day: text number of its name (`u32`).
    DayName = 103,
    /// Slot of the day: text number of the time at which it starts (`u32`).
    SlotStart = 104,
    /// Slot of the day: text number of the time at which it ends (`u32`).
    SlotEnd = 105,
    /// Feature of rooms: text number of its name (`u32`).
    FeatureName = 106,
    /// Course: what students enrol in to attend it (`SubjectId`).
    CourseSubject = 110,
    /// Course: consecutive periods of each of its classes (`u32`).
    CourseLength = 111,
    /// Course: most classes a day (`u32`).
    CourseMaxPerDay = 112,
    /// Course: where its teachers start, one more than there are courses (`u32`).
    CourseTeacherStarts = 113,
    /// Course: its teachers, ascending (`TeacherId`).
    CourseTeachers = 114,
    /// Course: where its groups start, one more than there are courses (`u32`).
    CourseGroupStarts = 115,
    /// Course: its groups, ascending (`GroupId`).
    CourseGroups = 116,
    /// Course: where its allowed rooms start, one more than there are courses (`u32`).
    CourseRoomStarts = 117,
    /// Course: its allowed rooms, ascending; none where any will do (`RoomId`).
    CourseRooms = 118,
    /// Course × feature: bitset rows of `u64` words, a one where its room must have the feature.
    CourseFeatures = 119,
    /// Room × feature: bitset rows of `u64` words, a one where it has the feature.
    RoomFeatures = 120,
    /// Subject: text number of its name (`u32`).
    SubjectName = 121,
    /// Subject: where its students start, one more than there are subjects (`u32`).
    SubjectStudentStarts = 122,
    /// Subject: its students, ascending (`StudentId`).
    SubjectStudents = 123,
    /// Student: text number of the name (`u32`).
    StudentName = 124,
    /// Group: text number of its name (`u32`).
    GroupName = 125,
    /// Group: people (`u32`).
    GroupSize = 126,
    /// Group: where the groups that it is a part of start, one more than there are groups (`u32`).
    GroupParentStarts = 127,
    /// Group: the groups that it is a part of, ascending (`GroupId`).
    GroupParents = 128,
    /// Teacher: most periods a day, `u32::MAX` where nobody said (`u32`).
    TeacherMaxPerDay = 129,
    /// Rooms, then teachers, then groups × period: bitset rows of `u64` words, a one where they are not available.
    Blocked = 130,
    /// The same, a one where they would rather not.
    Unwelcome = 131,
    /// Pin: the class (`ClassId`).
    PinClass = 132,
    /// Pin: the period in which it starts (`PeriodId`).
    PinPeriod = 133,
    /// Pin: the room, `u32::MAX` where any will do (`u32`).
    PinRoom = 134,
    /// Rule: its kind, in the order of `model::campus::Relation` (`u32`).
    RuleRelation = 135,
    /// Rule: the weight of a pair that breaks it, `u32::MAX` where it is hard (`u32`).
    RuleWeight = 136,
    /// Rule: where its courses start, one more than there are rules (`u32`).
    RuleStarts = 137,
    /// Rule: its courses, in the order of the file (`CourseId`).
    RuleCourses = 138,
    /// Instance: what a lecture costs in another period than before, and in another room (two `u32`). An instance with this column
    /// has those below.
    HomePrice = 150,
    /// Course: where its homes start, one more than there are courses (`u32`).
    HomeStarts = 151,
    /// Home: its period (`PeriodId`).
    HomePeriods = 152,
    /// Home: its room, `u32::MAX` where that is not there any more (`u32`).
    HomeRooms = 153,
}
