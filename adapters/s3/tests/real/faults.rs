//! Bad words at the start, and a server that goes, hangs or is full.

use std::time::{Duration, Instant};

use engine::blobs::{BlobError, Blobs};
use futures::TryStreamExt;
use s3_adapter::{S3Blobs, look};

use crate::{
    server::Server,
    support::{page, place, refusal, says},
};

/// What opening says, which must be no success.
async fn refused(url: &str) -> String {
    match S3Blobs::open(url).await {
        Ok(_) => panic!("{url} opens"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_makes_no_sense_is_told_in_one_line_without_its_secret() {
    for (url, part) in [
        ("s3://", "it names no bucket"),
        ("s3:media", "it names no bucket"),
        ("s3://key:hunter2@media:9000", "the host of an S3 URL is its bucket"),
        ("s3://key:hunt/er2@media", "this is no S3 URL"),
        ("s3://key@media", "it has one of key and secret"),
        ("s3://key:hunter2@media/Capital", "a prefix has small letters"),
        ("s3://key:hunter2@media?endpont=http://here", "there is no ?endpont="),
        (
            "s3://key:hunter2@media?endpoint=here:9000",
            "?endpoint= is no http:// or https:// address",
        ),
        ("s3://key:hunter2@media?redirect=yes", "?redirect= is no http:// or https:// address"),
    ] {
        let said = refused(url).await;
        assert!(said.contains(part) && said.contains("one looks like s3://"), "{url}: {said}");
        assert!(!said.contains("hunt") && !said.contains('\n'), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_bucket_key_or_secret_is_told_at_the_start() {
    let place = place();
    let with = |change: fn(&mut url::Url)| {
        let mut url = place.url.clone();
        change(&mut url);
        url.to_string()
    };
    let said = refused(&with(|url| url.set_host(Some("nowhere")).expect("a host"))).await;
    assert!(said.contains("there is no bucket nowhere at "), "{said}");
    let said = refused(&with(|url| url.set_username("nobody").expect("a name"))).await;
    assert!(said.contains("does not know this access key"), "{said}");
    let said = refused(&with(|url| url.set_password(Some("hunter2")).expect("a secret"))).await;
    assert!(said.contains("the secret does not belong to the access key"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let health = look(place.url.as_str()).await.expect("it answers");
    assert!(health.host.contains(':') && health.latency < Duration::from_secs(5), "{health:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_other_servers_say_is_told_too() {
    for (answer, part) in [
        (refusal("403 Forbidden", "RequestTimeTooSkewed"), "set the clock (NTP)"),
        (refusal("403 Forbidden", "AccessDenied"), "it needs s3:ListBucket"),
        (refusal("400 Bad Request", "AuthorizationHeaderMalformed"), "name it, ?region="),
        (page("301 Moved Permanently", ""), "name it, ?region="),
        (page("200 OK", "<html><body>Welcome to nginx!</body></html>"), "is no S3"),
        (page("404 Not Found", "<html>\n<title>404</title>\n</html>"), "is no S3"),
        (refusal("418 Teapot", "Tea"), "S3 does not answer: so it is (Tea)"),
    ] {
        let text = answer.clone();
        let said = refused(&says(move |_| text.clone())).await;
        assert!(said.contains(part) && !said.contains('\n'), "{answer}\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_would_overwrite_is_refused() {
    let url = says(|asked| match asked.starts_with("PUT") {
        true => "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .to_owned(),
        false => empty_list(),
    });
    let said = refused(&url).await;
    assert!(said.contains("ignores If-None-Match"), "{said}");
}

fn empty_list() -> String {
    page("200 OK", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
}

/// A server that opens, and then answers a verb on blobs by this.
async fn opened(answer: impl Fn(&str) -> String + Send + 'static) -> S3Blobs {
    let url = says(move |asked| {
        if asked.contains("list-type=2") {
            return empty_list();
        }
        if asked.contains("KEPT-BY") {
            return refusal("412 Precondition Failed", "PreconditionFailed");
        }
        answer(asked)
    });
    S3Blobs::open(&url).await.expect("it opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn f_6_a_full_server_is_full_and_not_away() {
    for (status, code) in [
        ("507 Insufficient Storage", "XMinioStorageFull"),
        ("400 Bad Request", "XMinioAdminBucketQuotaExceeded"),
        ("403 Forbidden", "QuotaExceeded"),
    ] {
        let blobs = opened(move |_| refusal(status, code)).await;
        assert_eq!(blobs.put("a", &mut &b"x"[..]).await, Err(BlobError::Full), "{code}");
        // In parts, too: the answer comes where the upload begins.
        let large = vec![1; 9 * 1024 * 1024];
        let blobs = opened(move |asked| match asked.starts_with("HEAD") {
            true => page("404 Not Found", ""),
            false => refusal(status, code),
        })
        .await;
        assert_eq!(blobs.put("a", &mut &large[..]).await, Err(BlobError::Full), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_went_is_no_missing_blob() {
    let blobs = opened(|_| refusal("404 Not Found", "NoSuchBucket")).await;
    let away = Err(BlobError::Unavailable("the bucket is gone".to_owned()));
    assert_eq!(blobs.put("a", &mut &b"x"[..]).await, away);
    assert_eq!(blobs.read("a", 0, None).await.map(drop), away.map(drop));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_told_in_bounded_time_and_all_works_again_afterwards() {
    // A server of its own: the others go on.
    let server = Server::start();
    let blobs = S3Blobs::open(&server.url("crash")).await.expect("it opens");
    blobs.put("kept", &mut &b"bytes"[..]).await.expect("it is stored");
    server.kill();
    let began = Instant::now();
    let away = |answer: Result<(), BlobError>| {
        assert!(matches!(answer, Err(BlobError::Unavailable(_))), "{answer:?}");
    };
    away(blobs.put("new", &mut &b"x"[..]).await.map(drop));
    away(blobs.stat("kept").await.map(drop));
    away(blobs.read("kept", 0, Some(2)).await.map(drop));
    away(blobs.delete("kept").await);
    away(blobs.list(None, 9).await.map(drop));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    let said = refused(&server.url("crash")).await;
    assert!(said.contains("S3 does not answer"), "{said}");
    server.restart();
    let bytes = blobs.read("kept", 0, None).await.expect("it is there");
    assert_eq!(bytes.try_collect::<Vec<_>>().await.expect("it comes").concat(), b"bytes");
    assert_eq!(blobs.put("new", &mut &b"x"[..]).await, Ok(1));
    assert_eq!(blobs.list(None, 9).await, Ok(vec!["kept".to_owned(), "new".to_owned()]));
}
