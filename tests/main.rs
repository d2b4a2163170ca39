//! The tests that drive the built program: one binary, one module for each theme.
//!
//! Unit and property tests of a single part sit beside its code. Here everything goes through command lines, files, signals
//! and `/proc`; what a timetable is worth is said by the oracle, never by the product.

#![cfg(test)]

mod harness;

mod book;
mod calendars;
mod campus;
mod changes;
mod command_line;
mod configuration;
mod cron;
mod engine;
mod exit_codes;
mod explain;
mod faults;
mod generate;
mod golden;
mod history;
mod keep;
mod kernels;
mod learning;
mod manual;
mod memory;
mod metrics;
mod notify;
mod operators;
mod oracle;
mod pipeline;
mod previous;
mod properties;
mod protocol;
mod report;
mod resume;
mod schema;
mod soak;
mod sweeps;
mod terminal;
mod tidy;
mod waves;
mod workbook;
