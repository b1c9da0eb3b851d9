//! `sociosphere`: see `sociosphere help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::commands::main()
}
