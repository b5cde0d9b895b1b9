//! How a desk and the province agree: frames on the wire and what either side does with them. Nothing here
//! opens a socket, reads a clock, rolls dice or touches a disk; all of that comes in, so that a seeded
//! simulation can drive the very code that runs in the office.
//!
//! Start with [`parcel`] (what is sent: stretches of groups of ops) and [`frame`] (how it is sent), then the two
//! machines: [`client`] and [`server`]. What a store must be able to do for them are the traits beside them.
//! The law that both obey is [`suanpan_model::merge`]; the file on a USB stick is [`package`].

mod bytes;
pub mod client;
pub mod codec;
pub mod faults;
pub mod frame;
pub mod keys;
pub mod lease;
pub mod memory;
pub mod package;
pub mod parcel;
pub mod scope;
pub mod server;
