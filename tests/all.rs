//! The one integration-test binary: linking a second one costs more than all it tests.

#![cfg(test)]

mod calendar;
mod channels;
mod circumstances;
mod config;
mod dates;
mod db;
mod demo;
mod docs;
mod env;
mod escalation;
mod failpoints;
mod formats;
mod fortnight;
mod import;
mod jobs;
mod login;
mod mails;
mod outbox;
mod query;
mod readme;
mod registers;
mod report;
mod roles;
mod schema;
mod streams;
mod tidy;
mod views;
mod watch;
