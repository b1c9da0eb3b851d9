//! Multipart bodies: fields into the tree, files into temporary files as they arrive, all under caps.

use std::{collections::HashMap, path::PathBuf};

use axum::body::Body;
use multer::{Constraints, Multipart, SizeLimit};
use serde_json::Value;
use tempfile::TempPath;
use tokio::{fs::File, io::AsyncWriteExt};

use super::{
    BODY_BYTES,
    tree::{Form, text},
};
use crate::problem::{Code, Problem};

/// How much an operation takes.
#[derive(Clone, Copy, Debug)]
pub struct FileCaps {
    /// Bytes of all that is no file.
    pub texts: usize,
    /// How many files.
    pub files: usize,
    /// Bytes of each.
    pub bytes: u64,
}

impl Default for FileCaps {
    fn default() -> FileCaps {
        FileCaps { texts: BODY_BYTES, files: 0, bytes: 0 }
    }
}

/// A file that was sent; its bytes go with this value.
#[derive(Debug)]
pub struct Upload {
    path: TempPath,
    /// How many bytes.
    pub size: u64,
    /// The name the client gave; never used as a path.
    pub name: Option<String>,
}

impl Upload {
    /// Where the bytes are.
    pub fn path(&self) -> PathBuf {
        self.path.to_path_buf()
    }

    /// Opens it for reading.
    pub async fn open(&self) -> Result<File, Problem> {
        File::open(&self.path).await.map_err(|error| unavailable(&error))
    }
}

/// Reads a multipart body.
pub async fn receive(
    body: Body,
    boundary: String,
    caps: FileCaps,
) -> Result<(Value, HashMap<String, Upload>), Problem> {
    let whole = caps.texts as u64 + caps.bytes.saturating_mul(caps.files as u64);
    let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
    let mut parts = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let (mut form, mut files, mut texts) = (Form::default(), HashMap::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(problem)? {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_none() {
            let bytes = small(part, caps.texts - texts).await?;
            texts += bytes.len();
            form.add(&name, text(bytes)?)?;
            continue;
        }
        if files.len() >= caps.files {
            return Err(Problem::field(&name, "takes no file here"));
        }
        let upload = store(part, caps.bytes).await?;
        // Browsers send an empty part for a file that was not chosen.
        if upload.size > 0 || upload.name.as_deref().is_some_and(|name| !name.is_empty()) {
            files.insert(name, upload);
        }
    }
    Ok((form.finish(), files))
}

async fn small(mut part: multer::Field<'_>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(problem)? {
        if bytes.len() + chunk.len() > most {
            return Err(Problem::new(Code::TooLarge, "the body is too large"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn store(mut part: multer::Field<'_>, most: u64) -> Result<Upload, Problem> {
    let name = part.file_name().map(str::to_owned);
    let made = tokio::task::spawn_blocking(tempfile::NamedTempFile::new).await;
    let (file, path) = made
        .map_err(|error| unavailable(&error))?
        .map_err(|error| unavailable(&error))?
        .into_parts();
    let mut file = File::from_std(file);
    let mut size = 0;
    while let Some(chunk) = part.chunk().await.map_err(problem)? {
        size += chunk.len() as u64;
        if size > most {
            return Err(Problem::new(Code::TooLarge, "the file is too large"));
        }
        file.write_all(&chunk).await.map_err(|error| unavailable(&error))?;
    }
    file.flush().await.map_err(|error| unavailable(&error))?;
    Ok(Upload { path, size, name })
}

fn problem(error: multer::Error) -> Problem {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Problem::new(Code::TooLarge, "the body is too large")
        }
        _ => Problem::new(Code::MalformedBody, "the multipart body cannot be read"),
    }
}

fn unavailable(error: &dyn std::error::Error) -> Problem {
    Problem::new(Code::Unavailable, "uploads cannot be stored now").because(&error.to_string())
}
