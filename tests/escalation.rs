//! The main job against a real database: what leaves when and to whom, once, and what happens on bad days.

mod bad_days;
pub mod every_hour;
mod explain;
mod fallback;
mod foreign;
mod going_live;
mod golden;
mod histories;
pub mod house;
pub mod kill;
mod languages;
mod model;
mod once;
mod output;
mod purge;
mod search;
mod silences;
mod simulate;
mod stages;
mod storm;
mod today;
mod types;
mod views;
mod without;
mod writers;
