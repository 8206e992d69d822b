//! Random houses: how they are configured, when they run, and what happens to each item in between.

use super::chance::Chance;
use crate::escalation::model::events::{Entry, Happens};
use crate::escalation::model::minutes::{DAY, Day, Minute, Office, Window, at_local, day, day_of, time_of};
use crate::escalation::model::people::{Person, PersonId, Who, people};
use crate::escalation::model::rules::{Register, Rules, Stage};
use crate::escalation::model::run::Mode;

/// Days that a history goes on for.
const DAYS: i64 = 28;

/// Where histories begin: before the change to summer time, before Easter, before the long weekends of May, before the
/// change to winter time, and in weeks without anything.
const BEGINNINGS: [&str; 6] = ["2025-03-17", "2025-04-07", "2025-05-05", "2025-06-23", "2025-09-15", "2025-10-13"];

/// Ways to spend the week; the first two can be the house, the last one never closes.
const EIGHT_TO_FIVE: &[(i64, i64)] = &[(480, 1020)];
const WITH_LUNCH: &[(i64, i64)] = &[(480, 720), (780, 1020)];
const TO_TWO: &[(i64, i64)] = &[(480, 840)];
const TO_ONE: &[(i64, i64)] = &[(540, 780)];
const TWO_SHIFTS: &[(i64, i64)] = &[(360, 1320)];
const NEVER_CLOSED: &[(i64, i64)] = &[(0, DAY)];

pub fn plain_house() -> Office {
    let week = [EIGHT_TO_FIVE, EIGHT_TO_FIVE, EIGHT_TO_FIVE, EIGHT_TO_FIVE, TO_TWO, &[], &[]];
    Office { name: "default", week, has_holidays: true }
}

fn house_with_lunch() -> Office {
    let week = [WITH_LUNCH, WITH_LUNCH, WITH_LUNCH, WITH_LUNCH, WITH_LUNCH, TO_ONE, &[]];
    Office { name: "default", week, has_holidays: true }
}

fn stores() -> Office {
    let week = [TWO_SHIFTS, TWO_SHIFTS, &[], TWO_SHIFTS, TWO_SHIFTS, TWO_SHIFTS, TO_ONE];
    Office { name: "stores", week, has_holidays: false }
}

pub fn always() -> Office {
    Office { name: "always", week: [NEVER_CLOSED; 7], has_holidays: false }
}

/// An item and what becomes of it.
pub struct Story {
    pub entered: Minute,
    pub entry: Entry,
    /// Later, in the order of time.
    pub happens: Vec<(Minute, Happens)>,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub at: Minute,
    pub mode: Mode,
    pub are_templates_bad: bool,
    /// A baseline is recorded first.
    pub is_baseline: bool,
}

/// A house with its history.
pub struct Scenario {
    pub house: Office,
    pub types: Vec<Rules>,
    /// From that run on other rules hold.
    pub later: Option<(usize, Vec<Rules>)>,
    pub people: Vec<Person>,
    pub is_deputy_instead: bool,
    pub caps: (usize, usize),
    pub first: Day,
    pub runs: Vec<Run>,
    pub stories: Vec<Story>,
}

impl Scenario {
    pub fn new(seed: u64, items: usize) -> Scenario {
        let mut chance = Chance::new(seed);
        let first = day(chance.one_of(&BEGINNINGS)) + chance.within(0..7);
        let house = if chance.percent(50) { plain_house() } else { house_with_lunch() };
        let types = types(&mut chance, &house);
        let mut people = people();
        for person in people.iter_mut().filter(|person| person.deputy.is_some() || person.id < 5 || person.id == 10) {
            for _ in 0..chance.within(0..3) {
                let from = first + chance.within(0..DAYS);
                let to = from + chance.within(0..9);
                if person.absences.iter().all(|(other, _)| *other != from) {
                    person.absences.push((from, to));
                }
            }
        }
        let caps = match chance.within(0..100) {
            0..20 => (chance.one_of(&[1, 2, 5, 12]), 0),
            20..35 => (0, chance.one_of(&[1, 2, 4])),
            35..45 => (chance.one_of(&[3, 9]), chance.one_of(&[1, 3])),
            _ => (0, 0),
        };
        let is_deputy_instead = chance.percent(30);
        let runs = runs(&mut chance.split(), first);
        let later = chance.percent(35).then(|| {
            let other = types.iter().map(|before| rules(&mut chance, before.register, &house)).collect();
            (chance.within(1..runs.len() as i64) as usize, other)
        });
        let stories = (0..items).map(|_| story(&mut chance.split(), first, &types)).collect();
        Scenario { house, types, later, people, is_deputy_instead, caps, first, runs, stories }
    }

