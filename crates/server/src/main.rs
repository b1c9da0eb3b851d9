//! `sociosphere`: see `sociosphere help`.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A page is made of many short-lived pieces on two threads, which glibc's allocator is slow at.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    server::commands::main()
}
