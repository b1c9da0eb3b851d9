//! Jobs on the memory engines: what may go wrong on the way, and what must not come of it.

mod world;

mod delivery;
mod leases;
mod poison;
mod running;
mod schedules;
