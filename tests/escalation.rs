//! The main job against a real database: what leaves when and to whom, once, and what happens on bad days.

mod bad_days;
mod golden;
mod house;
mod once;
mod output;
mod silences;
mod types;
