//! A month of nightly files from a simulated ERP. Every morning the state is the ERP's, and nothing is reminded of that was
//! closed the day before.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, Days, NaiveDate};
use wvl::import::Counts;

use super::{counts, run};
use crate::env::TestEnvironment;

/// A small generator, so that the month is the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// An offer as the ERP has it; the list of the night has the open ones alone.
#[derive(Clone, Debug)]
struct Offer {
    title: String,
    amount: u64,
    follow_up: NaiveDate,
}

struct Erp {
    dice: Dice,
    open: BTreeMap<u64, Offer>,
    gone: Vec<u64>,
    last: u64,
}

impl Erp {
    fn add(&mut self, day: NaiveDate) {
        self.last += 1;
        let follow_up = day + Days::new(self.dice.below(10));
        let amount = 100 + self.dice.below(100_000);
        self.open.insert(self.last, Offer { title: format!("Angebot {}", self.last), amount, follow_up });
    }

    /// What people did on this day: new offers, changed ones, and some won, lost or voided, which the list then lacks.
    fn work(&mut self, day: NaiveDate) {
        (0..2 + self.dice.below(3)).for_each(|_| self.add(day));
        for _ in 0..1 + self.dice.below(3) {
            let at = self.dice.below(self.open.len() as u64);
            let number = *self.open.keys().nth(at as usize).unwrap();
            self.open.remove(&number);
            self.gone.push(number);
        }
        for _ in 0..3 {
            let at = self.dice.below(self.open.len() as u64);
            let follow_up = day + Days::new(1 + self.dice.below(10));
            let offer = self.open.values_mut().nth(at as usize).unwrap();
            offer.follow_up = follow_up;
            offer.amount += 10;
        }
        // now and then somebody takes a lost one up again
        if self.dice.below(5) == 0 && !self.gone.is_empty() {
            let number = self.gone.remove(0);
            self.open.insert(number, Offer { title: "Wieder da".into(), amount: 50, follow_up: day });
        }
    }

    fn file(&self) -> String {
        let mut text = "Nr;Kunde;Datum;Titel;Netto;WV\n".to_owned();
        for (number, offer) in &self.open {
            let Offer { title, amount, follow_up } = offer;
            text.push_str(&format!("{number};10001;01.10.2026;{title};{amount};{}\n", follow_up.format("%d.%m.%Y")));
        }
        text
    }

    fn state(&self) -> String {
        let lines = self
            .open
            .iter()
            .map(|(number, offer)| format!("{number} {} {} {}", offer.title, offer.amount, offer.follow_up));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn state_of(environment: &TestEnvironment) -> String {
    environment.database.text(
        "SELECT string_agg(concat_ws(' ', number, title, net_amount, (follow_up_at AT TIME ZONE 'Europe/Berlin')::date), \
         E'\\n' ORDER BY number::int) FROM documents WHERE status = 'open'",
    )
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_month_of_nights() {
    let environment = TestEnvironment::new();
    let people = include_bytes!("../data/mitarbeiter.csv");
    let now = "2026-09-30T08:00:00Z".parse().unwrap();
    let options = wvl::import::Options::new(now, chrono_tz::Europe::Berlin);
    let found = run(&environment.database, &wvl::party::import::EMPLOYEES, people, &options);
    assert_eq!(found.counts, counts(3, 0, 0));
    let customers = include_bytes!("../data/kunden.csv");
    let found = run(&environment.database, &wvl::party::import::CUSTOMERS, customers, &options);
    assert_eq!(found.counts, Counts { new: 3, ..Counts::default() });
    environment.configure(
        "[escalation]\ncompany_heads = [100]\nmax_mails_per_run = 0\nmax_mails_per_recipient = 0\n\
         [escalation.offer-follow-up]\nactive = true\nstage1 = { hours = 0.25, to = \"adm\" }\n\
         [import]\nfolder = \"erp\"\n[import.profile.offers]\nregister = \"document\"\ncomplete = true\n\
         [import.profile.offers.fixed]\nkind = \"offer\"\nstatus = \"open\"\n",
    );
    let folder = environment.path().join("erp");
    std::fs::create_dir(&folder).unwrap();

    let first: NaiveDate = "2026-10-01".parse().unwrap();
    let mut erp = Erp { dice: Dice(7), open: BTreeMap::new(), gone: Vec::new(), last: 0 };
    (0..60).for_each(|_| erp.add(first));
    let mut told = 0;
    for (night, day) in first.iter_days().take_while(|day| day.month() == 10).enumerate() {
        let at = format!("{day} 04:00");
        let import = || environment.wvl(&["import", "run", "--settle", "0", "--as-of", &at]);
        let file = erp.file();
        match night {
            // cut in half within a row: refused; the whole one comes an hour later
            5 => {
                put(&folder, "offers-1.csv", &file[..file.len() / 2]);
                let run = import();
                assert_eq!(run.code, 3, "{}", run.stderr);
                assert!(run.stderr.contains("offers-1.csv: nothing was imported"), "{}", run.stderr);
            }
            // cut in half between two rows: nothing is wrong with it but that half of all would vanish
            11 => {
                let end = file[..file.len() / 2].rfind('\n').unwrap() + 1;
                put(&folder, "offers-1.csv", &file[..end]);
                let run = import();
                assert_eq!(run.code, 3, "{}", run.stderr);
                assert!(run.stderr.contains("would vanish, more than 10 %"), "{}", run.stderr);
            }
            // the same file twice
            17 => put(&folder, "offers-0.csv", &file),
            _ => {}
        }
        // yesterday's file is late and comes together with today's: the order is that of their times
        if night == 21 {
            put(&folder, "offers-zz-of-yesterday.csv", &file);
            std::thread::sleep(std::time::Duration::from_millis(20));
            erp.work(day);
        }
        put(&folder, "offers.csv", &erp.file());
        let run = import();
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{day}");
        assert_eq!(state_of(&environment), erp.state(), "{day}");

        let closed = "SELECT coalesce(string_agg(number, ' '), '') FROM documents WHERE status <> 'open'";
        let closed = environment.database.text(closed);
        for hour in ["08:00", "13:00"] {
            let run = environment.wvl(&["escalate", "run", "--no-flush", "--as-of", &format!("{day} {hour}")]);
            assert!(matches!(run.code, 0 | 3), "{}", run.stderr);
        }
        let steps = environment.database.text(&format!(
            "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE s.at > '{day}' AND s.item_id IN (SELECT id::text \
             FROM documents WHERE number = ANY(string_to_array('{closed}', ' '))))) FROM escalation_steps s",
        ));
        let (count, wrong) = steps.split_once(' ').unwrap();
        assert_eq!(wrong, "0", "{day}: reminded of what is closed");
        told = count.parse().unwrap();
        erp.work(day);
    }
    assert!(told > 20, "only {told} reminders in a month: the test tests nothing");
    let nights = "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE outcome = 'partial')) FROM job_runs \
                  WHERE job = 'import run'";
    assert_eq!(environment.database.text(nights), "33 2");
}
