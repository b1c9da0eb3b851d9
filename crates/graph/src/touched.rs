//! What a batch touches, as a value and as a few bytes for other processes: which nodes, edges and counts, never what is
//! in them.

use std::collections::HashSet;

use bytes::Bytes;
use engine::store::{EdgeKind, EdgeRef, NodeKind, Op};

/// Who touches more says "everything".
const MOST: usize = 200;
/// That word.
const EVERYTHING: &str = "*";
/// The word for everything, in the second level too.
const VOID: &str = "!";

/// A thing that an operation touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    Node(NodeKind, u64),
    /// An edge, and with it the list that it is in.
    Edge(EdgeRef),
    Count(u64, EdgeKind),
}

/// What a batch touches; each once.
pub(crate) fn touched(batch: &[Op]) -> Vec<Touched> {
    let (mut seen, mut all) = (HashSet::new(), Vec::new());
    let mut add = |thing| {
        if seen.insert(thing) {
            all.push(thing);
        }
    };
    for op in batch {
        match op {
            Op::Put { kind, id, .. } | Op::Remove { kind, id, .. } => {
                add(Touched::Node(*kind, *id));
            }
            Op::Link { edge, .. } | Op::Unlink { edge, .. } => {
                add(Touched::Edge(*edge));
                add(Touched::Count(edge.from, edge.kind));
            }
            Op::Move { edge, .. } | Op::Flag { edge, .. } | Op::Annotate { edge, .. } => {
                add(Touched::Edge(*edge));
            }
            Op::Guard { .. }
            | Op::GuardEdge { .. }
            | Op::Claim { .. }
            | Op::Release { .. }
            | Op::Sequence { .. }
            | Op::Emit { .. } => {}
        }
    }
    all
}

/// As words: who tells, then a word for each thing.
pub(crate) fn tell(by: u64, things: &[Touched]) -> Bytes {
    if things.is_empty() {
        return Bytes::new();
    }
    let mut words = format!("by{by}");
    if things.len() > MOST {
        words.push(' ');
        words.push_str(EVERYTHING);
        return words.into();
    }
    for thing in things {
        words.push_str(&match thing {
            Touched::Node(kind, id) => format!(" n{}.{id}", kind.0),
            Touched::Edge(edge) => format!(" e{}.{}.{}", edge.from, edge.kind.0, edge.to),
            Touched::Count(from, kind) => format!(" c{from}.{}", kind.0),
        });
    }
    words.into()
}

/// What a commit tells that could not take anything away: nothing in the cache is worth anything before the next look.
pub(crate) fn tell_void(by: u64) -> Bytes {
    format!("by{by} {VOID}").into()
}

/// What was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// By this process itself.
    Own,
    /// These things.
    Things(Vec<Touched>),
    /// Too much to name, or words that are not understood: a newer release may know more kinds of things.
    Everything,
    /// What the second level holds is not to be believed either.
    Void,
}

/// Reads what somebody told.
pub(crate) fn told(own: u64, words: &[u8]) -> Told {
    let Ok(words) = std::str::from_utf8(words) else { return Told::Everything };
    let mut words = words.split(' ');
    let by: Option<u64> = words.next().and_then(|word| word.strip_prefix("by")?.parse().ok());
    match by {
        None => return Told::Everything,
        Some(by) if by == own => return Told::Own,
        Some(_) => {}
    }
    if words.clone().any(|word| word == VOID) {
        return Told::Void;
    }
    words.map(thing).collect::<Option<Vec<_>>>().map_or(Told::Everything, Told::Things)
}

fn thing(word: &str) -> Option<Touched> {
    let (letter, numbers) = word.split_at_checked(1)?;
    let numbers: Vec<u64> =
        numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let kind = |number: u64| u16::try_from(number).ok();
    match (letter, &numbers[..]) {
        ("n", [code, id]) => Some(Touched::Node(NodeKind(kind(*code)?), *id)),
        ("e", [from, code, to]) => {
            let kind = EdgeKind(kind(*code)?);
            Some(Touched::Edge(EdgeRef { from: *from, kind, to: *to }))
        }
        ("c", [from, code]) => Some(Touched::Count(*from, EdgeKind(kind(*code)?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_back_and_what_is_not_understood_is_everything() {
        let edge = EdgeRef { from: 1 << 62, kind: EdgeKind(3), to: 9 };
        let things = vec![
            Touched::Node(NodeKind(10), 7),
            Touched::Edge(edge),
            Touched::Count(7, EdgeKind(3)),
        ];
        let words = tell(5, &things);
        assert_eq!(words, format!("by5 n10.7 e{}.3.9 c7.3", 1u64 << 62));
        assert_eq!(told(6, &words), Told::Things(things));
        assert_eq!(told(5, &words), Told::Own);
        assert_eq!(tell(5, &[]), "");
        let many: Vec<_> = (1..=201).map(|id| Touched::Node(NodeKind(10), id)).collect();
        assert_eq!(told(6, &tell(5, &many)), Told::Everything);
        assert_eq!(told(6, &tell_void(5)), Told::Void);
        for words in ["by5 x1.2", "by5 n1", "by5 n99999.1", "by5 n1.x", "by5  ", "\u{e9}", "by5 é"]
        {
            assert_eq!(told(6, words.as_bytes()), Told::Everything, "{words:?}");
        }
    }
}
