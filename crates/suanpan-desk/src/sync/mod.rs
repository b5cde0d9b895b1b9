//! Agreeing with the province: what the screens see of it and may ask of it. The conversation itself is
//! suanpan-sync's, the tables are suanpan-store's; here are the link ([`link`]), when to use it ([`pace`], [`driver`])
//! and enrolling ([`enrol`]). Disputes and the tray have calls of their own: [`crate::cases`], [`crate::tray`].

mod clock;
mod division;
pub mod driver;
mod enrol;
pub mod link;
mod once;
mod pace;
mod pinned;
mod snapshot;
mod state;
pub mod usb;

pub use driver::keep_in_step;
pub use enrol::{Enrol, EnrolRequest, enrol, start_enrol};
pub use once::{Summary, Told, agree};
pub use state::{Mode, Pause, Phase, SetMode, SyncState, TimeWindow, pause, set_mode, state, sync_now};