    /// The days that anything of it is counted on.
    pub fn days(&self) -> std::ops::Range<Day> {
        self.first - 60..self.first + DAYS + 120
    }

    /// Everything of the configuration but the mode, under the first rules or the later ones.
    pub fn toml(&self, types: &[Rules]) -> String {
        let deputies = if self.is_deputy_instead { "instead" } else { "also" };
        let (per_run, per_recipient) = self.caps;
        let mut text = format!("{}{}{}", self.house.toml(), always().toml(), stores().toml());
        text += &format!(
            "[escalation]\ncompany_heads = [101]\ndeputies = \"{deputies}\"\nmax_mails_per_run = {per_run}\n\
             max_mails_per_recipient = {per_recipient}\n"
        );
        text + &types.iter().map(Rules::toml).collect::<String>()
    }
}

fn types(chance: &mut Chance, house: &Office) -> Vec<Rules> {
    let number = chance.within(1..4);
    let mut registers = Register::ALL.to_vec();
    while registers.len() as i64 > number {
        registers.remove(chance.within(0..registers.len() as i64) as usize);
    }
    registers.into_iter().map(|register| rules(chance, register, house)).collect()
}

fn rules(chance: &mut Chance, register: Register, house: &Office) -> Rules {
    let windows = [(480, 1080), (540, 1020), (450, 975), (0, DAY), (600, 1230)];
    let from_to = (register.has_window() || chance.percent(50)).then(|| chance.one_of(&windows));
    let previous = chance.percent(35);
    let mut hours: Vec<i64> = (0..3).map(|_| chance.one_of(&[15, 60, 105, 240, 480, 510, 960, 1440, 1800])).collect();
    if !previous {
        hours.sort_unstable();
    }
    if chance.percent(35) {
        let equal = chance.within(1..3) as usize;
        hours[equal] = hours[equal - 1];
    }
    if chance.percent(10) {
        hours = vec![hours[0]; 3];
    }
    let recipients = [
        vec![Who::Handler],
        vec![Who::Employee(103)],
        vec![Who::Handler, Who::Employee(109)],
        vec![Who::Employee(110)],
    ];
    let stages = (1..).zip(hours).map(|(number, minutes)| Stage {
        number,
        minutes: (!chance.percent(14)).then_some(minutes),
        to: chance.one_of(&recipients),
    });
    let stages: Vec<Stage> = stages.collect();
    let announce_days = chance.one_of(&[vec![], vec![], vec![7], vec![3, 1], vec![14, 7, 2], vec![30, 5]]);
    let mut collect_at: Vec<i64> = vec![480, 780];
    if chance.percent(40) {
        collect_at = chance.one_of(&[vec![360], vec![720], vec![420, 600, 900], vec![1140], vec![0, 1020]]);
    }
    Rules {
        register,
        office: if chance.percent(20) { stores() } else { house.clone() },
        window: Window { from_to, saturday: chance.percent(30), sunday: chance.percent(15) },
        wall: chance.percent(25),
        previous,
        offset_days: chance.one_of(&[0, 0, 0, 0, 2, -3, 9]),
        announce_days,
        max_age_days: chance.percent(20).then(|| chance.within(0..9) as usize),
        stages,
        repeat: chance.one_of(&[0, 240, 600, 1200, 2400]),
        collect_at,
        at_once: chance.percent(20),
        at_once_amount: (register.has_amount() && chance.percent(50)).then(|| chance.one_of(&[1, 500, 5000])),
        bundle: chance.percent(65),
    }
}

