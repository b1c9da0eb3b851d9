//! Bytes of media: whole or by one range, to who may read them now, in a form that no browser runs (U-10, U-11).

use std::{collections::HashMap, time::Duration};

use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use engine::blobs::BlobError;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    fault::Fault,
    media::{self, Variant, model::Rendition},
    moderation::{Look, open_evidence},
};

use crate::{
    Shared,
    body::Params,
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, get},
};

const AVATAR: &[u8] = include_bytes!("../assets/avatar.png");
const HEADER: &[u8] = include_bytes!("../assets/header.png");

/// All operations that answer with bytes of media.
pub fn operations() -> Vec<Operation> {
    vec![
        get("getDefaultPicture", "/media/default/{name}", Access::Open)
            .says("media", "The picture of who has none")
            .limited(Bucket::Unlimited)
            .to(unset),
        get("getMediaFile", "/media/{id}/{secret}/{file}", Access::Open)
            .says("media", "Bytes of a media; the link says for whom")
            .limited(Bucket::Unlimited)
            .takes::<Claim>()
            .to(file),
    ]
}

async fn unset(Path(name): Path<String>) -> Result<Response, Problem> {
    let bytes = match name.as_str() {
        "avatar.png" => AVATAR,
        "header.png" => HEADER,
        _ => return Err(Problem::not_found()),
    };
    let headers =
        [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "public, max-age=604800")];
    Ok((headers, bytes).into_response())
}

/// For whom a link was made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Claim {
    /// The viewer.
    v: Option<String>,
    /// The proof.
    m: Option<String>,
    /// The case, where it is evidence.
    c: Option<String>,
    /// Until when, of evidence and of media of chats.
    u: Option<String>,
}

impl Claim {
    /// Of media of a few, for one of them. What is no time is none that was ever given.
    fn named(&self) -> Option<media::Claim<'_>> {
        let until_ms = self.u.as_deref().map(|until| until.parse().unwrap_or(0));
        let viewer = self.v.as_deref()?.parse().ok()?;
        Some(media::Claim { viewer, until_ms, seal: self.m.as_deref()? })
    }

    /// Of a picture of a case, for somebody of staff.
    fn look(&self) -> Option<Look> {
        Some(Look {
            case: self.c.as_deref()?.parse().ok()?,
            viewer: self.v.as_deref()?.parse().ok()?,
            until_ms: self.u.as_deref()?.parse().ok()?,
            seal: self.m.clone()?,
        })
    }
}

async fn file(
    State(site): State<Shared>,
    method: Method,
    path: Result<Path<HashMap<String, String>>, axum::extract::rejection::PathRejection>,
    headers: HeaderMap,
    Params(claim): Params<Claim>,
) -> Result<Response, Problem> {
    let Path(path) = path.map_err(|_| Problem::not_found())?;
    let part = |name: &str| path.get(name).map(String::as_str).unwrap_or_default();
    let id = part("id").parse().map_err(|_| Problem::not_found())?;
    let variant = match part("file").split('.').next() {
        Some("original") => Variant::Original,
        Some("small") => Variant::Small,
        _ => return Err(Problem::not_found()),
    };
    // No limit counts these requests, and so nothing has asked yet what other processes wrote: a picture that was uploaded, or
    // taken back, through another one a moment ago.
    site.app.graph.catch_up(site.app.now_ms()).await;
    let named = claim.named();
    let media = match (claim.c.is_some(), claim.look()) {
        (true, Some(look)) => open_evidence(&site.app, id, part("secret"), &look).await?,
        (true, None) => None,
        (false, _) => media::open(&site.app, id, part("secret"), named).await?,
    };
    let media = media.ok_or_else(Problem::not_found)?;
    let found = variant.key(&site.app, &media).await?;
    let (key, rendition) = found.ok_or_else(Problem::not_found)?;
    if part("file").rsplit('.').next() != Some(rendition.extension.as_str()) {
        return Err(Problem::not_found());
    }
    // The link names nobody and was good: everybody may read this now.
    if named.is_none()
        && method == Method::GET
        && let Some(elsewhere) = elsewhere(&site, &key, &rendition).await
    {
        return Ok(elsewhere);
    }
    // Open media never changes under its link, but may stop being open: caches ask again after an hour.
    let caching = match named {
        Some(_) => "private, no-cache",
        None => "public, max-age=3600",
    };
    let mut response = send(&site, &key, &rendition, &headers).await?;
    let set = response.headers_mut();
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    set.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    set.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}

