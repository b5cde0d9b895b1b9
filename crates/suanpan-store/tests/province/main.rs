//! One story on every store of the province: in memory, in a file, in PostgreSQL.
#![allow(clippy::unwrap_used)]

mod administration;
mod amended;
mod damage;
mod encrypted;
mod story;
mod world;
