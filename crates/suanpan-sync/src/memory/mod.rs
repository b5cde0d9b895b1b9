//! Stores that live in memory: the smallest things that answer the traits of both machines. The simulation and the
//! tests of the machines run on them; a transaction is a copy that replaces the original when it is committed.

mod codes;
mod desk;
mod province;

pub use codes::Codes;
pub use desk::MemoryDesk;
pub use province::MemoryProvince;
