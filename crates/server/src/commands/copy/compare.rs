//! Both sides, record by record.

use engine::store::Upkeep;
use futures::{Stream, TryStreamExt};

use super::{
    progress::Progress,
    records::{self, Walks},
    text,
};

/// Walks both and finds the first difference.
pub async fn compare(
    source: &dyn Upkeep,
    target: &dyn Upkeep,
    progress: &mut Progress,
) -> Result<(), String> {
    let (a, b) = (Walks::over(source), Walks::over(target));
    for kind in records::kinds() {
        same(a.nodes(kind), b.nodes(kind), |node| node.id, progress).await?;
    }
    same(a.edges(), b.edges(), |edge| edge.from, progress).await?;
    same(a.names(), b.names(), |(_, _, id)| *id, progress).await?;
    for (which, store) in [("source", source), ("target", target)] {
        let wrong = store.miscounts().await.map_err(text)?;
        if let Some((of, kind, kept, real)) = wrong.first() {
            return Err(format!(
                "the {which} counts {kept} in list {} of {of}, which has {real}",
                kind.0
            ));
        }
    }
    Ok(())
}

async fn same<T: PartialEq>(
    a: impl Stream<Item = Result<Vec<T>, String>>,
    b: impl Stream<Item = Result<Vec<T>, String>>,
    id: impl Fn(&T) -> u64,
    progress: &mut Progress,
) -> Result<(), String> {
    futures::pin_mut!(a, b);
    loop {
        let (a, b) =
            (a.try_next().await?.unwrap_or_default(), b.try_next().await?.unwrap_or_default());
        if a != b {
            let first = a.iter().zip(&b).find(|(a, b)| a != b).map(|(a, _)| id(a));
            let first = first.or_else(|| a.get(b.len()).or_else(|| b.get(a.len())).map(&id));
            return Err(format!(
                "they differ, first at {}: the target held something else before, or a server wrote meanwhile",
                first.unwrap_or(0)
            ));
        }
        if a.is_empty() {
            return Ok(());
        }
        progress.add(a.len());
    }
}
