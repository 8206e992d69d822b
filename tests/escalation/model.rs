//! A plain model of the rules of escalation (DESIGN.md §3 and §4), written from them and not from the engine: minutes are
//! counted one by one, every item is looked at in every run, and what was sent is a list.

pub mod events;
pub mod minutes;
mod next;
pub mod people;
pub mod rules;
pub mod run;
pub mod world;
