//! `make bench`: what an import costs, beside psql's `\copy` of the same file into an equal table.
//!
//! The file has a million documents. Half of them are there already, and one in fifty of those has changed: 10,000. The
//! equal table has the columns, defaults, checks and indexes of `documents`, and is empty; it has neither triggers nor, as
//! the strict floor, foreign keys. Absolute figures change from machine to machine, so the goal is a ratio of medians of
//! one run, in which both take turns.
//!
//! `cargo bench --bench import -- --size 100000` takes another number than a million, `--rounds N` measures more often.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print its figures")]

mod cost;
mod installation;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cost::{Cost, cost, median, milliseconds, summary, verdict};
use installation::{Installation, build_release};

/// What a step of the benchmark answers with.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// One in so many of the documents that are there has changed.
const CHANGED: u64 = 50;
/// Customers and employees, so that the foreign keys have something to find.
const PEOPLE: u64 = 1_000;
/// Share of the speed of `\copy` that an import keeps, in per cent.
const LEAST_SHARE: f64 = 25.0;
/// Memory that no import may pass.
const MOST_MEGABYTES: f64 = 200.0;

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
    build_release()?;
    let place = Place::open(size)?;
    let (mut copies, mut imports, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        place.half_there()?;
        copies.push(place.copy()?);
        imports.push(place.import(&counts(size / 2, size / 2 / CHANGED, size))?);
        again.push(place.import(&counts(0, 0, size))?);
    }
    let copy = median(copies);
    println!("{size} documents, medians of {rounds} rounds        s    rows/s   of \\copy   goal   peak MB   goal");
    println!("{:<43}{:>6.2}{:>10.0}", "\\copy into an equal table", copy.as_secs_f64(), per_second(size, copy));
    for (what, costs, is_promised) in [("import, half of them new", imports, true), ("the same again", again, false)] {
        let (time, peak) = summary(&costs);
        let share = milliseconds(copy) / milliseconds(time) * 100.0;
        let least =
            if is_promised { verdict(share >= LEAST_SHARE, &format!("≥ {LEAST_SHARE} %")) } else { String::new() };
        println!(
            "{what:<43}{:>6.2}{:>10.0}{share:>8.0} %   {least:<6}{peak:>8.1}   {}",
            time.as_secs_f64(),
            per_second(size, time),
            verdict(peak <= MOST_MEGABYTES, &format!("≤ {MOST_MEGABYTES}"))
        );
    }
    place.installation.wvl(&["db", "stop"]).map(drop)
}

fn per_second(rows: u64, time: Duration) -> f64 {
    rows as f64 / time.as_secs_f64()
}

/// What an import answers that had so many documents.
fn counts(new: u64, changed: u64, size: u64) -> String {
    format!("new {new}, changed {changed}, same {}, wrong 0", size - new - changed)
}

struct Place {
    installation: Installation,
    size: u64,
}

impl Place {
    /// Customers, employees and the files; half of the documents in a table of ours.
    fn open(size: u64) -> Outcome<Place> {
        let place = Place { installation: Installation::open("import")?, size };
        std::fs::write(
            place.installation.file("wvl.toml"),
            "[company]\nname = \"Bench\"\n[calendar.default]\nstate = \"DE-BW\"\n[database]\nstate_dir = \"database\"\n",
        )?;
        place.installation.wvl(&["db", "start"])?;
        place.installation.wvl(&["db", "migrate"])?;
        place.write_file("half.csv", size / 2, false)?;
        place.write_file("all.csv", size, true)?;
        place.installation.sql(&format!(
            "INSERT INTO wvl.employees (id, number, first_name, last_name) \
             SELECT n, n, 'E', n FROM generate_series(1, {PEOPLE}) n ON CONFLICT DO NOTHING; \
             INSERT INTO wvl.partners (id, number, name) \
             SELECT n, n, 'Kunde ' || n FROM generate_series(1, {PEOPLE}) n ON CONFLICT DO NOTHING; \
             CREATE SCHEMA IF NOT EXISTS bench; DROP TABLE IF EXISTS bench.documents, bench.half; \
             CREATE TABLE bench.documents (LIKE wvl.documents INCLUDING ALL); TRUNCATE wvl.documents CASCADE"
        ))?;
        place.installation.wvl(&["document", "import", &place.file("half.csv"), "--as-of", "2026-11-20"])?;
        place.installation.sql("CREATE TABLE bench.half AS SELECT * FROM wvl.documents")?;
        Ok(place)
    }

    fn file(&self, name: &str) -> String {
        self.installation.file(name).to_string_lossy().into_owned()
    }

    fn write_file(&self, name: &str, rows: u64, is_changed: bool) -> Outcome<()> {
        let mut out = BufWriter::new(File::create(self.installation.file(name))?);
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
        self.installation.sql(
            "TRUNCATE wvl.documents CASCADE; TRUNCATE bench.documents; \
             INSERT INTO wvl.documents SELECT * FROM bench.half",
        )?;
        self.installation.sql("VACUUM (ANALYZE) wvl.documents")?;
        self.installation.sql("VACUUM bench.documents")
    }

    fn copy(&self) -> Outcome<Duration> {
        let columns = "kind, number, status, title, partner_id, handler_id, document_date, follow_up_at, net_amount, \
                       cost_amount, currency";
        let copy = format!("\\copy bench.documents ({columns}) FROM '{}' (FORMAT csv, HEADER)", self.file("all.csv"));
        let mut command = self.installation.psql()?;
        command.args(["-c", &copy]);
        self.installation.checkpoint()?;
        let started = Instant::now();
        let status = command.status()?;
        let time = started.elapsed();
        if status.success() { Ok(time) } else { Err("\\copy failed".into()) }
    }

    /// An import of the file, which answers this.
    fn import(&self, expected: &str) -> Outcome<Cost> {
        self.installation.checkpoint()?;
        let mut command =
            self.installation.command(&["document", "import", &self.file("all.csv"), "--as-of", "2026-11-20"]);
        let (cost, output) = cost(command.stdout(Stdio::piped()))?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said == expected { Ok(cost) } else { Err(format!("the import said {said:?}, not {expected:?}").into()) }
    }
}
