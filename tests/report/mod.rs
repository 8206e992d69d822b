//! Reports: those that come with wvl, and those of the house's own.

mod built_in;
mod faces;
mod once;
mod own;
