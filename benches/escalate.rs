//! `make bench`: what a run costs on a million open documents, beside the floor.
//!
//! The floor is what no program can avoid: selecting the same rows by index, and writing the same bytes with COPY into equal
//! tables in one transaction. Absolute figures change from machine to machine; the ratio is what counts. Everything lies in a
//! folder of its own below `target/`; the loaded database stays there for the next time.
//!
//! `cargo bench -- 200000 2000` takes fewer documents (all, newly due).

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The release binary that cargo built for this benchmark.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");
/// A Friday noon, so that no weekend and no holiday is in the way.
const AS_OF: &str = "2026-11-20T12:00";
/// Each figure is the median of so many runs.
const ROUNDS: usize = 3;

/// Only offers escalate. Bundled: one mail a person. Single: one mail an item, the most that a run can have to render.
const CONFIGURATIONS: [(&str, &str); 2] = [("bundled", ""), ("single", "bundle = false\n")];

/// Everything that a run writes.
const WRITTEN: [&str; 5] =
    ["escalation_chains", "escalation_steps", "escalation_step_messages", "outbox_messages", "outbox_recipients"];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let size = numbers.first().copied().unwrap_or(1_000_000);
    let due = numbers.get(1).copied().unwrap_or(size / 100);
    let bench = Bench::new()?;

    let (loaded, load_time) = bench.load(size, due)?;
    println!("{size} open documents, {due} newly due, {ROUNDS} rounds each; {}", bench.server()?);
    if loaded {
        println!("demo load: {:.1} s", load_time.as_secs_f64());
    }
    println!(
        "\n{:<10}{:>8}{:>9}{:>12}{:>12}{:>12}{:>9}",
        "", "mails", "run s", "peak MB", "select s", "write s", "× floor"
    );
    for (name, extra) in CONFIGURATIONS {
        bench.configure(extra)?;
        let mut runs = Vec::new();
        let (mut selects, mut writes, mut peak, mut mails) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..ROUNDS {
            bench.forget_runs()?;
            let run = bench.run_once()?;
            runs.push(run.time);
            peak = peak.max(run.peak_kilobytes);
            let steps = bench.number("SELECT count(*) FROM wvl.escalation_steps")?;
            if steps != due {
                return Err(format!("the run took {steps} steps instead of {due}").into());
            }
            mails = bench.number("SELECT count(*) FROM wvl.outbox_messages")?;
            selects.push(bench.floor_select()?);
            writes.push(bench.floor_write()?);
        }
        let (run, select, write) = (median(runs), median(selects), median(writes));
        println!(
            "{name:<10}{mails:>8}{:>9.2}{:>12.1}{:>12.3}{:>12.3}{:>9.1}",
            run.as_secs_f64(),
            peak as f64 / 1024.0,
            select.as_secs_f64(),
            write.as_secs_f64(),
            run.as_secs_f64() / (select + write).as_secs_f64()
        );
    }
    bench.forget_runs()?;
    bench.wvl(&["demo", "stop", "--folder", &bench.folder.to_string_lossy()])?;
    Ok(())
}

struct Bench {
    folder: PathBuf,
}

struct Run {
    time: Duration,
    peak_kilobytes: u64,
}

