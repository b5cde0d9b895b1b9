//! The server as desks meet it: over real connections, on a free port, with a store on disk. The client here is written
//! by hand on a plain socket, so that every byte and every cut is the test's own.
#![allow(clippy::unwrap_used)]

mod bytes;
mod description;
mod enrolment;
mod exchanges;
mod limits;
mod packages;
mod processes;
mod snapshots;
mod support;
