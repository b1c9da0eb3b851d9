//! Links that people read by.

use std::time::Duration;

use engine::blobs::Blobs;
use s3_adapter::S3Blobs;

use crate::support::{open, place};

const LIFE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_by_a_link_unless_the_operator_wants_it() {
    let (blobs, _place) = open().await;
    blobs.put("a", &mut &b"bytes"[..]).await.expect("it is stored");
    assert_eq!(blobs.public_link("a", "image/webp", LIFE).await, Ok(None));
    assert_eq!(blobs.public_origin(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_gives_the_bytes_as_the_type_that_was_said_whole_and_by_range_and_ends() {
    let place = place();
    let blobs = S3Blobs::open(&place.with("redirect", "true")).await.expect("it opens");
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    blobs.put("v/a.mp4", &mut &bytes[..]).await.expect("it is stored");
    let link = blobs.public_link("v/a.mp4", "video/mp4", LIFE).await;
    let link = link.expect("it can be made").expect("it is wanted");
    let origin = blobs.public_origin().expect("there is one");
    assert!(link.starts_with(&format!("{origin}/")), "{link} is not of {origin}");
    assert!(!link.contains(place.url.password().expect("it has one")), "the secret is in it");

    let answer = reqwest::get(&link).await.expect("it answers");
    assert_eq!(answer.status(), 200);
    let said = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap_or(""));
    assert_eq!(said("content-type"), Some("video/mp4"));
    assert_eq!(said("content-disposition"), Some("inline"));
    assert_eq!(said("cache-control"), Some("private, max-age=300"));
    assert!(answer.bytes().await.expect("they come") == bytes);
    let part = reqwest::Client::new().get(&link).header("range", "bytes=70000-70009").send().await;
    let part = part.expect("it answers");
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.expect("they come"), bytes[70_000..70_010]);

    // It is for this blob as this type, and for reading.
    for other in [link.replace("a.mp4", "b.mp4"), link.replace("video%2Fmp4", "text%2Fhtml")] {
        assert_ne!(other, link);
        assert_eq!(reqwest::get(&other).await.expect("it answers").status(), 403, "{other}");
    }
    let deleted = reqwest::Client::new().delete(&link).send().await.expect("it answers");
    assert_eq!(deleted.status(), 403);
    let short = blobs.public_link("v/a.mp4", "video/mp4", Duration::from_secs(1)).await;
    let short = short.expect("it can be made").expect("it is wanted");
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        while reqwest::get(&short).await.expect("it answers").status() != 403 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    ended.await.expect("the link ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_may_lead_to_another_address_of_the_server() {
    let place = place();
    let endpoint = place.url.query_pairs().find(|(name, _)| name == "endpoint");
    let elsewhere = endpoint.expect("it has one").1.replace("127.0.0.1", "localhost");
    let blobs = S3Blobs::open(&place.with("redirect", &elsewhere)).await.expect("it opens");
    blobs.put("a", &mut &b"bytes"[..]).await.expect("it is stored");
    let link = blobs.public_link("a", "image/webp", LIFE).await;
    let link = link.expect("it can be made").expect("it is wanted");
    assert_eq!(blobs.public_origin(), Some(elsewhere.as_str()));
    assert!(link.starts_with(&elsewhere), "{link}");
    assert_eq!(reqwest::get(&link).await.expect("it answers").bytes().await.unwrap(), "bytes");
}
