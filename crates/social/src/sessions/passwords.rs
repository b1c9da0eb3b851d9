//! Password hashes.

/// Makes and checks password hashes, as many at once as there are cores.
#[derive(Debug)]
pub struct Passwords;
