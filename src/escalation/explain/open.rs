//! The explanation of an item that is open.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;

use super::intervals::{Ground, Reason};
use super::picture::{self, Scene};
use super::said::{self, Chain, Said};
use super::thresholds::{Course, Threshold};
use super::verdict::Standing;
use super::{Collections, Due, Explanation, NextStep, Subject, Version};
use crate::calendar::{self, Calendar, Window, german, local_day};
use crate::error::Result;
use crate::escalation::clocks::{Clocks, ReadyClocks};
use crate::escalation::items::{Item, shift_days};
use crate::escalation::list::{self, DueItem};
use crate::escalation::plan::{DAYS_TO_WAIT, Office, is_anybody_there, leaves_at_once};
use crate::escalation::rules::{Clock, TypeRules};
use crate::escalation::silences::{self, Silence, SilenceKind};
use crate::escalation::step::Step;
use crate::escalation::timing::{self, Count};
use crate::escalation::{collections, gate};
use crate::settings::Settings;
/// What lies longer ago is told by its sum, whatever is asked for.
const FARTHEST_BACK: TimeDelta = TimeDelta::days(50 * 366);

/// Loads what a run would load, and asks the decisions that a run asks. `is_waiting`: its view leaves it out.
pub(super) fn explain_open(
    connection: &mut PgConnection,
    settings: &Settings,
    rules: &TypeRules,
    item: Item,
    is_waiting: bool,
    now: DateTime<Utc>,
) -> Result<Explanation> {
    let zone = settings.zone;
    let office = Office::load(connection, settings, now)?;
    let marks = collections::marks(connection)?;
    let ids = [item.id.clone()];
    let said = said::steps_of(connection, &rules.key, &ids)?;
    let chains = said::chains_of(connection, &rules.key, &ids)?;
    let silences = silences::history(connection, &rules.key, &item.id)?;
    let mut clocks = Clocks::new(&mut ReadyClocks::default(), settings, rules, &marks, now)?;
    // now and due both lie on the clock, however far ahead due is
    let due_at = shift_days(item.due_at, rules.offset_days, zone);
    clocks.of(item.calendar.as_deref()).covering(due_at.min(now), due_at.max(now));
    let due = list::assess(&office, rules, &mut clocks, item, now);

    let version = due.item.due_version;
    let ends_in_baseline = due.item.baseline && has_reached_last(rules, due.item.last);

    let taken: Vec<(Step, DateTime<Utc>)> =
        said.iter().filter(|said| said.due_version == version).map(|said| (said.step, said.at)).collect();
    let facts = due.item.facts(rules.offset_days, due.is_promise, zone);
    let clock = clocks.of(due.item.calendar.as_deref());
    let collected_at = marks.get(&(rules.key.clone(), clock.name.clone())).copied();
    let earliest = taken.iter().map(|(_, at)| *at).fold(facts.earliest().min(now), DateTime::min);
    let (calendar, timeline) = clock.covering(earliest, now);
    let course = Course {
        rules,
        calendar,
        count: Count::new(rules.clock, timeline, facts.pauses),
        working: Count::new(Clock::Working, timeline, facts.pauses),
        due_at: facts.due_at,
        due_day: facts.due_day,
        taken: &taken,
        now,
    };
    let mut thresholds = course.thresholds();
    if ends_in_baseline {
        thresholds.retain(|threshold| !matches!(threshold.step, Step::Repeat(_)));
    }

    let of_version: Vec<(SilenceKind, DateTime<Utc>, DateTime<Utc>)> = silences
        .iter()
        .filter(|silence| silence.due_version.is_none_or(|other| other == version))
        .map(|silence| (silence.kind, silence.since, silence.ends_at()))
        .collect();
    let ground = Ground { clock: rules.clock, calendar, timeline, pauses: facts.pauses, silences: &of_version };
    let from = facts.due_at.max(now - FARTHEST_BACK);
    let before = course.count.seconds(facts.due_at, from);
    let pieces = if now > from { ground.pieces(from, now, before) } else { Vec::new() };

    let at_once = leaves_at_once(rules, &due.item);
    let reached_at = due.next.as_ref().map(|next| next.reached_at);
    let could_leave = reached_at.and_then(|at| gate::leaves_at(rules, calendar, timeline, at, at_once)).unwrap_or(now);
    let holding: Vec<Silence> = silences.iter().filter(|silence| silence.holds(version, now)).cloned().collect();
    let recipients = &due.resolved.recipients;
    let standing = Standing {
        rules,
        calendar,
        timeline,
        reached_at,
        follows: due.next.is_some() || !ends_in_baseline && !has_ended(rules, due.item.last),
        at_once,
        collected_at,
        pauses: facts.pauses,
        silences: &holding,
        is_too_old: now >= facts.due_at && timing::is_too_old(rules, &facts, calendar, now),
        ends_in_baseline,
        is_waiting,
        has_recipients: !recipients.is_empty(),
        is_anybody_there: is_anybody_there(recipients, calendar, could_leave, now),
        latest: calendar::working_day_add(calendar, local_day(could_leave, zone), DAYS_TO_WAIT.into()),
        mode: settings.mail.mode,
        outside: outside(&ground, now),
        now,
    };
    let obstacles = standing.obstacles();
    let leaves_at = standing.leaves_at(&obstacles);
    let collections = Collections {
        times: rules.collect_at.clone(),
        is_open: gate::is_collection_due(rules, calendar, collected_at, now),
        taken_at: collected_at,
        next_at: standing.next_collection(now),
        of_said: said
            .iter()
            .map(|said| gate::last_collect_time(rules, calendar, said.at).filter(|_| !at_once && !said.baseline))
            .collect(),
    };
    let scene = scene(&ground, &thresholds, &taken, facts.due_at, now, leaves_at.or(reached_at));

    let is_minutes = version == due.item.due_at.timestamp().div_euclid(60);
    let of_minutes = |version: i64| {
        let at = DateTime::from_timestamp(version.checked_mul(60)?, 0).filter(|_| is_minutes)?;
        Some(shift_days(at, rules.offset_days, zone))
    };
    let replaced = recipients.iter().filter_map(|to| to.instead_of);
    let replaced = replaced.filter_map(|id| Some((id, office.people.persons.get(&id)?.name.clone()))).collect();
    let own = due.item.calendar.as_deref().filter(|name| settings.calendars.contains_key(*name));
    Ok(Explanation {
        due: Some(Due {
            at: facts.due_at,
            offset_days: rules.offset_days,
            version,
            clock: rules.clock,
            calendar: rules.calendar_name(own).to_owned(),
            is_own_calendar: own.is_some(),
            windows: windows_of_week(calendar),
            at_once,
            is_held: matches!(due.item.last, Some((Step::Held, _))),
        }),
        pieces,
        thresholds,
        versions: versions(&said, &chains, Some(version), of_minutes),
        collections: Some(collections),
        next: due.next.clone().map(|next| NextStep {
            steps: next.steps,
            reached_at: next.reached_at,
            leaves_at,
            recipients: due.resolved.recipients.clone(),
            replaced,
        }),
        obstacles,
        troubles: troubles(settings, &due),
        said,
        silences,
        caps: caps(settings),
        scene: Some(scene),
        now,
        zone,
        subject: subject(rules, due.item),
    })
}

