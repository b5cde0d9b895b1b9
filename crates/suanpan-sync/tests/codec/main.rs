//! The codec as its users see it: what goes in comes out, damage is an error, and the bytes stay few.

mod damage;
mod frozen;
mod round_trip;
mod sizes;
mod strategies;
mod workload;
