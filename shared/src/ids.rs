//! One id type for each noun, so that a room cannot be used where a period is meant.

use bytemuck::{Pod, Zeroable};

/// An id that indexes a dense table.
pub trait Id: Copy + Pod + Eq + Ord {
    /// The id of row `index`.
    fn new(index: usize) -> Self;
    /// The row of this id.
    fn index(self) -> usize;
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl Id for $name {
            fn new(index: usize) -> Self {
                Self(index as u32)
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A subject; it has one class for each of its weekly lectures.
    CourseId
}
id! {
    /// The unit that is placed: one weekly lecture of a course. The classes of a course are consecutive.
    ClassId
}
id! {
    /// A room.
    RoomId
}
id! {
    /// One slot of one day: `day × slots per day + slot`.
    PeriodId
}
id! {
    /// A set of courses that the same students follow.
    CurriculumId
}
id! {
    /// A person who gives courses.
    TeacherId
}
id! {
    /// A cluster of courses that are solved together.
    ClusterId
}
id! {
    /// What students enrol in: each attends every course of it. Only the campus folder has them.
    SubjectId
}
id! {
    /// A person who attends.
    StudentId
}
id! {
    /// People who are taught together; a group may be a part of others.
    GroupId
}
