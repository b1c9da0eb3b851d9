//! Jobs on the memory engines: what may go wrong on the way, and what must not come of it.

#![expect(clippy::unwrap_used, reason = "what a test sets up must work")]

mod world;

mod delivery;
mod gathered;
mod leases;
mod poison;
mod running;
mod schedules;
