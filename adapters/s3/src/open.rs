//! Opening: the URL, and a look at who is there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};
use object_store::{
    BackoffConfig, ClientOptions, Error, ObjectStore, PutMode, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    list::{PaginatedListOptions, PaginatedListStore},
    path::Path,
    signer::{Method, Signer},
};
use url::Url;

use crate::{
    S3Blobs,
    bucket::{Bucket, Links},
    error::{OpenError, code, said},
};

/// How long opening waits for an answer, its repetitions included.
const PATIENCE: Duration = Duration::from_secs(20);
/// The object that says whose the bucket is. Its name is no key.
const MARK: &str = "KEPT-BY-SOCIOSPHERE";
const MARK_TEXT: &str =
    "Media of a community. What is here under names of small letters is SocioSphere's.\n";

/// What an operator wants to know of a server.
#[derive(Clone, Debug)]
pub struct Health {
    /// Its host. S3 has no way to ask for a version.
    pub host: String,
    /// How long it takes to answer.
    pub latency: Duration,
}

/// Asks how it is, without opening blobs.
pub async fn look(url: &str) -> Result<Health, OpenError> {
    let place = Place::parse(url)?;
    let bucket = place.bucket()?;
    place.ask(&bucket).await?;
    let began = Instant::now();
    place.ask(&bucket).await?;
    Ok(Health { latency: began.elapsed(), host: place.host })
}

impl S3Blobs {
    /// Opens what a URL names: `s3://KEY:SECRET@bucket/prefix?endpoint=https://host&region=…`. Without keys in it, those of
    /// the usual `AWS_…` variables count, or the machine's own. `redirect=true` lets people read open blobs from the server
    /// itself, `redirect=https://host` from another address of it.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let place = Place::parse(url)?;
        let bucket = place.bucket()?;
        place.ask(&bucket).await?;
        place.mark(&bucket).await?;
        Ok(Self { bucket: Arc::new(bucket) })
    }
}

/// What a URL names.
struct Place {
    bucket: String,
    prefix: String,
    keys: Option<(String, String)>,
    endpoint: Option<Url>,
    region: Option<String>,
    /// Where people read by links.
    redirect: Option<Option<Url>>,
    host: String,
}