/// Open media may be read from the blob engine itself, where the operator wants it, by a link that soon ends. Media of some
/// people never is: that is decided here at each reading.
async fn elsewhere(site: &Shared, key: &str, rendition: &Rendition) -> Option<Response> {
    // Who watches a film asks for its pieces by the same link until the end.
    let (kind, life) = match rendition.content_type.split_once('/')?.0 {
        "image" => (&rendition.content_type, Duration::from_secs(5 * 60)),
        "video" | "audio" => (&rendition.content_type, Duration::from_secs(60 * 60)),
        // Whatever else it is: only we say that no browser may run it.
        _ => return None,
    };
    // An engine that is away says so where the bytes are read.
    let link = site.app.engines.blobs.public_link(key, kind, life).await.ok()??;
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    let set = response.headers_mut();
    set.insert(header::LOCATION, HeaderValue::from_str(&link).ok()?);
    // Far shorter than the link lives, so that nobody is led to one that has ended.
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=120"));
    Some(response)
}

async fn send(
    site: &Shared,
    key: &str,
    rendition: &Rendition,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let tag = format!("\"{}-{}\"", rendition.blob, rendition.size);
    let said = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let etag = HeaderValue::from_str(&tag).map_err(|_| Problem::not_found())?;
    if said(header::IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|t| t.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let whole = said(header::IF_RANGE).is_some_and(|known| known != tag);
    let range = said(header::RANGE).filter(|_| !whole);
    let range = match range.map(|range| wanted(range, rendition.size)) {
        None | Some(Range::Whole) => None,
        Some(Range::Part(start, end)) => Some((start, end)),
        Some(Range::Outside) => {
            let size = format!("bytes */{}", rendition.size);
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, size)])
                .into_response());
        }
    };
    let (start, end) = range.unwrap_or((0, rendition.size));
    let bytes = match site.app.engines.blobs.read(key, start, Some(end)).await {
        Ok(bytes) => bytes,
        Err(BlobError::Missing) => return Err(Problem::not_found()),
        Err(error) => return Err(Fault::from(error).into()),
    };
    let mut response = Body::from_stream(bytes).into_response();
    let set = response.headers_mut();
    let kind = HeaderValue::from_str(&rendition.content_type);
    set.insert(header::CONTENT_TYPE, kind.map_err(|_| Problem::not_found())?);
    set.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
    set.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    set.insert(header::ETAG, etag);
    if range.is_some() {
        let text = format!("bytes {start}-{}/{}", end - 1, rendition.size);
        if let Ok(value) = HeaderValue::from_str(&text) {
            set.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

/// What a Range header wants (RFC 9110, 14.2). Several ranges, or what is no range, are the whole.
fn wanted(header: &str, size: u64) -> Range {
    let Some(range) = header.strip_prefix("bytes=") else { return Range::Whole };
    let Some((from, to)) = range.trim().split_once('-') else { return Range::Whole };
    let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        true => Some(text.parse().unwrap_or(u64::MAX)),
        false => None,
    };
    match (number(from), number(to)) {
        (Some(start), _) if start >= size => Range::Outside,
        (Some(start), None) if to.is_empty() => Range::Part(start, size),
        (Some(start), Some(last)) if last >= start => {
            Range::Part(start, last.saturating_add(1).min(size))
        }
        (None, Some(0)) if from.is_empty() => Range::Outside,
        (None, Some(last)) if from.is_empty() => Range::Part(size.saturating_sub(last), size),
        _ => Range::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u11_one_range_is_taken_and_nothing_else() {
        for (header, range) in [
            ("bytes=0-", Range::Part(0, 100)),
            ("bytes=0-9", Range::Part(0, 10)),
            ("bytes=90-900", Range::Part(90, 100)),
            ("bytes=-1", Range::Part(99, 100)),
            ("bytes=-500", Range::Part(0, 100)),
            ("bytes=5-18446744073709551616", Range::Part(5, 100)),
            ("bytes=100-", Range::Outside),
            ("bytes=18446744073709551616-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=5-2", Range::Whole),
            ("bytes=0-0,0-0", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("items=0-1", Range::Whole),
        ] {
            assert_eq!(wanted(header, 100), range, "{header}");
        }
    }
}
