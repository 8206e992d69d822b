//! What is measured, and the goals.

use std::time::Duration;

use wvl::escalation::types::TYPES;

use crate::Outcome;
use crate::cost::{median, milliseconds, summary};
use crate::floor;
use crate::place::{Place, due_day, loaded_on, run_day};

/// A mail for each offer. A third collection, so that a run that is not the first of its day has news: stage 1 comes after
/// 16 hours, at 14:00. The later stages and the repetitions come long after the last round.
pub const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\nbundle = false\ncollect_at = [\"08:00\", \"13:00\", \"16:00\"]\n\
    stage2.hours = 240\nstage3.hours = 400\nrepeat_hours = 400\n";

/// The view of a type of the administrator's own.
const VIEW: &str = "[escalation.bench-offers]\nsource = \"view:bench.offers\"\nlabel = \"Eigene\"\nactive = true\nbundle = false\n\
    stage1 = { hours = 16, to = \"adm\" }\nstage2 = { hours = 240, to = \"adm\" }\nstage3 = { hours = 400, to = \"adm\" }\nrepeat_hours = 400\n";

/// Memory that no run may pass, at no size.
const MOST_MEGABYTES: f64 = 64.0;

/// Runs that find nothing new while collections are open: all types, only the offers, and the demo's company.
pub fn nothing_due(places: &[Place], company: &Place, rounds: usize) -> Outcome<()> {
    let others = TYPES.iter().filter(|info| info.key != "offer-follow-up");
    let others: String =
        others.map(|info| format!("[escalation.{}]\nactive = true\nstage1.hours = 16\n", info.key)).collect();
    println!("\nnothing newly due, collections open     ms   peak MB   goal");
    for (what, sections, goal) in
        [("all types", format!("{OFFERS}{others}"), 100.0), ("only offers", OFFERS.to_owned(), 50.0)]
    {
        for place in places {
            place.configure(&sections)?;
        }
        let rows = in_turns(&places.iter().collect::<Vec<_>>(), rounds)?;
        for (place, (time, peak)) in places.iter().zip(rows) {
            let what = format!("{}: {what}", place.name);
            println!("{what:<34}{:>8.0}{peak:>10.1}   {}", milliseconds(time), verdict(milliseconds(time), goal));
        }
    }
    for (time, peak) in in_turns(&[company], rounds)? {
        println!(
            "{:<34}{:>8.0}{peak:>10.1}   {}",
            "demo company",
            milliseconds(time),
            verdict(milliseconds(time), 50.0)
        );
    }
    Ok(())
}

/// Medians of the runs of each place on the day of the load, after one that says everything there is to say.
fn in_turns(places: &[&Place], rounds: usize) -> Outcome<Vec<(Duration, f64)>> {
    for place in places {
        for hour in [8, 13] {
            place.run(loaded_on(), hour)?;
        }
        place.checkpoint()?;
    }
    let mut costs = vec![Vec::new(); places.len()];
    for _ in 0..rounds {
        for (place, costs) in places.iter().zip(&mut costs) {
            place.open_collections()?;
            let steps = place.number("SELECT count(*) FROM wvl.escalation_steps")?;
            costs.push(place.run(loaded_on(), 13)?);
            let new = place.number("SELECT count(*) FROM wvl.escalation_steps")? - steps;
            if new > 0 {
                return Err(format!("{}: a run that should have nothing to say took {new} steps", place.name).into());
            }
        }
    }
    Ok(costs.iter().map(|costs| summary(costs)).collect())
}

/// Rounds with newly due offers, each beside its floor.
pub fn newly_due(places: &[Place], rounds: usize) -> Outcome<()> {
    for place in places {
        place.configure(OFFERS)?;
        floor::prepare(place)?;
    }
    let (mut sweeps, mut runs) = (vec![Vec::new(); places.len()], vec![Vec::new(); places.len()]);
    let mut floors = vec![Vec::new(); places.len()];
    for round in 0..rounds {
        for (index, place) in places.iter().enumerate() {
            place.checkpoint()?;
            // the first run of a day looks at everything
            sweeps[index].push(place.run(run_day(round), 8)?);
            place.checkpoint()?;
            runs[index].push(place.run(run_day(round), 16)?);
            let run_at = format!("{} 16:00 Europe/Berlin", run_day(round));
            let due = place.load.map_or(0, |load| load.due);
            let taken = place.number(&format!("SELECT count(*) FROM wvl.escalation_steps WHERE at = '{run_at}'"))?;
            let mails = place.number("SELECT count(*) FROM wvl.outbox_messages")?;
            if taken != due || mails < due {
                return Err(format!("{}: {taken} steps instead of {due}", place.name).into());
            }
            floors[index].push(floor::floor(place, due_day(round), &run_at)?);
        }
    }
    println!(
        "\nnewly due, a mail each             run ms   floor ms   × floor   goal   × first   goal   peak MB   goal"
    );
    let mut first = None;
    for (index, place) in places.iter().enumerate() {
        let ((run, peak), floor) = (summary(&runs[index]), median(floors[index].clone()));
        let ratio = run.as_secs_f64() / floor.as_secs_f64();
        let to_first = run.as_secs_f64() / first.get_or_insert(run).as_secs_f64();
        println!(
            "{:<33}{:>8.0}{:>11.0}{ratio:>10.2}   {}{to_first:>10.2}   {}{peak:>10.1}   {}",
            describe(place),
            milliseconds(run),
            milliseconds(floor),
            verdict(ratio, 1.8),
            verdict(to_first, 1.15),
            verdict(peak, MOST_MEGABYTES),
        );
    }
    println!("\nfirst run of a day, nothing new         ms   peak MB");
    for (place, sweeps) in places.iter().zip(sweeps) {
        let (time, peak) = summary(&sweeps);
        println!("{:<34}{:>8.0}{peak:>10.1}", describe(place), milliseconds(time));
    }
    Ok(())
}

/// A view of the administrator's own knows nothing of changes: every run looks at all that is overdue.
pub fn sweeping_types(places: &[Place], rounds: usize) -> Outcome<()> {
    for place in places {
        place.configure(OFFERS)?;
        place.reset()?;
    }
    let places: Vec<&Place> = places.iter().collect();
    let built_in = in_turns(&places, rounds)?;
    for place in &places {
        place.sql(
            "CREATE OR REPLACE VIEW bench.offers AS SELECT item_id, reference, title, due_at, due_version, company_id,
                 partner_id, partner_name, phone, email, address, field_rep_id, inside_rep_id, handler_id, team_id,
                 department_id, amount, currency, link, calendar, paused FROM wvl.escalation_offer_follow_up;
             UPDATE wvl.escalation_chains SET type = 'bench-offers'",
        )?;
        place.sql("VACUUM (FULL, ANALYZE) wvl.escalation_chains")?;
        place.configure(VIEW)?;
    }
    let own = in_turns(&places, rounds)?;
    println!("\nnothing newly due, the same view    built-in ms   view: ms   µs a row of backlog   goal   peak MB");
    for ((place, built_in), own) in places.iter().zip(&built_in).zip(&own) {
        let more = own.0.as_secs_f64() - built_in.0.as_secs_f64();
        let each = more * 1e6 / place.load.map_or(1.0, |load| load.backlog as f64);
        println!(
            "{:<36}{:>11.0}{:>11.0}{each:>22.2}   {}{:>10.1}",
            describe(place),
            milliseconds(built_in.0),
            milliseconds(own.0),
            verdict(each, 1.0),
            own.1
        );
    }
    places.iter().try_for_each(|place| place.reset())
}

fn describe(place: &Place) -> String {
    let load = place.load.map(|load| format!(": {} open, {} at stage 3", short(load.size), short(load.backlog)));
    format!("{}{}", place.name, load.unwrap_or_default())
}

/// "1M", "100k"
fn short(number: u64) -> String {
    match number {
        million if million % 1_000_000 == 0 => format!("{}M", million / 1_000_000),
        thousand if thousand % 1_000 == 0 => format!("{}k", thousand / 1_000),
        number => number.to_string(),
    }
}

fn verdict(value: f64, goal: f64) -> String {
    crate::cost::verdict(value <= goal, &format!("≤ {goal}"))
}