impl Bench {
    fn new() -> Outcome<Bench> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
        std::fs::create_dir_all(&folder)?;
        Ok(Bench { folder })
    }

    fn config(&self) -> PathBuf {
        self.folder.join("wvl.toml")
    }

    /// A database with so many documents; false if it was there already.
    fn load(&self, size: u64, due: u64) -> Outcome<(bool, Duration)> {
        if !self.config().exists() {
            self.configure("")?;
        }
        self.wvl(&["demo", "start", "--quiet", "--as-of", AS_OF, "--folder", &self.folder.to_string_lossy()])?;
        let there = self.number("SELECT count(*) FROM wvl.documents WHERE number LIKE 'L________'")?;
        let others = self.number("SELECT count(*) FROM wvl.documents")? - there;
        let newly_due = format!("SELECT count(*) FROM wvl.escalation_offer_follow_up WHERE due_at < '{AS_OF}'");
        if there == size && others == 0 && self.number(&newly_due)? == due {
            return Ok((false, Duration::ZERO));
        }
        // the company's own documents would be due beside the measured ones
        self.sql("TRUNCATE wvl.documents, wvl.tickets, wvl.contracts CASCADE")?;
        let started = Instant::now();
        self.wvl(&["demo", "load", "--as-of", AS_OF, "--size", &size.to_string(), "--due", &due.to_string()])?;
        let time = started.elapsed();
        self.sql("VACUUM (ANALYZE) wvl.documents, wvl.document_lines, wvl.partners")?;
        Ok((true, time))
    }

    fn configure(&self, extra: &str) -> Outcome<()> {
        let text = format!(
            "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n\
             [mail]\nmode = \"live\"\ntransport = \"maildir\"\nmaildir = \"Maildir\"\nsigning_keys_file = \"signing-keys\"\n\
             [escalation]\ncompany_heads = [101]\n[escalation.offer-follow-up]\nactive = true\n{extra}"
        );
        Ok(std::fs::write(self.config(), text)?)
    }

    /// As if nothing had ever been escalated; the files of the tables are new, so no round pays for the one before.
    fn forget_runs(&self) -> Outcome<()> {
        let tables: Vec<String> = WRITTEN.iter().map(|table| format!("wvl.{table}")).collect();
        self.sql(&format!("TRUNCATE {}, wvl.escalation_marks; ANALYZE {}", tables.join(", "), tables.join(", ")))
    }

    /// One run, its wall time and the most memory that it ever had resident.
    fn run_once(&self) -> Outcome<Run> {
        let started = Instant::now();
        let mut child = Command::new(WVL)
            .args(["escalate", "run", "--no-flush", "--as-of", AS_OF])
            .env("WVL_CONFIG", self.config())
            .stdout(Stdio::null())
            .spawn()?;
        let status_file = format!("/proc/{}/status", child.id());
        let mut peak_kilobytes = 0;
        let status = loop {
            let status = std::fs::read_to_string(&status_file).unwrap_or_default();
            let high_water = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = high_water.and_then(|value| value.trim().trim_end_matches("kB").trim().parse().ok());
            peak_kilobytes = peak_kilobytes.max(kilobytes.unwrap_or(0));
            if let Some(status) = child.try_wait()? {
                break status;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let time = started.elapsed();
        if !status.success() {
            return Err(format!("escalate run failed: {status}").into());
        }
        Ok(Run { time, peak_kilobytes })
    }

    /// The rows that the run needed, by the index on their due date, all the way to the client.
    fn floor_select(&self) -> Outcome<Duration> {
        let select = format!("SELECT * FROM wvl.escalation_offer_follow_up WHERE due_at < '{AS_OF}'");
        self.timed(&format!("\\copy ({select}) TO '{}' WITH (FORMAT binary)\n", self.scratch("items").display()))
    }

    /// What the run has written, once more, into equal tables.
    fn floor_write(&self) -> Outcome<Duration> {
        let mut prepare = String::from("DROP SCHEMA IF EXISTS floor CASCADE;\nCREATE SCHEMA floor;\n");
        let mut write = String::from("BEGIN;\n");
        for table in WRITTEN {
            let file = self.scratch(table);
            prepare.push_str(&format!("\\copy wvl.{table} TO '{}' WITH (FORMAT binary)\n", file.display()));
            prepare.push_str(&format!("CREATE TABLE floor.{table} (LIKE wvl.{table} INCLUDING ALL);\n"));
            write.push_str(&format!("\\copy floor.{table} FROM '{}' WITH (FORMAT binary)\n", file.display()));
        }
        write.push_str("COMMIT;\n");
        self.timed(&prepare)?;
        let time = self.timed(&write)?;
        self.sql("DROP SCHEMA floor CASCADE")?;
        Ok(time)
    }

    fn scratch(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.copy"))
    }

    fn server(&self) -> Outcome<String> {
        Ok(format!("Postgres {}", self.answer("SELECT current_setting('server_version')")?))
    }

    fn number(&self, question: &str) -> Outcome<u64> {
        Ok(self.answer(question)?.parse()?)
    }

    fn answer(&self, question: &str) -> Outcome<String> {
        self.psql(&["-c", question], "")
    }

    fn sql(&self, statement: &str) -> Outcome<()> {
        self.psql(&["-c", statement], "").map(drop)
    }

    /// Wall time of a script in a psql of its own, its start (about 20 ms) included.
    fn timed(&self, script: &str) -> Outcome<Duration> {
        let started = Instant::now();
        self.psql(&[], script)?;
        Ok(started.elapsed())
    }

    fn psql(&self, arguments: &[&str], script: &str) -> Outcome<String> {
        let mut all = vec!["db", "psql", "--", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];
        all.extend(["-c", "SET client_min_messages = warning"]);
        all.extend(arguments);
        let file = self.scratch("script");
        if !script.is_empty() {
            std::fs::write(&file, script)?;
            all.extend(["-f", file.to_str().ok_or("the path is no text")?]);
        }
        self.wvl(&all)
    }

    fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        let output =
            Command::new(WVL).args(arguments).env("WVL_CONFIG", self.config()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("wvl {} failed: {}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
