//! Uploads that go up in parts.

use std::{sync::Arc, time::Duration};

use engine::blobs::{BlobError, Blobs};
use futures::TryStreamExt;
use object_store::{
    aws::AmazonS3Builder,
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};
use s3_adapter::S3Blobs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Place, open};

const MIB: usize = 1024 * 1024;

/// Bytes that differ at every place.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place ^ (place >> 8) ^ (place >> 16)) as u8).collect()
}

async fn read(blobs: &S3Blobs, key: &str, start: u64, end: Option<u64>) -> Vec<u8> {
    let stream = blobs.read(key, start, end).await.expect("it is there");
    stream.try_collect::<Vec<_>>().await.expect("it comes").concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_blob_goes_up_in_parts_and_comes_back_whole_and_by_range() {
    let (blobs, place) = open().await;
    // Two full parts and nothing behind them; and a last part of one byte.
    for size in [16 * MIB, 16 * MIB + 1] {
        let (key, bytes) = (format!("large/{size}"), pattern(size));
        assert_eq!(blobs.put(&key, &mut &bytes[..]).await, Ok(size as u64));
        assert!(read(&blobs, &key, 0, None).await == bytes);
        let edge = 8 * MIB - 3..8 * MIB + 3;
        let range = read(&blobs, &key, edge.start as u64, Some(edge.end as u64)).await;
        assert_eq!(range, bytes[edge]);
        assert_eq!(unfinished(&place, &key).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_large_uploads_of_one_key_one_wins() {
    let (blobs, place) = open().await;
    let mut uploads = Vec::new();
    for byte in [1_u8, 2] {
        // Both have begun before either ends.
        let (mut writer, mut reader) = tokio::io::duplex(MIB);
        let engine = blobs.clone();
        let upload = tokio::spawn(async move { engine.put("one", &mut reader).await });
        writer.write_all(&vec![byte; 10 * MIB]).await.expect("it is taken");
        uploads.push((writer, upload, byte));
    }
    wait_for_unfinished(&place, "one", 2).await;
    assert_eq!(blobs.stat("one").await, Err(BlobError::Missing));
    let mut sizes = Vec::new();
    for (mut writer, upload, byte) in uploads {
        // The second one would be longer.
        writer.write_all(&vec![byte; usize::from(byte) * 10]).await.expect("it is taken");
        drop(writer);
        sizes.push(upload.await.expect("it ends").expect("it is stored"));
    }
    assert_eq!(sizes, [10 * MIB as u64 + 10; 2], "both say what the first one stored");
    assert!(read(&blobs, "one", 0, None).await.iter().all(|byte| *byte == 1));
    wait_for_unfinished(&place, "one", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_upload_that_is_dropped_or_breaks_leaves_no_parts() {
    let (blobs, place) = open().await;
    let (mut writer, mut reader) = tokio::io::duplex(MIB);
    let engine = blobs.clone();
    let upload = tokio::spawn(async move { engine.put("half", &mut reader).await });
    writer.write_all(&vec![7; 10 * MIB]).await.expect("it is taken");
    wait_for_unfinished(&place, "half", 1).await;
    upload.abort();
    wait_for_unfinished(&place, "half", 0).await;

    let broken = broken_after(9 * MIB);
    let answer = blobs.put("half", &mut { broken }).await;
    assert!(matches!(answer, Err(BlobError::Unavailable(_))), "{answer:?}");
    wait_for_unfinished(&place, "half", 0).await;
    assert_eq!(blobs.stat("half").await, Err(BlobError::Missing));
    assert_eq!(blobs.list(None, 9).await, Ok(Vec::new()));
}

/// A source of so many bytes that breaks then.
fn broken_after(bytes: usize) -> impl tokio::io::AsyncRead + Send + Unpin {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Err(std::io::Error::other("the line broke")))
        }
    }
    tokio::io::repeat(7).take(bytes as u64).chain(Broken)
}

/// How many uploads of a key the server has parts of. (MinIO tells it of one whole name only.)
async fn unfinished(place: &Place, key: &str) -> usize {
    let url = &place.url;
    let endpoint = url.query_pairs().find(|(name, _)| name == "endpoint").expect("it has one").1;
    let s3 = AmazonS3Builder::new()
        .with_access_key_id(url.username())
        .with_secret_access_key(url.password().expect("it has one"))
        .with_bucket_name(url.host_str().expect("it has one"))
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .build()
        .expect("it is sound");
    let name = format!("{}/{key}!", url.path().trim_matches('/'));
    let asked = SignedUrlOptions::default().with_query([("uploads", ""), ("prefix", &name)]);
    let life = Duration::from_secs(60);
    let link = s3.signed_url_opts(Method::GET, &Path::from(""), life, &asked).await;
    let answer = reqwest::get(link.expect("it is signed")).await.expect("it answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.text().await.expect("it is text").matches("<UploadId>").count()
}

async fn wait_for_unfinished(place: &Place, key: &str, wanted: usize) {
    let found = Arc::new(std::sync::Mutex::new(0));
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let now = unfinished(place, key).await;
            *found.lock().expect("nobody panics") = now;
            if now == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "{found:?} are unfinished, and {wanted} should be");
}