fn subject(rules: &TypeRules, item: Item) -> Subject {
    Subject {
        type_key: rules.key.clone(),
        label: rules.label.clone(),
        item_id: item.id,
        reference: item.reference,
        title: Some(item.title).filter(|title| !title.is_empty()),
        partner: item.partner,
        is_open: true,
        is_promise: rules.is_promise,
    }
}

pub(super) fn caps(settings: &Settings) -> (u32, u32) {
    (settings.escalation.max_mails_per_run, settings.escalation.max_mails_per_recipient)
}

fn troubles(settings: &Settings, due: &DueItem<'_>) -> BTreeSet<String> {
    let mut troubles = due.resolved.troubles.clone();
    if let Some(name) = due.item.calendar.as_deref().filter(|name| !settings.calendars.contains_key(*name)) {
        troubles.insert(format!("the item names the calendar “{name}”, which is not configured; the type's is used"));
    }
    troubles
}

/// Whether no stage follows after this step.
fn has_reached_last(rules: &TypeRules, last: Option<(Step, DateTime<Utc>)>) -> bool {
    let last_stage = match last {
        Some((Step::Repeat(_), _)) => i16::MAX,
        Some((Step::Stage(stage), _)) => stage,
        _ => 0,
    };
    !rules.stages_with_hours().any(|(stage, _)| stage.number > last_stage)
}

