//! `carillon`: the one place where the orchestrator and the workers meet. It looks at the command line and calls one of them.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use shared::{wire::Stage, worker::WorkerArgs};

/// Turns a university course timetabling instance into a verified timetable, one isolated process per stage
#[derive(Parser)]
#[command(name = "carillon", version, max_term_width = 100)]
enum Call {
    /// Make a timetable for an instance
    Run(Box<orchestrator::cli::RunArgs>),
    /// Go on with a run that was broken off
    Resume(Box<orchestrator::cli::ResumeArgs>),
    /// Write the report of a run again
    Report(report::ReportArgs),
    /// Say what a run used of its memory, processors and time
    Eff(report::EffArgs),
    /// List the runs in carillon-runs
    Runs(report::RunsArgs),
    /// Compare the timetables of two runs
    Diff(report::DiffArgs),
    /// Say why an event is where it is in a timetable, or nowhere
    Explain(explain::ExplainArgs),
    /// List where else an event could be, and what that would change
    Where(explain::WhereArgs),
    /// Write the timetable of a run as iCalendar files, one for each teacher, group and room
    Calendar(load::CalendarArgs),
    /// Write the timetable of a run as one .xlsx, with a sheet for each view
    Workbook(load::WorkbookArgs),
    /// Check an instance and say all that is wrong with it
    Check(load::CheckArgs),
    /// Write an instance in another form
    Convert(load::ConvertArgs),
    /// Count what a solution costs
    Verify(load::VerifyArgs),
    /// Write a small campus folder to begin with
    Init(load::InitArgs),
    /// Make an instance of any size, in which a timetable is known to exist
    Generate(load::GenerateArgs),
    /// Say whether OR-Tools can be used for --engine ortools, and which library that is
    Engine(solve::EngineArgs),
    /// Print the settings that a run would have, or all there are
    Config(Box<orchestrator::ConfigArgs>),
    /// Look at what STAGE3 has learned
    Policy(resolve::PolicyArgs),
    /// Print completions for a shell
    Completions(orchestrator::CompletionsArgs),
    /// Write a page for man about each command
    Man(orchestrator::ManArgs),
    /// Work for one stage: what the orchestrator starts
    #[command(hide = true)]
    Worker(Box<WorkerArgs>),
}

fn main() -> ExitCode {
    match Call::parse() {
        Call::Run(args) => orchestrator::run(&args),
        Call::Resume(args) => orchestrator::resume(&args),
        Call::Report(args) => report::report(&args),
        Call::Eff(args) => report::eff(&args),
        Call::Runs(args) => report::runs(&args),
        Call::Diff(args) => report::diff(&args),
        Call::Explain(args) => explain::explain(&args),
        Call::Where(args) => explain::where_else(&args),
        Call::Calendar(args) => load::calendar(args),
        Call::Workbook(args) => load::workbook(args),
        Call::Check(args) => load::check(args),
        Call::Convert(args) => load::convert(args),
        Call::Verify(args) => load::verify(args),
        Call::Init(args) => load::init(args),
        Call::Generate(args) => load::generate(args),
        Call::Engine(args) => solve::engine(args),
        Call::Config(args) => orchestrator::config(*args),
        Call::Policy(args) => resolve::policy(&args),
        Call::Completions(args) => orchestrator::completions(&args, &Call::command()),
        Call::Man(args) => orchestrator::man(&args, &Call::command()),
        Call::Worker(args) => work(*args),
    }
}

fn work(args: WorkerArgs) -> ExitCode {
    match args.stage {
        Stage::Load | Stage::Audit | Stage::Export => load::main(args),
        Stage::Cluster => cluster::main(args),
        Stage::Commit | Stage::Solve => solve::main(args),
        Stage::Evolve | Stage::GpuProbe => evolve::main(args),
        Stage::Resolve => resolve::main(args),
        Stage::Report => report::main(args),
    }
}
