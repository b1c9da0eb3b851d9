//! The whole binary, as an operator runs it: killed, stopped, on a full disk, backed up, and commanded.

mod support;

mod backup;
mod commands;
mod disk;
mod kill;
mod stop;