/// Whether the rules have nothing to say after this step.
fn has_ended(rules: &TypeRules, last: Option<(Step, DateTime<Utc>)>) -> bool {
    rules.stages_with_hours().next().is_none() || rules.repeat.is_zero() && has_reached_last(rules, last)
}

/// Why an instant lies outside of the window; none inside of it.
fn outside(ground: &Ground<'_>, now: DateTime<Utc>) -> Option<Reason> {
    if ground.timeline.is_open(now) {
        return None;
    }
    let by_windows = Ground { clock: Clock::Working, pauses: &[], silences: &[], ..*ground };
    by_windows.pieces(now, now + TimeDelta::seconds(1), 0).first().map(|piece| piece.reason)
}

/// The windows of the week, days that are alike together: (`Mo–Fr`, `08:00–18:00`).
fn windows_of_week(calendar: &Calendar) -> Vec<(String, String)> {
    let mut days: Vec<(usize, usize, &Vec<Window>)> = Vec::new();
    for (day, windows) in calendar.windows.iter().enumerate() {
        match days.last_mut() {
            Some((_, last, alike)) if *alike == windows && *last + 1 == day => *last = day,
            _ => days.push((day, day, windows)),
        }
    }
    let name = |day: usize| german::WEEKDAYS[day];
    let told = days.into_iter().filter(|(_, _, windows)| !windows.is_empty()).map(|(first, last, windows)| {
        let days = if first == last { name(first).to_owned() } else { format!("{}–{}", name(first), name(last)) };
        let windows: Vec<String> = windows.iter().map(|window| format!("{}–{}", window.from(), window.to())).collect();
        (days, windows.join(" und "))
    });
    told.collect()
}

/// The due dates that something was found or said under, other than `current`.
pub(super) fn versions(
    said: &[Said],
    chains: &[Chain],
    current: Option<i64>,
    of_minutes: impl Fn(i64) -> Option<DateTime<Utc>>,
) -> Vec<Version> {
    let numbers: BTreeSet<i64> =
        said.iter().map(|said| said.due_version).chain(chains.iter().map(|chain| chain.due_version)).collect();
    let told = numbers.into_iter().filter(|number| Some(*number) != current).map(|version| {
        let last = said.iter().rfind(|said| said.due_version == version);
        let chain = chains.iter().find(|chain| chain.due_version == version);
        Version {
            version,
            due_at: last.map(|said| said.due_at).or_else(|| of_minutes(version)),
            last: last.map_or_else(|| Step::from_code(chain.map_or(0, |chain| chain.step)), |said| said.step),
        }
    });
    told.collect()
}

fn scene(
    ground: &Ground<'_>,
    thresholds: &[Threshold],
    taken: &[(Step, DateTime<Utc>)],
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
    leaves_at: Option<DateTime<Utc>>,
) -> Scene {
    let reached: Vec<(Step, DateTime<Utc>)> =
        thresholds.iter().filter_map(|threshold| Some((threshold.step, threshold.reached_at?))).collect();
    let first = taken.iter().map(|(_, at)| *at).fold(due_at.min(now), DateTime::min).max(now - FARTHEST_BACK);
    // before due what comes next may be a stage; the due instant itself is worth seeing
    let next = leaves_at.map(|at| at.max(due_at)).or(Some(due_at));
    let (from, to) = picture::span(first, now, next, ground.calendar.zone);
    let mut edges = [from, due_at.clamp(from, to), now.clamp(from, to), to];
    edges.sort_unstable();
    let pieces = edges.windows(2).flat_map(|pair| ground.pieces(pair[0], pair[1], 0)).collect();
    Scene { pieces, due_at, now, leaves_at, reached, said: taken.to_vec() }
}
