//! The contract of blobs: what every engine of [`crate::blobs`] must do.
//!
//! `engine::blobs_contract!(open)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::TryStreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};

use crate::blobs::{BlobError, Blobs};

#[track_caller]
fn must<T, E: Debug>(answer: Result<T, E>) -> T {
    answer.expect("the engine answers")
}

async fn put<B: Blobs>(blobs: &B, key: &str, bytes: &[u8]) -> u64 {
    must(blobs.put(key, &mut &bytes[..]).await)
}

async fn read<B: Blobs>(
    blobs: &B,
    key: &str,
    start: u64,
    end: Option<u64>,
) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<_> = blobs.read(key, start, end).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Bytes that differ at every place a range may start.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place ^ (place >> 8) ^ (place >> 16)) as u8).collect()
}

/// What was put is what is read, empty or larger than any buffer.
pub async fn bytes_come_back_whole<B: Blobs>(blobs: Arc<B>) {
    for size in [0, 1, 65_536, 3_000_001] {
        let (key, bytes) = (format!("size/{size}.bin"), pattern(size));
        assert_eq!(put(&*blobs, &key, &bytes).await, size as u64);
        assert_eq!(must(blobs.stat(&key).await).size, size as u64);
        assert!(must(read(&*blobs, &key, 0, None).await) == bytes, "{size} bytes changed");
    }
    let stat = must(blobs.stat("size/1.bin").await);
    assert!(stat.modified_ms > 1_700_000_000_000, "{stat:?} has no time");
}

/// Ranges say exactly their bytes; beyond the blob there are none.
pub async fn ranges_say_exactly_their_bytes<B: Blobs>(blobs: Arc<B>) {
    let bytes = pattern(200_000);
    put(&*blobs, "a", &bytes).await;
    for (start, end) in [(0, 1), (0, 200_000), (65_535, 65_537), (199_999, 200_000), (7, 7)] {
        let part = must(read(&*blobs, "a", start as u64, Some(end as u64)).await);
        assert!(part == bytes[start..end], "{start}..{end} differs");
    }
    assert!(must(read(&*blobs, "a", 150_000, None).await) == bytes[150_000..]);
    assert_eq!(must(read(&*blobs, "a", 200_000, None).await), [0; 0]);
    for (start, end) in
        [(200_001, None), (0, Some(200_001)), (5, Some(4)), (u64::MAX, Some(u64::MAX))]
    {
        let answer = read(&*blobs, "a", start, end).await;
        assert_eq!(answer, Err(BlobError::OutOfRange { size: 200_000 }), "{start}..{end:?}");
    }
}

/// The bytes of a key never change.
pub async fn the_first_bytes_of_a_key_stay<B: Blobs>(blobs: Arc<B>) {
    put(&*blobs, "a/b", b"first").await;
    assert_eq!(put(&*blobs, "a/b", b"the second").await, 5);
    assert_eq!(must(read(&*blobs, "a/b", 0, None).await), b"first");
}

/// Missing is said as such; deleting is idempotent and frees the key.
pub async fn a_deleted_blob_is_missing<B: Blobs>(blobs: Arc<B>) {
    must(blobs.delete("gone").await);
    put(&*blobs, "gone", b"1").await;
    put(&*blobs, "gone.too", b"2").await;
    must(blobs.delete("gone").await);
    must(blobs.delete("gone").await);
    assert_eq!(blobs.stat("gone").await, Err(BlobError::Missing));
    assert_eq!(read(&*blobs, "gone", 0, None).await, Err(BlobError::Missing));
    assert_eq!(must(blobs.list(None, 9).await), ["gone.too"]);
    put(&*blobs, "gone", b"again").await;
    assert_eq!(must(read(&*blobs, "gone", 0, None).await), b"again");
}

/// A key outside of the form is refused by every verb.
pub async fn bad_keys_are_refused<B: Blobs>(blobs: Arc<B>) {
    let long = "a".repeat(201);
    let bad = [
        "", "/", "/a", "a/", "a//b", "..", "a/../b", "../a", "a/..", ".", "a/./b", "A", "a b",
        "a\0b", "a\\b", "ä", "a\n", "a?b", "%2e%2e", "C:a", &long,
    ];
    for key in bad {
        let refused = |answer: Option<BlobError>| {
            assert!(matches!(answer, Some(BlobError::BadKey(_))), "{key:?} gave {answer:?}");
        };
        refused(blobs.put(key, &mut &b"x"[..]).await.err());
        refused(blobs.stat(key).await.err());
        refused(blobs.read(key, 0, None).await.err());
        refused(blobs.delete(key).await.err());
    }
    assert_eq!(must(blobs.list(None, 9).await), [""; 0]);
    let longest = "a".repeat(200);
    let good = ["a.b", "a..b", ".a", "a/b/c/d/e/f.jpg", "-", "_", "0", &longest];
    for key in good {
        put(&*blobs, key, key.as_bytes()).await;
    }
    for key in good {
        assert_eq!(must(read(&*blobs, key, 0, None).await), key.as_bytes());
    }
}

/// A key that begins with another key and a slash is a key of its own.
pub async fn a_key_may_continue_another<B: Blobs>(blobs: Arc<B>) {
    for key in ["a", "a/b", "a/b/c", "a.tmp"] {
        put(&*blobs, key, key.as_bytes()).await;
    }
    must(blobs.delete("a/b").await);
    for key in ["a", "a/b/c", "a.tmp"] {
        assert_eq!(must(read(&*blobs, key, 0, None).await), key.as_bytes());
    }
    assert_eq!(must(blobs.list(None, 9).await), ["a", "a.tmp", "a/b/c"]);
}

