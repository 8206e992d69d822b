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

/// An offer as the ERP has it.
#[derive(Clone, Debug)]
struct Offer {
    title: String,
    amount: u64,
    follow_up: NaiveDate,
}

/// What the ERP calls an end, and what it is here. Some offers only vanish from the list, and nobody says how they ended.
const ENDS: [(&str, &str); 4] = [("Auftrag", "won"), ("Absage", "lost"), ("Storno", "void"), ("", "closed")];

struct Erp {
    dice: Dice,
    open: BTreeMap<u64, Offer>,
    /// How each of the others ended, and on which morning we hear of it.
    ended: BTreeMap<u64, (&'static str, NaiveDate)>,
    /// Those whose end stands in tonight's list and in no later one.
    told: Vec<(u64, Offer, &'static str)>,
    last: u64,
}

impl Erp {
    fn add(&mut self, day: NaiveDate) {
        self.last += 1;
        let follow_up = day + Days::new(self.dice.below(10));
        let amount = 100 + self.dice.below(100_000);
        self.open.insert(self.last, Offer { title: format!("Angebot {}", self.last), amount, follow_up });
    }

    fn any_open(&mut self) -> u64 {
        let at = self.dice.below(self.open.len() as u64);
        *self.open.keys().nth(at as usize).unwrap()
    }

    /// What people did on this day, of which we hear on that morning: some offers end, new
    /// ones come, others change.
    fn work(&mut self, day: NaiveDate, morning: NaiveDate) {
        self.told.clear();
        for _ in 0..1 + self.dice.below(3) {
            let number = self.any_open();
            let offer = self.open.remove(&number).unwrap();
            let (said, status) = ENDS[self.dice.below(4) as usize];
            if !said.is_empty() {
                self.told.push((number, offer, said));
            }
            self.ended.insert(number, (status, morning));
        }
        // what comes and goes on one day stands in no list
        (0..2 + self.dice.below(3)).for_each(|_| self.add(day));
        for _ in 0..3 {
            let follow_up = day + Days::new(1 + self.dice.below(10));
            let number = self.any_open();
            let offer = self.open.get_mut(&number).unwrap();
            offer.follow_up = follow_up;
            offer.amount += 10;
        }
        // now and then somebody takes a lost one up again
        let again = self.ended.iter().find(|(_, (status, at))| *status == "lost" && *at < morning);
        if let Some(number) = again.map(|(number, _)| *number).filter(|_| self.dice.below(5) == 0) {
            self.ended.remove(&number);
            self.open.insert(number, Offer { title: "Wieder da".into(), amount: 50, follow_up: day });
        }
    }

    /// The list of the night: what is open, and what ended today.
    fn file(&self) -> String {
        let mut text = "Nr;Kunde;Datum;Titel;Netto;WV;Stand\n".to_owned();
        let ended = self.told.iter().map(|(number, offer, said)| (number, offer, *said));
        for (number, offer, said) in self.open.iter().map(|(number, offer)| (number, offer, "offen")).chain(ended) {
            let Offer { title, amount, follow_up } = offer;
            let follow_up = follow_up.format("%d.%m.%Y");
            text.push_str(&format!("{number};10001;01.10.2026;{title};{amount};{follow_up};{said}\n"));
        }
        text
    }

    fn state(&self) -> String {
        let open = self.open.iter().map(|(number, offer)| {
            (*number, format!("{number} open {} {} {}", offer.title, offer.amount, offer.follow_up))
        });
        let ended = self.ended.iter().map(|(number, (status, at))| (*number, format!("{number} {status} {at}")));
        let lines: BTreeMap<u64, String> = open.chain(ended).collect();
        lines.into_values().collect::<Vec<_>>().join("\n")
    }
}

fn state_of(environment: &TestEnvironment) -> String {
    environment.database.text(
        "SELECT string_agg(CASE WHEN status = 'open' \
         THEN concat_ws(' ', number, status, title, net_amount, (follow_up_at AT TIME ZONE 'Europe/Berlin')::date) \
         ELSE concat_ws(' ', number, status, (closed_at AT TIME ZONE 'Europe/Berlin')::date) END, \
         E'\\n' ORDER BY number::int) FROM documents",
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
         [import.profile.offers.columns]\n\"Stand\" = \"status\"\n\
         [import.profile.offers.fixed]\nkind = \"offer\"\n[import.profile.offers.values]\n\
         status = { offen = \"open\", Auftrag = \"won\", Absage = \"lost\", Storno = \"void\" }\n",
    );
    let folder = environment.path().join("erp");
    std::fs::create_dir(&folder).unwrap();

    let first: NaiveDate = "2026-10-01".parse().unwrap();
    let (open, ended) = (BTreeMap::new(), BTreeMap::new());
    let mut erp = Erp { dice: Dice(7), open, ended, told: Vec::new(), last: 0 };
    (0..60).for_each(|_| erp.add(first));
    let of = |day: NaiveDate| format!("offers-{day}.csv");
    let (mut told, mut yesterday) = (0, String::new());
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
        // yesterday's file is late and comes together with today's, written after it: their names say what is newer
        if night == 21 {
            erp.work(day, day);
            put(&folder, &of(day), &erp.file());
            std::thread::sleep(std::time::Duration::from_millis(20));
            put(&folder, &of(day - Days::new(1)), &file);
        } else {
            put(&folder, &of(day), &file);
        }
        let run = import();
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{day}");
        assert_eq!(state_of(&environment), erp.state(), "{day}");

        // it comes when today's has been imported: nothing of it is taken
        if night == 24 {
            put(&folder, &of(day - Days::new(1)), &yesterday);
            let run = import();
            assert_eq!(run.code, 3, "{}", run.stderr);
            assert!(
                run.stderr.contains("it is older than done/2026-10-25-0400-offers-2026-10-25.csv"),
                "{}",
                run.stderr
            );
            assert_eq!(state_of(&environment), erp.state(), "{day}");
        }

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
        // and whatever has come back since is reminded of, on a day on which people work
        if day.weekday().num_days_from_monday() < 5 {
            let forgotten = environment.database.text(&format!(
                "SELECT coalesce(string_agg(number, ' '), '') FROM documents d WHERE status = 'open' \
                 AND follow_up_at <= '{day} 08:00' AND NOT EXISTS (SELECT FROM escalation_steps s \
                 WHERE s.item_id = d.id::text AND s.at >= d.follow_up_at)",
            ));
            assert_eq!(forgotten, "", "{day}: open and nobody was told");
        }
        yesterday = file;
        erp.work(day, day + Days::new(1));
    }
    assert!(told > 20, "only {told} reminders in a month: the test tests nothing");
    let nights = "SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE outcome = 'partial')) FROM job_runs \
                  WHERE job = 'import run'";
    assert_eq!(environment.database.text(nights), "34 3");
    for (said, status) in ENDS {
        assert!(erp.ended.values().any(|(ended, _)| *ended == status), "{said}: none in a month");
    }
}
