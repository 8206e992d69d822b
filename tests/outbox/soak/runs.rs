//! A process `wvl mail flush` and what is done to it.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant, SystemTime};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use wvl::db::parameters::Parameters;

use super::driver::Continued;
use super::ledger::micros;
use crate::env::{TestEnvironment, bare_command};

/// How its life ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// By itself.
    Free,
    /// By SIGKILL at the point with this number.
    KilledAt(u64),
    /// By SIGKILL so long after it first met a server.
    KilledAfter(Duration),
    /// Stopped so long after it first met a server, and continued when its lease is over.
    Stopped(Duration),
    /// So long after it first met a server one of its sessions in the database is ended.
    CutOff(Duration),
}

/// What has been done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing yet.
    Running,
    /// SIGSTOP was sent.
    Stopped {
        at: Instant,
        /// Recipients that it had handed over and not noted, with the attempt; none: not looked yet.
        unnoted: Option<Vec<(String, i64)>>,
    },
    /// What was to be done is done.
    Done,
}

/// The process.
pub struct Run {
    pub number: u64,
    pub door: usize,
    pub connections: u64,
    pub fate: Fate,
    pub phase: Phase,
    pub child: Child,
    pub started: Instant,
    /// When it first met a server.
    pub met: Option<Instant>,
    /// Connections that its door had seen before it.
    pub before: usize,
    /// When it was continued, and with which connections.
    pub continued: Option<Continued>,
    /// What it had handed over and not noted when it was stopped.
    pub unnoted: Vec<(String, i64)>,
    output: PathBuf,
}

/// What a run is started with.
pub struct Start<'s> {
    pub environment: &'s TestEnvironment,
    pub url: &'s str,
    pub number: u64,
    pub door: usize,
    pub port: u16,
    pub before: usize,
    pub connections: u64,
    pub fate: Fate,
    pub lease_seconds: u64,
    /// Recipients at most; none: all there are.
    pub limit: Option<u64>,
}

impl Run {
    /// Starts it.
    pub fn start(start: Start<'_>) -> Run {
        let Start { environment, number, .. } = start;
        let mut parameters = Parameters::parse(start.url).unwrap();
        parameters.set("application_name", application_name(number));
        let config = environment.write(&format!("wvl-{number}.toml"), configuration(&parameters.masked(), &start));
        let output = environment.path().join(format!("output-{number}"));
        let mut command = bare_command(&["--config", config.to_str().unwrap(), "mail", "flush"]);
        command.current_dir(environment.path());
        if let Some(limit) = start.limit {
            command.args(["--limit", &limit.to_string()]);
        }
        // now and then a pause between what a server has said and the note of it: there a death costs most
        let pauses = "after-delivery=5%sleep(20);before-acknowledgement=5%sleep(20);offered=5%sleep(20)";
        command.env("FAILPOINTS", format!("lease-seconds=return({});{pauses}", start.lease_seconds));
        if let Fate::KilledAt(point) = start.fate {
            command.env("WVL_KILL_AT", point.to_string());
        }
        let file = File::create(&output).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Run {
            number,
            door: start.door,
            connections: start.connections,
            fate: start.fate,
            phase: Phase::Running,
            child: command.spawn().unwrap(),
            started: Instant::now(),
            met: None,
            before: start.before,
            continued: None,
            unnoted: Vec::new(),
            output,
        }
    }

    /// Sends it a signal; it may have ended.
    pub fn signal(&mut self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        // not reaped yet, so the number is still its own
        let _ = kill(Pid::from_raw(id), signal);
    }

    /// Lets it go on; its door has seen so many connections.
    pub fn go_on(&mut self, before: u64) {
        let at = micros(SystemTime::now());
        self.continued = Some(Continued { at, before, connections: self.connections });
        self.signal(Signal::SIGCONT);
        self.phase = Phase::Done;
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// All it said.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.output).unwrap()).into_owned()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// By which the sessions of a run are known in the database.
pub fn application_name(number: u64) -> String {
    format!("soak-{number}")
}

fn configuration(url: &str, start: &Start<'_>) -> String {
    format!(
        "[database]\nurl = {url:?}\n\n\
         [mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\nmax_per_hour = 0\n\n\
         [mail.smtp]\nhost = \"localhost\"\nport = {}\ntls = \"none\"\ntimeout_seconds = 1\n\
         user = \"wvl\"\npassword_file = \"password\"\nconnections = {}\nmessages_per_connection = 20\n",
        start.port, start.connections
    )
}
