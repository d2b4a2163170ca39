//! The timetable in motion.
