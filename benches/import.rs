//! `make bench`: what an import costs, beside psql's `\copy` of the same file into an equal table.
//!
//! The file has a million documents. Half of them are there already, and one in fifty of those has changed: 10,000. The
//! equal table has the columns, defaults, checks and indexes of `documents`, is empty, and has no triggers and foreign
//! keys. Absolute figures change from machine to machine, so the goal is a ratio of medians of one run, in which both take
//! turns. Everything lies below `target/tmp/bench-data` and stays there for the next time.
//!
//! `cargo bench --bench import -- --size 100000` takes another number than a million, `--rounds N` measures more often.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The binary, where cargo puts it.
const WVL: &str = env!("CARGO_BIN_EXE_wvl");
/// One in so many of the documents that are there has changed.
const CHANGED: u64 = 50;
/// Customers and employees, so that the foreign keys have something to find.
const PEOPLE: u64 = 1_000;
/// Share of the speed of `\copy` that an import keeps.
const LEAST_SHARE: f64 = 0.25;
/// Memory that no import may pass.
const MOST_MEGABYTES: f64 = 200.0;

struct Place {
    folder: PathBuf,
    size: u64,
}

fn main() -> Outcome<()> {
    let (mut size, mut rounds) = (1_000_000_u64, 3_usize);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--size" => size = arguments.next().unwrap_or_default().parse::<u64>()?.max(1_000),
            "--rounds" => rounds = arguments.next().unwrap_or_default().parse::<usize>()?.max(1),
            // cargo says what kind of run it is
            "--bench" => {}
            other => return Err(format!("{other} is none of --size N, --rounds N").into()),
        }
    }
    let place = Place::open(size)?;
    let (mut copies, mut imports, mut again, mut peak) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        place.half_there()?;
        copies.push(place.copy()?);
        let (time, memory) = place.import(&counts(size / 2, size / 2 / CHANGED))?;
        imports.push(time);
        let (time, more) = place.import(&counts(0, 0).replace("same 0", &format!("same {size}")))?;
        again.push(time);
        peak = peak.max(memory).max(more);
    }
    let (copy, import, again) = (median(copies), median(imports), median(again));
    let share = copy.as_secs_f64() / import.as_secs_f64();
    let peak = peak as f64 / 1024.0;
    println!("{size} documents                         s    rows/s");
    for (what, time) in [("\\copy into an equal table", copy), ("import, half new", import), ("the same again", again)]
    {
        println!("{what:<34}{:>8.2}{:>10.0}", time.as_secs_f64(), size as f64 / time.as_secs_f64());
    }
    let verdict = |good: bool| if good { "" } else { "NOT " };
    println!("share of \\copy's speed             {share:>7.2}   {}≥ {LEAST_SHARE}", verdict(share >= LEAST_SHARE));
    println!("peak MB                            {peak:>7.1}   {}≤ {MOST_MEGABYTES}", verdict(peak <= MOST_MEGABYTES));
    place.wvl(&["db", "stop"]).map(drop)
}

fn counts(new: u64, changed: u64) -> String {
    format!("new {new}, changed {changed}, same {}, wrong 0", if new == 0 { 0 } else { new - changed })
}

