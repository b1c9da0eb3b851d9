//! What staff may be allowed to do, by name. The bits are those of Mastodon's roles, which clients read.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::audit::model::words;

words! {
    /// Something that a role allows.
    #[derive(Hash)]
    Permission {
        ViewOperations "view_operations", ViewAuditLog "view_audit_log", ViewDashboard "view_dashboard",
        ManageReports "manage_reports", ManageSettings "manage_settings", ManageBlocks "manage_blocks",
        ManageTrends "manage_trends", ManageAppeals "manage_appeals", ManagePeople "manage_people",
        ManageInvites "manage_invites", ManageRules "manage_rules",
        ManageAnnouncements "manage_announcements", ManageRoles "manage_roles",
        ManageAccess "manage_access", DeletePeople "delete_people",
    }
}

impl Permission {
    /// Its bit in Mastodon's number.
    pub const fn bit(self) -> u32 {
        match self {
            Permission::ViewOperations => 0x2,
            Permission::ViewAuditLog => 0x4,
            Permission::ViewDashboard => 0x8,
            Permission::ManageReports => 0x10,
            Permission::ManageSettings => 0x40,
            Permission::ManageBlocks => 0x80,
            Permission::ManageTrends => 0x100,
            Permission::ManageAppeals => 0x200,
            Permission::ManagePeople => 0x400,
            Permission::ManageInvites => 0x800,
            Permission::ManageRules => 0x1000,
            Permission::ManageAnnouncements => 0x2000,
            Permission::ManageRoles => 0x2_0000,
            Permission::ManageAccess => 0x4_0000,
            Permission::DeletePeople => 0x8_0000,
        }
    }
}

/// A set of permissions. Nodes hold words, so that a bit that changes its meaning gives nobody a power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u32);

impl Permissions {
    /// Everything that there is.
    pub fn all() -> Permissions {
        Permission::ALL.iter().copied().collect()
    }

    /// Whether it is in the set.
    pub fn has(self, one: Permission) -> bool {
        self.0 & one.bit() != 0
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of another set is in this one.
    pub fn covers(self, other: Permissions) -> bool {
        other.0 & !self.0 == 0
    }

    /// As Mastodon's number.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// One by one.
    pub fn each(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |one| self.has(*one))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Permissions {
        Permissions(all.into_iter().fold(0, |bits, one| bits | one.bit()))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.each().map(Permission::as_str))
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Permissions, D::Error> {
        // Words of another release are left out.
        let words = Vec::<String>::deserialize(deserializer)?;
        Ok(words.iter().filter_map(|word| Permission::parse(word)).collect())
    }
}
