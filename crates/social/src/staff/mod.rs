//! Staff: who may do what, and the proof that it is still them.
//!
//! A role is a rank and a set of permissions. Nobody acts on somebody of their own rank or above, and nobody gives what
//! they do not have.

pub mod model;

mod permissions;
pub use permissions::{Permission, Permissions};

mod powers;
pub use powers::{Powers, RoleName, powers_of, powers_of_logins, team};

mod roles;
pub use roles::{
    Choice, NewRole, RoleError, create_role, delete_role, edit_role, give_role, roles,
};

mod step_up;
pub use step_up::{PROOF_LIFE, is_proven, step_up};

#[cfg(test)]
mod tests;
