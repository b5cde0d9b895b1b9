//! What tests and measurements of several crates stand on: a link as bad as the worst there is
//! ([`weak_link`]), a PostgreSQL that may be killed ([`pg`]), a clock that only moves when told
//! ([`clock`]).
//!
//! Nothing of the product lives here and nothing of it is known here, so that the checkers stand
//! outside of what they check. Only for `[dev-dependencies]` and programs that measure: everything
//! here panics with a reason instead of returning errors, as an assertion would.

pub mod clock;
pub mod pg;
pub mod weak_link;