impl Place {
    /// A private cluster of its own with customers, employees and the file.
    fn open(size: u64) -> Outcome<Place> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-data").join(format!("import-{size}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(
            folder.join("wvl.toml"),
            "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n",
        )?;
        let place = Place { folder, size };
        place.wvl(&["db", "start"])?;
        place.wvl(&["db", "migrate"])?;
        place.sql(&format!(
            "INSERT INTO wvl.employees (id, number, first_name, last_name) \
             SELECT n, n, 'E', n FROM generate_series(1, {PEOPLE}) n ON CONFLICT DO NOTHING; \
             INSERT INTO wvl.partners (id, number, name) \
             SELECT n, n, 'Kunde ' || n FROM generate_series(1, {PEOPLE}) n ON CONFLICT DO NOTHING; \
             CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.documents, bench.half; \
             CREATE TABLE bench.documents (LIKE wvl.documents INCLUDING ALL)"
        ))?;
        place.write_file("half.csv", size / 2, false)?;
        place.write_file("all.csv", size, true)?;
        place.sql("TRUNCATE wvl.documents CASCADE")?;
        place.wvl(&["document", "import", &place.file("half.csv"), "--as-of", "2026-11-20"])?;
        place.sql("CREATE TABLE bench.half AS SELECT * FROM wvl.documents")?;
        Ok(place)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn write_file(&self, name: &str, rows: u64, is_changed: bool) -> Outcome<()> {
        let mut out = BufWriter::new(File::create(self.folder.join(name))?);
        writeln!(out, "kind,number,status,title,partner,handler,date,follow_up,net_amount,cost_amount,currency")?;
        for number in 0..rows {
            let person = number % PEOPLE + 1;
            let day = number % 28 + 1;
            let more = u64::from(is_changed && number < self.size / 2 && number % CHANGED == 0);
            writeln!(
                out,
                "offer,AN-{number:08},open,\"Angebot {number}, Server und Arbeitsplätze\",{person},{person},2026-10-{day:02},\
                 2026-12-{day:02},{}.50,{}.25,EUR",
                1000 + number % 90_000 + more,
                700 + number % 60_000,
            )?;
        }
        Ok(out.flush()?)
    }

    /// Half of the documents as they were, and an empty equal table.
    fn half_there(&self) -> Outcome<()> {
        self.sql(
            "TRUNCATE wvl.documents CASCADE; TRUNCATE bench.documents; \
             INSERT INTO wvl.documents SELECT * FROM bench.half",
        )?;
        self.sql("VACUUM (ANALYZE) wvl.documents")?;
        self.sql("VACUUM bench.documents")
    }

    fn copy(&self) -> Outcome<Duration> {
        let columns = "kind, number, status, title, partner_id, handler_id, document_date, follow_up_at, net_amount, \
                       cost_amount, currency";
        let copy = format!("\\copy bench.documents ({columns}) FROM '{}' (FORMAT csv, HEADER)", self.file("all.csv"));
        let started = Instant::now();
        self.psql(&["-c", &copy])?;
        Ok(started.elapsed())
    }

    /// An import of the file, which answers this: its time and the most memory it had resident, in kB.
    fn import(&self, expected: &str) -> Outcome<(Duration, u64)> {
        let file = self.file("all.csv");
        let mut command = self.command(&["document", "import", &file, "--as-of", "2026-11-20"]);
        let started = Instant::now();
        let child = command.stdout(Stdio::piped()).spawn()?;
        let status_file = format!("/proc/{}/status", child.id());
        let watcher = std::thread::spawn(move || {
            let mut peak = 0;
            // a process that has ended has no such file, or one without this line
            while let Some(kilobytes) = std::fs::read_to_string(&status_file).ok().as_deref().and_then(high_water) {
                peak = peak.max(kilobytes);
                std::thread::sleep(Duration::from_millis(5));
            }
            peak
        });
        let output = child.wait_with_output()?;
        let time = started.elapsed();
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said != expected {
            return Err(format!("the import said {said:?} instead of {expected:?}").into());
        }
        Ok((time, watcher.join().map_err(|_| "the watcher of the memory broke down")?))
    }

    fn sql(&self, statements: &str) -> Outcome<()> {
        self.psql(&["-c", "SET client_min_messages = warning", "-c", statements])
    }

    fn psql(&self, arguments: &[&str]) -> Outcome<()> {
        let all = [&["db", "psql", "--", "-X", "-q", "-v", "ON_ERROR_STOP=1"], arguments].concat();
        self.wvl(&all).map(drop)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WVL);
        command.args(arguments).env("WVL_CONFIG", self.folder.join("wvl.toml"));
        command
    }

    fn wvl(&self, arguments: &[&str]) -> Outcome<String> {
        let output = self.command(arguments).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("wvl {} failed: {}", arguments.join(" "), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