/// Following the last key walks all of them once, in the order of their bytes.
pub async fn lists_walk_all_keys_in_order<B: Blobs>(blobs: Arc<B>) {
    let mut keys: Vec<String> = (0..25).map(|n| format!("{}/{}.x", n % 3, n * 7)).collect();
    keys.extend(["0.a", "0-a", "0a", "1"].map(str::to_owned));
    for key in &keys {
        put(&*blobs, key, b"x").await;
    }
    keys.sort_unstable();
    let mut walked: Vec<String> = Vec::new();
    loop {
        let page = must(blobs.list(walked.last().map(String::as_str), 4).await);
        assert!(page.len() <= 4);
        if page.is_empty() {
            break;
        }
        walked.extend(page);
    }
    assert_eq!(walked, keys);
    assert_eq!(must(blobs.list(Some("0zzz"), 1).await), ["1"]);
    assert_eq!(must(blobs.list(None, 0).await), [""; 0]);
}

/// A source that breaks off.
struct Broken(usize);

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::other("the line broke")));
        }
        self.0 -= 1;
        buffer.put_slice(&pattern(buffer.remaining().min(8_192)));
        Poll::Ready(Ok(()))
    }
}

/// A source that breaks leaves nothing, and the key is free.
pub async fn a_broken_upload_leaves_nothing<B: Blobs>(blobs: Arc<B>) {
    for pieces in [0, 1, 100] {
        assert!(blobs.put("half", &mut Broken(pieces)).await.is_err());
        assert_eq!(blobs.stat("half").await, Err(BlobError::Missing));
    }
    assert_eq!(must(blobs.list(None, 9).await), [""; 0]);
    put(&*blobs, "half", b"whole").await;
    assert_eq!(must(read(&*blobs, "half", 0, None).await), b"whole");
}

/// An upload that nobody waits for any more leaves nothing.
pub async fn a_dropped_upload_leaves_nothing<B: Blobs>(blobs: Arc<B>) {
    let (mut writer, mut reader) = tokio::io::duplex(1_024);
    let engine = blobs.clone();
    let upload = tokio::spawn(async move { engine.put("half", &mut reader).await });
    // Much more than the pipe holds: the engine has taken some of it when this is done.
    must(writer.write_all(&pattern(100_000)).await);
    assert_eq!(blobs.stat("half").await, Err(BlobError::Missing));
    upload.abort();
    assert!(must(upload.await.err().ok_or("it ended")).is_cancelled());
    assert_eq!(blobs.stat("half").await, Err(BlobError::Missing));
    assert_eq!(must(blobs.list(None, 9).await), [""; 0]);
    put(&*blobs, "half", b"whole").await;
    assert_eq!(must(read(&*blobs, "half", 0, None).await), b"whole");
}

/// Of 50 uploads of one key one wins, whole; all agree on it.
pub async fn fifty_uploads_of_one_key_have_one_winner<B: Blobs>(blobs: Arc<B>) {
    let uploads = (0..50_u8).map(|number| {
        let blobs = blobs.clone();
        tokio::spawn(async move {
            put(&*blobs, "one", &vec![number; 30_000]).await;
            must(read(&*blobs, "one", 0, None).await)
        })
    });
    let uploads: Vec<_> = uploads.collect();
    let mut seen = BTreeSet::new();
    for upload in uploads {
        seen.insert(must(upload.await));
    }
    assert_eq!(seen.len(), 1, "readers saw different bytes");
    let bytes = seen.pop_first().expect("there is one");
    assert!(bytes.len() == 30_000 && bytes.iter().all(|byte| *byte == bytes[0]));
}

/// A reader that began before the delete reads to the end, or is told that it cannot: never wrong bytes.
pub async fn a_delete_while_reading_gives_no_wrong_bytes<B: Blobs>(blobs: Arc<B>) {
    let bytes = pattern(1_000_000);
    put(&*blobs, "a", &bytes).await;
    let mut stream = must(blobs.read("a", 0, None).await);
    let mut got = must(stream.try_next().await).expect("it has bytes").to_vec();
    must(blobs.delete("a").await);
    put(&*blobs, "a", &vec![0xee; 1_000_000]).await;
    let failed = loop {
        match stream.try_next().await {
            Ok(Some(piece)) => got.extend_from_slice(&piece),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(got == bytes[..got.len()], "the bytes of another blob came");
    assert!(failed || got.len() == bytes.len(), "it ended early and said nothing");
}

/// A source may come slowly and in pieces.
pub async fn a_slow_source_is_read_to_its_end<B: Blobs>(blobs: Arc<B>) {
    let (mut writer, reader) = tokio::io::duplex(7);
    let bytes = pattern(1_000);
    let sent = bytes.clone();
    let sender = tokio::spawn(async move {
        for piece in sent.chunks(13) {
            must(writer.write_all(piece).await);
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(must(blobs.put("slow", &mut reader.take(999)).await), 999);
    assert!(must(read(&*blobs, "slow", 0, None).await) == bytes[..999]);
    drop(sender.await);
}

/// Makes a test of each function of the suite. See [`crate::contract::blobs`].
#[macro_export]
macro_rules! blobs_contract {
    ($open:path) => {
        $crate::blobs_contract!(@tests $open;
            bytes_come_back_whole
            ranges_say_exactly_their_bytes
            the_first_bytes_of_a_key_stay
            a_deleted_blob_is_missing
            bad_keys_are_refused
            a_key_may_continue_another
            lists_walk_all_keys_in_order
            a_broken_upload_leaves_nothing
            a_dropped_upload_leaves_nothing
            fifty_uploads_of_one_key_have_one_winner
            a_delete_while_reading_gives_no_wrong_bytes
            a_slow_source_is_read_to_its_end
        );
    };
    (@tests $open:path; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (blobs, _guard) = $open().await;
                $crate::contract::blobs::$name(blobs).await;
            }
        )*
    };
}
