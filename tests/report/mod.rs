//! Reports: those that come with wvl, and those of the house's own.

mod built_in;
mod evening;
mod faces;
mod once;
mod own;
