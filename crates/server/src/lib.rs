//! The binary `sociosphere`: config, wiring, roles and commands. The only crate that names an adapter.

pub mod commands;
pub mod config;
pub mod demo;
pub mod engines;
pub mod health;
pub mod instance;
pub mod keys;
pub mod net;
pub mod observe;
pub mod roles;
