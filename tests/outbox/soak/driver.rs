//! Starts senders, kills them, stops them and cuts them off, until nothing is left to send.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::chance::Chance;
use super::ledger::Answered;
use super::runs::{Fate, Phase, Run, Start, application_name};
use super::servers::Servers;
use super::watcher::Watcher;
use crate::env::{TestDatabase, TestEnvironment};

/// Senders at the same time.
pub const DOORS: usize = 3;

/// A sender that sits so long has hung.
const LONGEST_RUN: Duration = Duration::from_secs(180);

/// The share of a lease after which the servers have answered all that was on its way when a sender was stopped, and nobody
/// may have taken it over yet.
const SETTLED: f64 = 0.6;

/// A recipient whose mail a server had taken when its sender was killed or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub address: String,
    pub run: u64,
    pub why: Why,
}

/// Who took the sender away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Killed,
    Stopped,
}

/// A sender that was stopped beyond its lease and went on.
#[derive(Clone, Copy, Debug)]
pub struct Continued {
    /// When, microseconds since 1970.
    pub at: u128,
    /// Connections of its door up to then: what has such a number was opened before the stop.
    pub before: u64,
    /// How many it may have open at a time.
    pub connections: u64,
}

/// How many of those that were to end by force really did.
const FEWEST_DEATHS_PERCENT: usize = 25;

/// What a soak is to do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub messages: usize,
    /// Senders that end in another way than by themselves.
    pub deaths: usize,
    /// Of those, how many are stopped beyond their lease: each costs seconds.
    pub stops: usize,
    pub lease_seconds: u64,
}

/// A soak under way.
pub struct Driver<'s> {
    environment: &'s TestEnvironment,
    servers: &'s Servers,
    plan: Plan,
    chance: Chance,
    runs: Vec<Run>,
    next: u64,
    left: Plan,
    watcher: Watcher,
    /// What was taken by a server and lost sight of by us.
    pub losses: Vec<Loss>,
    /// How often what was done.
    pub done: BTreeMap<String, usize>,
    /// Of those that were killed or stopped: how many connections they had together.
    pub lost_connections: u64,
    /// Those that were stopped and continued.
    pub continued: BTreeMap<u64, Continued>,
    /// The number of each process; rows name it.
    pub processes: BTreeMap<u64, u32>,
    /// What each was fated to, and how it ended.
    pub fates: BTreeMap<u64, String>,
}