/// Runs at the usual times and at odd ones, with hours and days on which none came.
fn runs(chance: &mut Chance, first: Day) -> Vec<Run> {
    let mut times = Vec::new();
    let mut on = first;
    while on < first + DAYS {
        if chance.percent(6) {
            on += chance.within(1..6);
        }
        match chance.within(0..10) {
            0..2 => {}
            2..6 => times.extend([at_local(on, 480), at_local(on, 780)]),
            6..8 => times.push(at_local(on, 480 + chance.within(0..90))),
            _ => times.extend((0..chance.within(1..4)).map(|_| at_local(on, chance.within(300..1300)))),
        }
        on += 1;
    }
    times.sort_unstable();
    times.dedup();
    let rehearsed = match chance.within(0..100) {
        0..20 => 0..chance.within(1..9),
        20..35 => {
            let from = chance.within(1..14);
            from..from + chance.within(1..9)
        }
        _ => 0..0,
    };
    let mode = chance.one_of(&[Mode::Redirect, Mode::Redirect, Mode::Off]);
    let bad = chance.within(0..DAYS);
    let bad = bad..bad + chance.one_of(&[0, 2, 6]);
    let baseline = chance.percent(35).then(|| chance.within(0..times.len() as i64) as usize);
    let run = |(index, at): (usize, Minute)| {
        let days = day_of(at) - first;
        let mode = if rehearsed.contains(&days) { mode } else { Mode::Live };
        // whether a mail that nobody gets must be rendered at all is left open
        let are_templates_bad = bad.contains(&days) && mode != Mode::Off;
        Run { at, mode, are_templates_bad, is_baseline: baseline == Some(index) }
    };
    times.into_iter().enumerate().map(run).collect()
}

fn story(chance: &mut Chance, first: Day, types: &[Rules]) -> Story {
    let of = chance.within(0..types.len() as i64) as usize;
    let register = types[of].register;
    let entered = if chance.percent(40) { first } else { first + chance.within(0..DAYS - 3) };
    let is_ticket = register == Register::Ticket;
    let due = a_date(chance, entered);
    let entered_at = a_time(chance, entered);
    let mut happens = Vec::new();
    let busy = chance.one_of(&[0, 0, 1, 2, 3, 6]);
    let mut on = entered;
    for _ in 0..busy {
        on += chance.within(0..6);
        let until = |chance: &mut Chance| at_local(on + chance.within(0..9), chance.one_of(&[0, 0, 600, 780, 781]));
        let what = match chance.within(0..100) {
            0..20 => Happens::Move(Some(a_date(chance, on))),
            20..32 => Happens::Move(None),
            32..52 => Happens::Close,
            52..66 if is_ticket => Happens::Wait,
            66..70 if is_ticket => Happens::Contract,
            52..60 => Happens::Close,
            60..70 => Happens::Amount(chance.one_of(&[1, 400, 499, 500, 9000])),
            70..80 => Happens::Hand(chance.one_of(&HANDLERS)),
            80..87 => Happens::Acknowledge(until(chance)),
            87..94 => Happens::Mute(until(chance)),
            _ => Happens::Unmute,
        };
        happens.push((a_time(chance, on), what));
    }
    happens.retain(|(at, _)| *at > entered_at);
    happens.sort_by_key(|(at, _)| *at);
    let entry = Entry {
        of,
        due,
        amount: register.has_amount().then(|| chance.one_of(&[1, 400, 500, 9000])),
        handler: chance.one_of(&HANDLERS),
        is_always: is_ticket && chance.percent(25),
        is_broken: chance.percent(10),
    };
    Story { entered: entered_at, entry, happens }
}

const HANDLERS: [PersonId; 5] = [3, 4, 6, 7, 10];

/// As the office enters it: mostly a day, some long past or far ahead.
fn a_date(chance: &mut Chance, around: Day) -> Minute {
    let ahead = match chance.within(0..10) {
        0..6 => chance.within(-4..4),
        6..8 => chance.within(-25..-3),
        _ => chance.within(3..35),
    };
    at_local(around + ahead, chance.one_of(&[0, 0, 0, 0, 480, 570, 765, 1079, 1395]))
}

/// Some minute of the day; not in the hour that a night of change skips or repeats.
fn a_time(chance: &mut Chance, on: Day) -> Minute {
    let at = at_local(on, chance.within(300..1380));
    debug_assert!(time_of(at) >= 180);
    at
}
