//! What people hear at once: nudges that name what to read again, and who is here.
//!
//! A nudge carries no state: whoever hears it reads the thing as its own viewer may see it. It goes out after the commit it
//! tells of, and one that is lost costs freshness only. The topics and what follows them stand in `docs/develop/events.md`.

mod nudge;
pub use nudge::{
    ANNOUNCEMENTS, Counted, PEOPLE, PRESENCE, Told, tell, tell_announcement, tell_counts,
};

mod presence;
pub use presence::{
    BEAT, FRESH, MOST_ASKED, Presence, beat, leave, may_see_presence, presence, shown_anew,
    shown_presence, tell as tell_presence,
};