impl<'s> Driver<'s> {
    /// A driver with everything before it.
    pub fn new(environment: &'s TestEnvironment, servers: &'s Servers, plan: Plan, watcher: Watcher) -> Driver<'s> {
        Driver {
            environment,
            servers,
            plan,
            chance: Chance::of(plan.seed, 2),
            runs: Vec::new(),
            next: 1,
            left: plan,
            watcher,
            losses: Vec::new(),
            done: BTreeMap::new(),
            lost_connections: 0,
            continued: BTreeMap::new(),
            processes: BTreeMap::new(),
            fates: BTreeMap::new(),
        }
    }

    /// Sends all there is.
    pub fn drive(&mut self) {
        let mut copied = false;
        let mut due = Instant::now();
        loop {
            if due.elapsed() > Duration::from_millis(200) {
                self.make_due();
                due = Instant::now();
                self.watcher.look(&self.runs);
                if self.open() == 0 && self.runs.is_empty() {
                    break;
                }
            }
            let half = !copied && self.sent() * 2 > self.plan.messages as i64;
            for door in 0..DOORS {
                if !half && !self.runs.iter().any(|run| run.door == door) {
                    self.start(door);
                }
            }
            self.tend();
            if half && self.runs.is_empty() {
                self.send_nothing_from_a_copy();
                copied = true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.come_to_rest();
        let deaths = self.deaths();
        let wanted = self.plan.deaths * FEWEST_DEATHS_PERCENT / 100;
        assert!(deaths >= wanted, "only {deaths} senders ended by force: {:?}", self.done);
    }

    fn start(&mut self, door: usize) {
        // while all that is left is held by the dead, a new sender every tick would only wait for a turn
        if self.due() == 0 && self.chance.percent(95) {
            return;
        }
        let fate = self.fate();
        let number = self.next;
        self.next += 1;
        let switch = &self.servers.doors[door];
        switch.open_for(number);
        let connections = self.chance.weighted(&[(1, 2), (4, 3), (8, 1)]);
        let limit = self.chance.within(10..150);
        self.runs.push(Run::start(Start {
            environment: self.environment,
            url: &self.environment.database.url,
            number,
            door,
            port: switch.port,
            before: switch.connections(),
            connections,
            fate,
            lease_seconds: self.plan.lease_seconds,
            // or those that have survived would do all the work
            limit: Some(limit),
        }));
    }

    fn fate(&mut self) -> Fate {
        if self.left.deaths == 0 {
            return Fate::Free;
        }
        let chance = &mut self.chance;
        let soon = Duration::from_millis(chance.within(1..60));
        let stop = u64::from(self.left.stops > 0) * 15;
        let point = chance.within(1..60);
        let fate = chance.weighted(&[
            (Fate::KilledAt(point), 35),
            (Fate::KilledAfter(soon), 35),
            (Fate::Stopped(soon), stop),
            (Fate::CutOff(soon), 15),
        ]);
        self.left.deaths -= 1;
        if matches!(fate, Fate::Stopped(_)) {
            self.left.stops -= 1;
        }
        fate
    }

    /// Does to each sender what it was fated to, and looks after those that have ended.
    fn tend(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        let mut alive = Vec::new();
        for mut run in runs.drain(..) {
            if let Some(status) = run.ended() {
                self.bury(&mut run, status);
                continue;
            }
            assert!(run.started.elapsed() < LONGEST_RUN, "run {} hangs: {}", run.number, run.said());
            self.strike(&mut run);
            alive.push(run);
        }
        self.runs = alive;
    }

    fn strike(&mut self, run: &mut Run) {
        let door = &self.servers.doors[run.door];
        if run.met.is_none() && (door.connections() > run.before || run.started.elapsed() > Duration::from_secs(5)) {
            run.met = Some(Instant::now());
        }
        let Some(met) = run.met else { return };
        match (run.phase.clone(), run.fate) {
            (Phase::Running, Fate::KilledAfter(after)) if met.elapsed() >= after => {
                run.signal(Signal::SIGKILL);
                run.phase = Phase::Done;
            }
            (Phase::Running, Fate::CutOff(after)) if met.elapsed() >= after => {
                let name = application_name(run.number);
                let ended = self.environment.database.number(&format!(
                    "SELECT count(pg_terminate_backend(pid)) FROM
                     (SELECT pid FROM pg_stat_activity WHERE application_name = '{name}' ORDER BY random() LIMIT 1) s"
                ));
                self.count("sessions ended in the database", ended as usize);
                run.phase = Phase::Done;
            }
            (Phase::Running, Fate::Stopped(after)) if met.elapsed() >= after => {
                run.signal(Signal::SIGSTOP);
                run.phase = Phase::Stopped { at: Instant::now(), unnoted: None };
            }
            (Phase::Stopped { at, unnoted: None }, _)
                if at.elapsed().as_secs_f64() > SETTLED * self.plan.lease_seconds as f64 =>
            {
                run.unnoted = self.unnoted(run.number);
                run.phase = Phase::Stopped { at, unnoted: Some(run.unnoted.clone()) };
            }
            (Phase::Stopped { at, unnoted: Some(unnoted) }, _) => {
                let lease = Duration::from_secs(self.plan.lease_seconds);
                let patient = at.elapsed() < lease * 3;
                if at.elapsed() > lease + Duration::from_secs(1) && !(patient && self.is_still_its(&unnoted)) {
                    run.go_on(door.connections() as u64);
                    self.count("senders stopped beyond their lease and continued", 1);
                }
            }
            _ => {}
        }
    }

    /// What a server has taken from it and the database does not know of: state sending, with the attempt.
    fn unnoted(&self, run: u64) -> Vec<(String, i64)> {
        let transfers = self.servers.transfers_of(run).into_iter();
        let taken: Vec<String> = transfers
            .filter(|transfer| transfer.answered == Answered::Yes)
            .flat_map(|transfer| transfer.to)
            .map(|address| format!("'{address}'"))
            .collect();
        if taken.is_empty() {
            return Vec::new();
        }
        let rows = self.environment.database.text(&format!(
            "SELECT string_agg(address || ' ' || attempt, ',') FROM outbox_recipients
             WHERE state = 'sending' AND address IN ({})",
            taken.join(",")
        ));
        let pairs = rows.split(',').filter_map(|pair| pair.split_once(' '));
        pairs.map(|(address, attempt)| (address.to_owned(), attempt.parse().unwrap())).collect()
    }

    fn is_still_its(&self, unnoted: &[(String, i64)]) -> bool {
        unnoted.iter().any(|(address, attempt)| {
            self.environment.database.number(&format!(
                "SELECT count(*) FROM outbox_recipients
                 WHERE address = '{address}' AND attempt = {attempt} AND state = 'sending'"
            )) > 0
        })
    }

    /// A sender has ended: what did it leave behind? Its leases still run, so nobody else has touched that.
    fn bury(&mut self, run: &mut Run, status: std::process::ExitStatus) {
        let (number, database) = (run.number, &self.environment.database);
        let deadline = Instant::now() + Duration::from_secs(20);
        let sessions =
            format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}'", application_name(number));
        while self.servers.doors[run.door].busy(number) > 0 || database.number(&sessions) > 0 {
            assert!(Instant::now() < deadline, "run {number} has ended, and somebody still works for it");
            std::thread::sleep(Duration::from_millis(2));
        }
        let said = run.said();
        self.watcher.refuse(&said, &format!("what run {number} said"));
        let fate = format!(
            "{:?}, {status}, {} connections, stopped without a note of {:?}, continued at {:?}: {said}",
            run.fate, run.connections, run.unnoted, run.continued
        );
        self.fates.insert(number, fate);
        self.processes.insert(number, run.child.id());
        let was_killed = status.signal() == Some(Signal::SIGKILL as i32);
        let name = match (was_killed, run.fate, status.code()) {
            (true, Fate::KilledAt(_), _) => "senders killed at a point".to_owned(),
            (true, ..) => "senders killed at any time".to_owned(),
            (false, _, Some(code @ (0 | 3 | 69 | 75))) => format!("senders that ended with {code}"),
            (false, _, code) => panic!("run {number} ended with {code:?}: {said}"),
        };
        self.count(&name, 1);
        if let Some(continued) = run.continued {
            self.continued.insert(number, continued);
            self.lost_connections += run.connections;
            for (address, attempt) in std::mem::take(&mut run.unnoted) {
                let noted = format!(
                    "SELECT count(*) FROM outbox_recipients
                     WHERE address = '{address}' AND attempt = {attempt} AND state = 'sent'"
                );
                if self.environment.database.number(&noted) == 0 {
                    self.losses.push(Loss { address, run: number, why: Why::Stopped });
                }
            }
            return;
        }
        let unnoted = self.unnoted(number);
        if was_killed {
            self.lost_connections += run.connections;
        } else {
            assert!(unnoted.is_empty(), "run {number} ({:?}) ended without noting {unnoted:?}: {said}", run.fate);
        }
        let lost = unnoted.into_iter().map(|(address, _)| Loss { address, run: number, why: Why::Killed });
        self.losses.extend(lost);
    }

    /// G17: what was restored or copied sends nothing.
    fn send_nothing_from_a_copy(&mut self) {
        let copy: TestDatabase = self.environment.database.held_copy();
        let (number, door) = (self.next, &self.servers.doors[0]);
        self.next += 1;
        door.open_for(number);
        let before = door.connections();
        let mut run = Run::start(Start {
            environment: self.environment,
            url: &copy.url,
            number,
            door: 0,
            port: door.port,
            before,
            connections: 1,
            fate: Fate::Free,
            lease_seconds: self.plan.lease_seconds,
            limit: None,
        });
        let status = run.child.wait().unwrap();
        assert_eq!((status.code(), door.connections() - before), (Some(3), 0), "a copy sends: {}", run.said());
        self.watcher.refuse(&run.said(), "what a sender on a copy said");
        drop(run);
        self.count("copies of the database that sent nothing", 1);
    }

    /// When all is said and done: three more flushes do nothing.
    fn come_to_rest(&mut self) {
        for _ in 0..3 {
            let (number, door) = (self.next, &self.servers.doors[0]);
            self.next += 1;
            door.open_for(number);
            let before = door.connections();
            let mut run = Run::start(Start {
                environment: self.environment,
                url: &self.environment.database.url,
                number,
                door: 0,
                port: door.port,
                before,
                connections: 4,
                fate: Fate::Free,
                lease_seconds: self.plan.lease_seconds,
                limit: None,
            });
            let status = run.child.wait().unwrap();
            assert_eq!((status.code(), run.said().as_str(), door.connections() - before), (Some(0), "", 0));
        }
    }

    /// Senders that were killed, stopped beyond their lease, or lost their session: each may have left a claim behind.
    pub fn deaths(&self) -> usize {
        let violent = ["senders killed", "senders stopped", "sessions ended"];
        let deaths = self.done.iter().filter(|(what, _)| violent.iter().any(|word| what.starts_with(word)));
        deaths.map(|(_, count)| count).sum()
    }

    fn count(&mut self, what: &str, times: usize) {
        *self.done.entry(what.to_owned()).or_default() += times;
    }

    /// What is to be tried again is tried now.
    fn make_due(&self) {
        self.environment.database.execute(
            "UPDATE outbox_recipients SET next_attempt_at = now() WHERE state = 'retry' AND next_attempt_at > now()",
        );
    }

    fn open(&self) -> i64 {
        self.environment
            .database
            .number("SELECT count(*) FROM outbox_recipients WHERE state IN ('queued', 'retry', 'sending')")
    }

    fn due(&self) -> i64 {
        self.environment.database.number(
            "SELECT count(*) FROM outbox_recipients WHERE state IN ('queued', 'retry')
             OR (state = 'sending' AND leased_until < now())",
        )
    }

    fn sent(&self) -> i64 {
        self.environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'")
    }
}
