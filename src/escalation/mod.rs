//! Escalation: finds what is overdue, decides who hears of it, and says so once.
//!
//! Every run reads load → decide → write. Pure files decide: [`timing`] which step of a chain comes next and when,
//! [`gate`] whether it may leave now, [`recipients`] to whom, [`caps`] how many at once. [`plan`] loads the facts and asks
//! them ([`search`] says where it must look, [`clocks`] count its time), [`run`] says what is written, [`mailing`] takes the steps
//! and queues their mails. Items come from one view a type (`wvl.escalation_*`); this slice owns none of the registers
//! behind them.

pub mod baseline;
pub mod caps;
pub mod chains;
pub mod clocks;
pub mod collections;
pub mod deliveries;
pub mod explain;
pub mod fallback;
pub mod find;
pub mod gate;
pub mod history;
pub mod hours;
pub mod items;
pub mod list;
pub mod mail;
pub mod mailing;
pub mod messages;
pub mod people;
pub mod plan;
pub mod purge;
pub mod recipients;
pub mod rules;
pub mod run;
pub mod search;
pub mod settings;
pub mod silences;
pub mod simulate;
pub mod source;
pub mod step;
pub mod step_list;
pub mod store;
pub mod tally;
pub mod timing;
pub mod today;
pub mod token;
pub mod type_list;
pub mod types;
pub mod unsound;
pub mod view_check;
pub mod view_contract;
pub mod ways;
pub mod wishes;

pub use run::{Options, Report, run};
pub use step::Step;
pub use step_list::StepList;

#[cfg(test)]
mod tests;
