//! The two limits: what the server takes, and what the database commits.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;
use wvl::db;

use crate::place::Place;
use crate::{BYTES, Outcome};

/// Where Postfix has its test programs.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// As many as `mail flush` claims at a time.
const BATCH: i64 = 50;

/// Postfix's test server, which takes everything and keeps nothing.
pub struct Sink {
    process: Child,
    /// Where it listens.
    pub port: u16,
}

impl Sink {
    /// Starts it.
    pub fn start() -> Outcome<Sink> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("smtp-sink");
        command.env("PATH", PATH).current_dir("/");
        if nix::unistd::geteuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        let process = command
            .args([&format!("127.0.0.1:{port}"), "100"])
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("smtp-sink (package postfix): {error}"))?;
        let sink = Sink { process, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err("smtp-sink does not listen".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(sink)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// As many mails of the same length by Postfix's own test client.
pub fn source(sink: &Sink, sessions: usize, size: u64) -> Outcome<Duration> {
    let mut command = Command::new("smtp-source");
    command.env("PATH", PATH).args(["-s", &sessions.to_string(), "-l", &BYTES.to_string(), "-m", &size.to_string()]);
    command.args(["-d", "-f", "wvl@bench.example", "-t", "anna@bench.example", &format!("127.0.0.1:{}", sink.port)]);
    let started = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        return Err(format!("smtp-source: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(started.elapsed())
}

/// The same claims and the same acknowledgements, over as many connections, until the queue is empty. Cheaper than what a
/// flush does: nothing is loaded, no guard is asked, and the connections stand already.
pub fn commits(place: &Place, connections: usize) -> Outcome<Duration> {
    let opened: Outcome<Vec<PgConnection>> = (0..connections).map(|_| place.connect()).collect();
    let barrier = Barrier::new(connections + 1);
    let (started, outcomes) = std::thread::scope(|scope| {
        let threads: Vec<_> = opened?
            .into_iter()
            .map(|mut connection| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    empty(&mut connection)
                })
            })
            .collect();
        barrier.wait();
        let started = Instant::now();
        let outcomes: Vec<_> =
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread broke down")).collect();
        Ok::<_, Box<dyn std::error::Error>>((started.elapsed(), outcomes))
    })?;
    for outcome in outcomes {
        outcome??;
    }
    Ok(started)
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Integer)]
    attempt: i32,
    #[diesel(sql_type = Timestamptz)]
    next_attempt_at: DateTime<Utc>,
}

fn empty(connection: &mut PgConnection) -> Result<(), wvl::error::Error> {
    let mut behind = (DateTime::UNIX_EPOCH, 0);
    loop {
        let claimed: Vec<Claimed> = db::transaction(connection, |connection| {
            Ok(diesel::sql_query(include_str!("../../src/outbox/claim.sql"))
                .bind::<BigInt, _>(BATCH)
                .bind::<BigInt, _>(600)
                .bind::<Bool, _>(false)
                .bind::<Text, _>("mail")
                .bind::<Text, _>("bench")
                .bind::<Timestamptz, _>(behind.0)
                .bind::<BigInt, _>(behind.1)
                .bind::<Bool, _>(false)
                .bind::<Nullable<SqlUuid>, _>(None::<Uuid>)
                .load(connection)?)
        })?;
        match claimed.iter().map(|claimed| (claimed.next_attempt_at, claimed.id)).max() {
            Some(last) => behind = last,
            None => return Ok(()),
        }
        for claimed in claimed {
            Sent(claimed).execute(connection)?;
        }
    }
}

/// As a flush notes it, word for word (`src/outbox/acknowledge.rs`), kept prepared too.
#[derive(QueryId)]
struct Sent(Claimed);

impl QueryFragment<Pg> for Sent {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE wvl.outbox_recipients SET state = 'sent', leased_until = NULL, last_reply = '250 2.0.0 Ok', \
             done_at = CURRENT_TIMESTAMP WHERE id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.0.id)?;
        out.push_sql(" AND attempt = ");
        out.push_bind_param::<Integer, _>(&self.0.attempt)?;
        out.push_sql(
            " AND state = 'sending' AND pg_catalog.set_config('synchronous_commit', 'on', true) = 'on' \
             AND pg_catalog.set_config('lock_timeout', '30s', true) = '30s'",
        );
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for Sent {}
