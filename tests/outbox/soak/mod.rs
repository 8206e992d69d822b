//! The outbox under fire: many mails, servers that misbehave, senders that are killed, stopped and cut off at random. At the end
//! nothing is lost, and every copy too many is a lost answer.
//!
//! `make soak` runs the long one. The seed is printed and repeats the choices.

pub mod chance;
mod checker;
mod driver;
pub mod ledger;
mod messages;
mod runs;
pub mod server;
mod servers;
mod watcher;

use std::time::{Duration, Instant};

use self::checker::Figures;
use self::driver::{DOORS, Driver, Plan};
use self::servers::Servers;
use self::watcher::Watcher;
use super::queue;
use crate::env::TestEnvironment;

/// What the senders log in with; as AUTH PLAIN sends it too.
const SECRETS: [&str; 2] = ["canary-in-a-soak", "Y2FuYXJ5LWluLWEtc29ha"];

/// Longer than any sender waits before the last line, short enough to be waited for.
const LEASE_SECONDS: u64 = 4;

/// One soak: sends everything and checks it.
fn soak(plan: Plan) {
    let started = Instant::now();
    let environment = TestEnvironment::new();
    let password = environment.path().join("password");
    wvl::config::write_private(&password, format!("{}\n", SECRETS[0]).as_bytes()).unwrap();
    let messages = messages::messages(plan.seed, plan.messages);
    let owed = checker::owed(&messages);
    for part in messages.chunks(1_000) {
        queue(&environment.database, part);
    }
    drop(messages);
    let servers = Servers::start(plan.seed, DOORS, environment.path());
    let watcher = Watcher::new(SECRETS.map(str::to_owned).to_vec());
    let mut driver = Driver::new(&environment, &servers, plan, watcher);
    driver.drive();
    let figures = checker::check(&owed, &environment.database, &servers, &driver);
    println!("{}", table(plan, &figures, &driver, &servers, started.elapsed()));
}

fn table(plan: Plan, figures: &Figures, driver: &Driver<'_>, servers: &Servers, span: Duration) -> String {
    let mut lines = vec![
        format!("seed {}", plan.seed),
        format!("{:>8}  seconds", span.as_secs()),
        format!("{:>8}  messages", plan.messages),
        format!("{:>8}  recipients", figures.recipients),
    ];
    lines.extend(figures.states.iter().map(|(state, count)| format!("{count:>8}    {state}")));
    lines.push(format!("{:>8}  tries at most for one recipient", figures.most_attempts));
    lines.extend(driver.done.iter().map(|(what, count)| format!("{count:>8}  {what}")));
    lines.push(format!("{:>8}  messages that came to their last line", figures.transfers));
    lines.extend(servers.kept().iter().map(|(name, count)| format!("{count:>8}    kept by {name}")));
    let faults: usize = figures.faults.values().sum();
    lines.push(format!("{:>8}  connections to nobody or to a bad smtp-sink", figures.misled_connections));
    lines.push(format!("{faults:>8}  faults of our server"));
    lines.extend(figures.faults.iter().map(|(fault, count)| format!("{count:>8}    {fault}")));
    lines.push(format!("{:>8}  deliveries to a recipient that count", figures.stored));
    lines.push(format!("{:>8}  copies more than one", figures.superfluous));
    lines.push(format!("{:>8}  answers lost by a server that had stored it", figures.lost_by_servers));
    lines.push(format!("{:>8}  answers lost with a sender that was killed", figures.lost_by_kills));
    lines.push(format!("{:>8}  answers lost with a sender that was stopped", figures.lost_by_stops));
    lines.push(format!("{:>8}  copies of a sender that was stopped in its last line", figures.late_after_stops));
    lines.push(format!("{:>8}  of the last four not sent again: customers, or refused later", figures.not_repeated));
    lines.push(format!(
        "{:>8}  customer mails to ask about of which no server saw the end",
        figures.unknown_without_a_copy
    ));
    lines.push(format!("{:>8}  lost", figures.lost));
    lines.join("\n")
}

#[test]
fn nothing_is_lost_and_only_lost_answers_are_sent_twice() {
    for seed in [1, 2, 3] {
        println!("seed {seed}");
        soak(Plan { seed, messages: 400, deaths: 30, stops: 1, lease_seconds: LEASE_SECONDS });
    }
}

/// `make soak`; WVL_SOAK_MESSAGES, WVL_SOAK_SEED, and WVL_SOAK_MINUTES to repeat it with the next seed until they are over.
#[test]
#[ignore = "takes minutes: make soak"]
fn long() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let messages = number("WVL_SOAK_MESSAGES").unwrap_or(10_000) as usize;
    let first = number("WVL_SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let span = Duration::from_secs(60 * number("WVL_SOAK_MINUTES").unwrap_or(0));
    let started = Instant::now();
    for seed in first.. {
        println!("seed {seed}: make soak MESSAGES={messages} SEED={seed}");
        soak(Plan { seed, messages, deaths: messages / 40, stops: messages / 500, lease_seconds: LEASE_SECONDS });
        if started.elapsed() >= span {
            break;
        }
    }
}