impl Place {
    fn parse(text: &str) -> Result<Self, OpenError> {
        let wrong = |why: &str| OpenError::Url(why.to_owned());
        let url = Url::parse(text).map_err(|_| wrong("this is no S3 URL"))?;
        let bucket = url.host_str().filter(|host| !host.is_empty());
        let bucket = bucket.ok_or_else(|| wrong("it names no bucket"))?.to_owned();
        if url.scheme() != "s3" || url.port().is_some() {
            return Err(wrong(
                "the host of an S3 URL is its bucket; a server has its place in ?endpoint=",
            ));
        }
        let prefix = url.path().trim_matches('/').to_owned();
        if !prefix.is_empty() && engine::blobs::check_key(&prefix).is_err() {
            return Err(wrong("a prefix has small letters, digits, and . _ - / between them"));
        }
        let mut place = Self {
            prefix: if prefix.is_empty() { prefix } else { format!("{prefix}/") },
            keys: keys(&url)?,
            bucket,
            endpoint: None,
            region: None,
            redirect: None,
            host: String::new(),
        };
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "endpoint" => place.endpoint = Some(address("endpoint", &value)?),
                "region" => place.region = Some(value.into_owned()),
                "redirect" if value == "false" => place.redirect = None,
                "redirect" if value == "true" => place.redirect = Some(None),
                "redirect" => place.redirect = Some(Some(address("redirect", &value)?)),
                _ => {
                    let known = "known are endpoint, region and redirect";
                    return Err(OpenError::Url(format!("there is no ?{name}=; {known}")));
                }
            }
        }
        place.host = match &place.endpoint {
            Some(endpoint) => endpoint.authority().to_owned(),
            None => "S3".to_owned(),
        };
        Ok(place)
    }

    fn bucket(&self) -> Result<Bucket, OpenError> {
        let mut conditional = HeaderMap::new();
        conditional.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        let links = match &self.redirect {
            None => None,
            Some(address) => {
                let address = address.as_ref().or(self.endpoint.as_ref());
                let s3 = self.client(address, HeaderMap::new())?;
                let origin = match address {
                    Some(address) => address.origin().ascii_serialization(),
                    None => format!("https://s3.{}.amazonaws.com", self.region_or_default()),
                };
                Some(Links { s3, origin })
            }
        };
        Ok(Bucket {
            s3: self.client(self.endpoint.as_ref(), HeaderMap::new())?,
            first_writer: self.client(self.endpoint.as_ref(), conditional)?,
            prefix: self.prefix.clone(),
            links,
        })
    }

    fn region_or_default(&self) -> String {
        let named = |name| std::env::var(name).ok().filter(|_| self.keys.is_none());
        let region = self.region.clone().or_else(|| named("AWS_REGION"));
        region.or_else(|| named("AWS_DEFAULT_REGION")).unwrap_or_else(|| "us-east-1".to_owned())
    }

    fn client(&self, address: Option<&Url>, headers: HeaderMap) -> Result<AmazonS3, OpenError> {
        // The whole of an answer may take long (a video that somebody watches); between two pieces of it no long time.
        let options = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(3))
            .with_read_timeout(Duration::from_secs(20))
            .with_timeout_disabled()
            .with_default_content_type("application/octet-stream")
            .with_default_headers(headers)
            .with_allow_http(address.is_some_and(|address| address.scheme() == "http"));
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(50),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: 3,
            retry_timeout: Duration::from_secs(8),
        };
        let mut builder = match &self.keys {
            Some((key, secret)) => {
                AmazonS3Builder::new().with_access_key_id(key).with_secret_access_key(secret)
            }
            None => AmazonS3Builder::from_env(),
        };
        builder = builder
            .with_client_options(options)
            .with_retry(retry)
            .with_bucket_name(&self.bucket)
            .with_region(self.region_or_default())
            // Not every S3 knows how to delete many at once.
            .with_disable_bulk_delete(true);
        if let Some(address) = address {
            builder = builder.with_endpoint(address.as_str().trim_end_matches('/'));
        }
        builder.build().map_err(|error| OpenError::Url(said(&error)))
    }

    /// Looks into the bucket: whether it is there, is S3, and is ours to read.
    async fn ask(&self, bucket: &Bucket) -> Result<(), OpenError> {
        let mark = Path::from(MARK);
        let keys = bucket.s3.signed_url(Method::GET, &mark, PATIENCE);
        match tokio::time::timeout(PATIENCE, keys).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(OpenError::NoKeys(said(&error))),
            Err(_) => {
                return Err(OpenError::NoKeys(
                    "the machine's own were not given in time".to_owned(),
                ));
            }
        }
        let options = PaginatedListOptions { max_keys: Some(1), ..PaginatedListOptions::default() };
        let within = (!self.prefix.is_empty()).then_some(self.prefix.as_str());
        let asked = bucket.s3.list_paginated(within, options);
        self.answer(asked).await?.map(drop).map_err(|error| self.why(&error))
    }

    /// Writes the mark, which also tells whether a second write of it is refused.
    async fn mark(&self, bucket: &Bucket) -> Result<(), OpenError> {
        let path = Path::from(format!("{}{MARK}", self.prefix));
        for _ in 0..2 {
            let mark = bucket.s3.put_opts(&path, MARK_TEXT.into(), PutMode::Create.into());
            match self.answer(mark).await? {
                Ok(_) => {}
                Err(Error::AlreadyExists { .. }) => return Ok(()),
                Err(error) => return Err(self.why(&error)),
            }
        }
        Err(OpenError::Overwrites)
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, OpenError> {
        let answer = tokio::time::timeout(PATIENCE, asked).await;
        answer.map_err(|_| OpenError::Away(format!("{} takes too long", self.host)))
    }

    fn why(&self, error: &Error) -> OpenError {
        let words = error.to_string();
        let (host, bucket) = (self.host.clone(), self.bucket.clone());
        match code(&words) {
            Some("NoSuchBucket") => OpenError::NoBucket { bucket, host },
            Some("InvalidAccessKeyId" | "InvalidClientTokenId") => OpenError::Key { host },
            Some("SignatureDoesNotMatch") => OpenError::Secret,
            Some("RequestTimeTooSkewed" | "RequestExpired") => OpenError::Clock { host },
            Some("AccessDenied" | "AllAccessDisabled") => OpenError::Forbidden { bucket },
            Some(
                "AuthorizationHeaderMalformed"
                | "PermanentRedirect"
                | "IllegalLocationConstraintException",
            ) => OpenError::Region(said(error)),
            Some(_) => OpenError::Away(said(error)),
            None if words.contains("redirect without LOCATION") => OpenError::Region(said(error)),
            None if answered(&words) => OpenError::Strange { host, said: said(error) },
            None => OpenError::Away(said(error)),
        }
    }
}

/// Whether somebody answered at all.
fn answered(words: &str) -> bool {
    ["status code", "list response", "Unable to extract metadata", "Content-Length"]
        .iter()
        .any(|sign| words.contains(sign))
}

fn keys(url: &Url) -> Result<Option<(String, String)>, OpenError> {
    let plain = |text: &str| {
        // The URL crate keeps what it parsed in its escaped form.
        let text = format!("x={}", text.replace('+', "%2B"));
        url::form_urlencoded::parse(text.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (key, Some(secret)) if !key.is_empty() => Ok(plain(key).zip(plain(secret))),
        _ => Err(OpenError::Url("it has one of key and secret, and needs both".to_owned())),
    }
}

fn address(name: &str, value: &str) -> Result<Url, OpenError> {
    let sound = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let wrong = || OpenError::Url(format!("?{name}= is no http:// or https:// address"));
    Url::parse(value).ok().filter(sound).ok_or_else(wrong)
}
