//! The whole binary, as an operator runs it: killed, stopped, on a full disk, backed up, commanded, with thousands of
//! sockets, and on other engines.

mod support;

mod backup;
mod commands;
mod disk;
mod errors;
mod insight;
mod kill;
mod logs;
mod mongodb;
mod moving;
mod rabbitmq;
mod redis;
mod s3;
mod search;
mod second;
mod sockets;
mod stop;
mod wrong;
