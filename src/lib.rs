//! wvl: keeps IT service companies from forgetting anything. This header is the architecture document.
//!
//! One database, one binary, no daemon: cron starts commands, each does one job. The library parses no arguments and
//! reads neither clock nor environment; the binary (`main.rs`, `cli/`) hands both in. Only [`output`] speaks.
//!
//! # Map
//!
//! `tests/tidy.rs` holds who may import whom and who writes which table.
//!
//! * **kernel**, knows no business noun: [`error`] one error type, a kind is an exit code · [`output`] table, TSV, JSON ·
//!   [`calendar`] pure: working time, holidays, recurrence, the date parser · [`config`] a TOML file read with all its
//!   mistakes at once · [`db`] connection, private cluster, migrations, `schema.rs`, diary of jobs, number ranges ·
//!   [`template`] Tera templates and their texts by language, replaceable from a folder · [`import`] CSV files, also a
//!   folder of them, into a staging table, checked and written set-wise · [`register`] how a noun is listed and shown, and
//!   what of it changes hands when an employee leaves · [`query`] one statement of somebody's own, read-only ·
//!   [`outbox`] queue a message inside the caller's transaction, deliver it · [`failpoint`] where tests kill the process;
//!   nothing in a release
//! * **registers**, nouns that own tables; each says how it is listed (`register()`) and what its CSV file may hold
//!   (`import`): [`party`] employees, partners, contact persons · [`sales`] documents, purchase orders, products →
//!   party · [`contract`] → party, sales · [`ticket`] → party, contract · [`agenda`] tasks, notices → party
//! * **processes**, verbs across nouns: [`escalation`], the main job. It reads items through one view a type
//!   (`wvl.escalation_*`, or a view of the administrator's own) and who works here straight from the tables; it writes
//!   neither · [`edition`] the evening mails, each once to each of its readers · [`role`] who may do what: Postgres' own group roles, granted and revoked
//! * **read side**: [`report`] how the day was, and reports of the house's own · [`watch`] is everything that should happen happening, and what waits for a person · [`doctor`] what is
//!   wrong with an installation, and what helps
//! * **aside**: [`job`] which commands are made for cron, when they run, and who hears how they ended · [`settings`] puts the
//!   sections of all slices together; the slices own their sections, processes get the whole · [`demo`] makes a company to
//!   play with and may write every table
//!
//! # Words
//!
//! One English word in code for one German word in the office: field_rep = ADM, inside_rep = IDM, handler =
//! Bearbeiter, deputy = Vertretung, company_head = Unternehmensleiter · partner = Kunde, Interessent, Lieferant ·
//! document = Beleg (offer Angebot, order Auftrag, delivery_note Lieferschein, invoice Rechnung, credit_note
//! Gutschrift), purchase_order = Bestellung im Einkauf · follow_up = Wiedervorlage · due_at = fällig, the only word for
//! the instant · stage = Stufe, step = what has been said (a stage, an advance notice, a repeat), chain = the steps of
//! one item under one due date · collection = Sammlung, the time at which mails leave together · silence = an
//! acknowledgement (quittiert) or a mute (stummgeschaltet) · rehearsal = Probe, a step taken while no mail reaches people ·
//! baseline = what counts as said on the day of going live.
//!
//! # Invariants
//!
//! * Every job reads load → decide → write; *decide* is a pure function of facts and `now`.
//! * A step of an escalation happens once because of a unique key, never because of a lock or a search.
//! * Every item that a search has found has a chain. That is why the next search may begin where the last one stopped
//!   ([`escalation::search`]), and why nothing may look for items and leave some of them without one.
//! * A change and every message it causes are one transaction; a message is rendered once and its bytes never change.
//! * Ticket and document events, ticket versions and closing times are written by triggers: import, `set` and a hand in
//!   psql cannot disagree. So is what documents do to those they were made from ([`sales::document`]). Triggers and views take their instant from `wvl.as_of()`, set by [`db::set_instant`].
//! * A date becomes an instant once, when it is stored: follow-ups and events at 00:00, promises at 24:00 of their day.
//!
//! # What differs from the design
//!
//! * `escalation_marks` has a row for each type **and calendar**: a 24×7 contract may take its collection at 08:00 while
//!   the type's own window opens at 09:00, and neither may eat the other's.
//! * Chains have a state (live, spent, gone) instead of an end: what is gone may return, and what is spent need not be looked
//!   at before the rules change. Where the searches stopped stands in `escalation_searches`, a row for each type.
//! * What became of a delivery is noted in one statement that is its own transaction (`db::at_once`), because five round trips
//!   around it would halve the speed of a flush. Each sender claims for itself, over a session and a connection of its own.
//! * Acknowledgements and mutes are rows of one table, `escalation_silences`, with what was said and by whom.
//! * What is delivered and invoiced of a line has two parts: what known documents say, and what a hand or a file has noted
//!   beyond them (`delivered_noted`, `invoiced_noted`). What an invoice of an order covers of its delivery notes stands in
//!   `covered_quantity`, so that a delivery paid in advance is not reminded of.
//! * Migrations are compiled in by `build.rs` and run by `db::migrations` in one transaction; the table of diesel's tool
//!   is kept, the crate for it is not needed.
//! * An employee's birthday goes to the supervisor because the view puts the supervisor where contact persons have their
//!   field rep; the type needs one token.

pub mod agenda;
pub mod calendar;
pub mod config;
pub mod contract;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod edition;
pub mod error;
pub mod escalation;
pub mod failpoint;
pub mod import;
pub mod job;
pub mod outbox;
pub mod output;
pub mod party;
pub mod query;
pub mod register;
pub mod report;
pub mod role;
pub mod sales;
pub mod settings;
pub mod template;
pub mod ticket;
pub mod watch;
