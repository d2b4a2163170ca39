//! Whole runs, simulated with a seed: workers that hold what was predicted, or more, or leak; neighbours that come and go.
//! What must hold at every instant is asserted at every instant.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use shared::bytes::Bytes;
use shared::wire::Stage;

use super::{
    Action, Admission, Governor, Need, Observation, Situation, Thresholds, Why, WorkerView, after_out_of_memory,
    need_of_solve,
};

const TICK_MS: u64 = 50;
const TICKS_MAX: u64 = 40_000;
const ORCHESTRATOR: Bytes = Bytes::mib(12);
const SLOTS: usize = 4;

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn in_range(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    fn is(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

#[derive(Clone, Copy)]
struct Job {
    need: Need,
    peak: Bytes,
    ticks: u64,
    leaks: bool,
    attempts: u32,
}

struct Worker {
    job: Job,
    view: WorkerView,
    age: u64,
    reaped_in: Option<u64>,
    why: Option<Why>,
}

impl Worker {
    fn live(&mut self) {
        self.age += 1;
        if self.view.is_dying || self.view.is_publishing {
            self.reaped_in = self.reaped_in.map(|ticks| ticks.saturating_sub(1));
            return;
        }
        let share = if self.job.leaks { self.age * 100 / 20 } else { (self.age * 100 / self.job.ticks).min(100) };
        self.view.charge = self.job.peak.percent(share);
        self.view.unsaved = Duration::from_millis(self.age % 40 * TICK_MS);
        if !self.job.leaks && self.age >= self.job.ticks {
            (self.view.is_publishing, self.reaped_in) = (true, Some(1));
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    AllDone,
    GaveWay,
    CannotFit,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    over_allotment: u32,
    emergencies: u32,
    enlarged: u32,
    relieved: u32,
    gave_up: u32,
    most_at_once: usize,
}

struct World {
    dice: Dice,
    governor: Governor,
    capacity: Bytes,
    host_limit: Bytes,
    others: Bytes,
    others_until: u64,
    tick: u64,
    host_read: (u64, Bytes),
    jobs: VecDeque<Job>,
    workers: Vec<Worker>,
    next_id: u32,
    tally: Tally,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let host_limit = Bytes::mib(dice.in_range(400, 4000));
        let capacity = if dice.is(50) { host_limit } else { host_limit.percent(dice.in_range(8, 100)) };
        let jobs = (0..dice.in_range(1, 12))
            .map(|_| {
                let predicted = Bytes::mib(dice.in_range(5, 60));
                Job {
                    need: need_of_solve(predicted, &BTreeMap::new()),
                    peak: predicted.percent(dice.in_range(50, 260)),
                    ticks: dice.in_range(2, 60),
                    leaks: dice.is(5),
                    attempts: 0,
                }
            })
            .collect();
        let governor = Governor::new(Thresholds { pressure_wait: Duration::from_secs(20), ..Thresholds::default() });
        Self {
            dice,
            governor,
            capacity,
            host_limit,
            others: host_limit.percent(20),
            others_until: 0,
            tick: 0,
            host_read: (0, Bytes(0)),
            jobs,
            workers: Vec::new(),
            next_id: 0,
            tally: Tally::default(),
        }
    }

    fn run(mut self) -> (End, Tally) {
        loop {
            assert!(self.tick < TICKS_MAX, "the run does not end");
            self.pass_time();
            self.reap();
            if self.jobs.is_empty() && self.workers.is_empty() {
                return (End::AllDone, self.tally);
            }
            if self.act() {
                return (End::GaveWay, self.tally);
            }
            if self.start_jobs() {
                return (End::CannotFit, self.tally);
            }
            self.check_budget();
        }
    }

    fn pass_time(&mut self) {
        self.tick += 1;
        if self.tick >= self.others_until {
            self.others = self.host_limit.percent(self.dice.in_range(0, 88));
            self.others_until = self.tick + self.dice.in_range(5, 500);
        }
        self.workers.iter_mut().for_each(Worker::live);
        // The host is read at every second tick only, so that a stale look is part of the game.
        if self.tick.is_multiple_of(2) || self.host_read.0 == 0 {
            self.host_read = (self.tick, self.host_used());
        }
    }

    fn charges(&self) -> Bytes {
        self.workers.iter().map(|worker| worker.view.charge).sum()
    }

    fn host_used(&self) -> Bytes {
        (self.others + self.charges() + ORCHESTRATOR).min(self.host_limit)
    }

    fn situation(&self) -> Situation {
        Situation {
            kept: Bytes(0),
            capacity: self.capacity,
            host_limit: self.host_limit,
            host_used: self.host_read.1,
            orchestrator: ORCHESTRATOR,
            tmpfs: Bytes(0),
            charges: self.charges(),
        }
    }

    fn reap(&mut self) {
        let (gone, left) = std::mem::take(&mut self.workers).into_iter().partition(|w: &Worker| w.reaped_in == Some(0));
        self.workers = left;
        for Worker { mut job, view, why, .. } in gone {
            job.attempts += 1;
            let again = match why {
                None => continue,
                Some(_) if job.attempts > 8 => None,
                Some(Why::HostEmergency) => Some(job.need),
                Some(Why::OverAllotment) => {
                    let most = self.capacity.percent(70).less(ORCHESTRATOR + Bytes::mib(4));
                    after_out_of_memory(view.allotment, view.charge, most)
                }
            };
            match again {
                Some(need) => self.jobs.push_back(Job { need, ..job }),
                None => self.tally.gave_up += 1,
            }
        }
    }

    fn look<'a>(&self, workers: &'a [WorkerView], queue: &'a [Need]) -> Observation<'a> {
        let at = |tick: u64| Duration::from_millis(tick * TICK_MS);
        Observation {
            now: at(self.tick),
            stage: Stage::Solve,
            situation: self.situation(),
            host_read_at: at(self.host_read.0),
            workers,
            queue,
        }
    }

    fn views(&self) -> (Vec<WorkerView>, Vec<Need>) {
        let slots = SLOTS.saturating_sub(self.workers.len());
        let queue = self.jobs.iter().take(slots).map(|job| job.need).collect();
        (self.workers.iter().map(|worker| worker.view).collect(), queue)
    }

    /// Does what the governor says; true when it gives way.
    fn act(&mut self) -> bool {
        let (workers, queue) = self.views();
        let look = self.look(&workers, &queue);
        let actions = self.governor.observe(&look);
        let mut emergencies = 0;
        for action in &actions {
            match *action {
                Action::Kill { worker, why } => {
                    if why == Why::HostEmergency {
                        emergencies += 1;
                        assert!(workers.iter().all(|view| !view.is_dying), "a second victim before the first is gone");
                        assert!(look.situation.is_host_at(80) && !look.situation.are_others_at(80));
                    }
                    self.kill(worker, why);
                }
                Action::Enlarge { worker, to } => {
                    self.tally.enlarged += 1;
                    let found = self.workers.iter_mut().find(|w| w.view.id == worker).expect("it lives");
                    assert!(to > found.view.allotment && to <= found.view.granted.percent(200));
                    found.view.allotment = to;
                }
                Action::Relieve { pass, .. } => {
                    assert!((1..=3).contains(&pass));
                    self.tally.relieved += 1;
                }
                Action::GiveWay => assert!(workers.is_empty(), "gave way while a worker ran"),
                _ => {}
            }
        }
        assert!(emergencies <= 1, "{emergencies} victims at once");
        actions.contains(&Action::GiveWay)
    }

    fn kill(&mut self, id: u32, why: Why) {
        let teardown = self.dice.in_range(1, 12);
        let victim = self.workers.iter_mut().find(|worker| worker.view.id == id).expect("it lives");
        assert!(!victim.view.is_dying, "killed twice");
        assert!(why == Why::OverAllotment || !victim.view.is_publishing, "a publishing worker was killed");
        (victim.view.is_dying, victim.why, victim.reaped_in) = (true, Some(why), Some(teardown));
        match why {
            Why::OverAllotment => self.tally.over_allotment += 1,
            Why::HostEmergency => self.tally.emergencies += 1,
        }
    }

    /// Starts what is admitted; true when the next job can never fit.
    fn start_jobs(&mut self) -> bool {
        loop {
            let (workers, queue) = self.views();
            let look = self.look(&workers, &queue);
            let allotment = match self.governor.admit(&look) {
                Admission::Granted(allotment) => allotment,
                Admission::CannotFit { .. } => return true,
                Admission::Busy | Admission::Pressure => return false,
            };
            assert!(workers.is_empty() || !look.situation.is_host_at(75), "a second job while memory is high");
            let after = allotment + look.held() + ORCHESTRATOR + Bytes::mib(4) + look.situation.others();
            assert!(after <= self.host_limit.percent(70), "admitted against the host");
            let job = self.jobs.pop_front().expect("the queue was not empty");
            assert!(allotment >= job.need.least);
            self.next_id += 1;
            let view = WorkerView {
                id: self.next_id,
                charge: Bytes(0),
                allotment,
                granted: allotment,
                is_restartable: self.dice.is(80),
                unsaved: Duration::ZERO,
                is_publishing: false,
                is_dying: false,
            };
            self.workers.push(Worker { job, view, age: 0, reaped_in: None, why: None });
            self.tally.most_at_once = self.tally.most_at_once.max(self.workers.len());
        }
    }

    fn check_budget(&self) {
        let allotments: Bytes = self.workers.iter().map(|worker| worker.view.allotment).sum();
        let all = allotments + ORCHESTRATOR + Bytes::mib(4);
        assert!(self.workers.is_empty() || all <= self.capacity.percent(70), "{all} of {}", self.capacity);
    }
}

#[test]
fn thousands_of_runs_keep_the_promises_and_end() {
    let mut ends = [0_u32; 3];
    let mut sum = Tally::default();
    for seed in 0..3000 {
        let (end, tally) = World::new(seed).run();
        ends[end as usize] += 1;
        sum.over_allotment += tally.over_allotment;
        sum.emergencies += tally.emergencies;
        sum.enlarged += tally.enlarged;
        sum.relieved += tally.relieved;
        sum.gave_up += tally.gave_up;
        sum.most_at_once = sum.most_at_once.max(tally.most_at_once);
    }
    println!("done, gave way, cannot fit: {ends:?}; {sum:?}");
    assert!(ends.iter().all(|count| *count > 10), "a kind of end is never tried: {ends:?}");
    let counts = [sum.over_allotment, sum.emergencies, sum.enlarged, sum.relieved, sum.gave_up];
    assert!(counts.iter().all(|count| *count > 50), "something is never tried: {sum:?}");
    assert_eq!(sum.most_at_once, SLOTS, "adaptive parallelism is never at its best");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..50 {
        assert_eq!(World::new(seed).run(), World::new(seed).run());
    }
}
