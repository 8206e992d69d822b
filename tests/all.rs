//! The one integration-test binary: linking a second one costs more than all it tests.

#![cfg(test)]

mod config;
mod db;
mod env;
mod mails;
mod outbox;
mod schema;
mod tidy;
