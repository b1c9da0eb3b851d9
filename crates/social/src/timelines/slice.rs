//! A page of posts with what the next page needs to know.

use crate::posts::Seen;

/// A page of posts, newest first. The cursors follow what was scanned, not what is shown, so that a page full of
/// posts that the viewer may not see still leads on.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// What the viewer sees.
    pub posts: Vec<Seen>,
    /// The largest `ord` that was looked at.
    pub newest: Option<u64>,
    /// The smallest `ord` that was looked at.
    pub oldest: Option<u64>,
    /// Whether there may be more beyond.
    pub more: bool,
}

impl Slice {
    /// Notes that a member was looked at.
    pub fn scanned(&mut self, ord: u64) {
        self.newest = Some(self.newest.map_or(ord, |newest| newest.max(ord)));
        self.oldest = Some(self.oldest.map_or(ord, |oldest| oldest.min(ord)));
    }
}
