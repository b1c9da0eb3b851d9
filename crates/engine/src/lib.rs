//! The ports: what SocioSphere needs from an outside engine, and nothing about who answers.
//!
//! Each module is one port: a trait, a doc comment for each guarantee, its error, a memory engine
//! (module [`memory`]) and a contract suite (module [`contract`]) that every adapter runs. Nothing here
//! knows a word of the product: ids are numbers, kinds are codes, bodies are bytes.

pub mod store;

pub mod queue;

pub mod blobs;

pub mod cache;

pub mod lookaside;

pub mod rings;

pub mod bus;

pub mod search;

pub mod mail;

pub mod web;

pub mod push;

pub mod memory;

pub mod contract;
