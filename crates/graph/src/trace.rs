//! Which request caused what: an id that goes with the work from the request to its commit, the event, and the jobs.
//!
//! It is for log lines alone: nothing that the product does depends on it. The id follows the current task; an event
//! that is emitted under one carries it beside its own fields, where readers that do not know of it pass over it.

use std::fmt;

use serde::{Deserialize, de::IgnoredAny};

tokio::task_local! {
    static CURRENT: TraceId;
}

/// The field of an event's or a job's body that holds the id.
const FIELD: &str = "trace";

/// The id of a trace as W3C's Trace Context has it: 16 bytes that are not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// From bytes; `None` for zeros, which the standard keeps for "none".
    pub fn new(bytes: [u8; 16]) -> Option<TraceId> {
        (bytes != [0; 16]).then_some(TraceId(bytes))
    }

    /// From 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<TraceId> {
        let digits = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        if text.len() != 32 || !text.as_bytes().iter().all(digits) {
            return None;
        }
        TraceId::new(u128::from_str_radix(text, 16).ok()?.to_be_bytes())
    }

    /// Of the work that this task does now.
    pub fn current() -> Option<TraceId> {
        CURRENT.try_with(|id| *id).ok()
    }

    /// Does some work under this id.
    pub async fn follow<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The id that a body carries.
    pub fn of(body: &[u8]) -> Option<TraceId> {
        TraceId::parse(field::<&str>(body)?)
    }

    /// A body that carries the id too. One that is no object with fields, or carries one already, stays as it is.
    pub fn add_to(self, mut body: Vec<u8>) -> Vec<u8> {
        if body.len() > 2 && body.first() == Some(&b'{') && field::<IgnoredAny>(&body).is_none() {
            let end = body.pop();
            if end == Some(b'}') {
                body.extend_from_slice(format!(",\"{FIELD}\":\"{self}\"").as_bytes());
            }
            body.extend(end);
        }
        body
    }
}

/// The field that holds the id, whatever is in it.
fn field<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    #[derive(Deserialize)]
    struct Traced<T> {
        trace: T,
    }
    // Most bodies carry none, and looking for one must not cost reading all of them.
    let key = format!("\"{FIELD}\"");
    if !body.windows(key.len()).any(|part| part == key.as_bytes()) {
        return None;
    }
    serde_json::from_slice::<Traced<T>>(body).ok().map(|traced| traced.trace)
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Does some work under an id, if there is one.
pub async fn traced<T>(id: Option<TraceId>, work: impl Future<Output = T>) -> T {
    match id {
        Some(id) => id.follow(work).await,
        None => work.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn only_the_standards_form_is_an_id() {
        assert_eq!(TraceId::parse(ID).unwrap().to_string(), ID);
        let zeros = "0".repeat(32);
        for bad in
            ["", "4bf9", &zeros, &ID.to_uppercase(), &format!("{ID}0"), &ID.replace('4', "+")]
        {
            assert_eq!(TraceId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_body_carries_an_id_and_reads_as_before() {
        #[derive(Deserialize)]
        struct Body {
            post: u64,
        }
        let id = TraceId::parse(ID).unwrap();
        let body = id.add_to(br#"{"post":7}"#.to_vec());
        assert_eq!(serde_json::from_slice::<Body>(&body).unwrap().post, 7);
        assert_eq!(TraceId::of(&body), Some(id));
        assert_eq!(id.add_to(body.clone()), body, "once");
        for other in
            [&b"null"[..], b"{}", b"7", b"[1]", b"", br#"{"trace":7}"#, br#"{"x":"\"trace\""}"#]
        {
            assert_eq!(TraceId::of(other), None);
            let with = id.add_to(other.to_vec());
            assert!(with == other || TraceId::of(&with) == Some(id), "{other:?}: {with:?}");
        }
    }

    #[tokio::test]
    async fn an_id_holds_for_the_work_that_follows_it_and_no_other() {
        let id = TraceId::parse(ID).unwrap();
        assert_eq!(id.follow(async { TraceId::current() }).await, Some(id));
        assert_eq!(TraceId::current(), None);
    }
}
