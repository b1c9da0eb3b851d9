//! The media cases of the security list, on files made here.

mod films;
mod pictures;
mod uploads;

use std::{
    ffi::OsStr,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// The tools of this machine. These tests prove what ffmpeg refuses, so they do not run without it.
fn tools() -> Tools {
    let path = std::env::var_os("PATH").expect("a machine has a PATH");
    let tools = Tools::find(std::env::split_paths(&path));
    assert!(tools.film().is_ok(), "these tests need ffmpeg and ffprobe: `make test` installs them");
    tools
}

/// A folder with an input and a place for outputs.
struct Bench {
    folder: tempfile::TempDir,
    pipeline: Pipeline,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(Pipeline::new(tools(), 2))
    }

    fn with(pipeline: Pipeline) -> Bench {
        Bench { folder: tempfile::tempdir().unwrap(), pipeline }
    }

    fn out_dir(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Processes bytes as an attachment, under a name that says nothing true.
    async fn attach(&self, bytes: &[u8]) -> Result<Processed, PipelineError> {
        self.process(bytes, Purpose::Attachment).await
    }

    async fn process(&self, bytes: &[u8], purpose: Purpose) -> Result<Processed, PipelineError> {
        let input = self.folder.path().join("-i upload%d.html");
        fs::write(&input, bytes).unwrap();
        self.pipeline.process(&input, &self.out_dir(), purpose).await
    }

    /// Processes what must be refused, and checks that no file stayed behind.
    async fn refused(&self, bytes: &[u8]) -> PipelineError {
        let error = self.attach(bytes).await.expect_err("this must be refused");
        assert_eq!(self.left(), Vec::<PathBuf>::new(), "files stayed behind after: {error}");
        error
    }

    /// Makes a file with ffmpeg and returns its bytes.
    fn ffmpeg(&self, name: &str, args: &[&str]) -> Vec<u8> {
        let made = self.folder.path().join(name);
        let status = Command::new(self.pipeline.tools.ffmpeg.as_ref().unwrap())
            .args(["-nostdin", "-v", "error", "-y"])
            .args(args)
            .arg(&made)
            .status()
            .unwrap();
        assert!(status.success(), "ffmpeg makes {name}");
        fs::read(made).unwrap()
    }

    fn left(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.out_dir()) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn bytes_of(processed: &Processed, role: Role) -> Vec<u8> {
    fs::read(&processed.file(role).expect("a file of this role").path).unwrap()
}

fn picture_of(processed: &Processed, role: Role) -> DynamicImage {
    image::load_from_memory(&bytes_of(processed, role)).unwrap()
}

/// A picture of many colours, red at the left and green at the top right.
fn photograph(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        if x < width / 4 {
            Rgb([250, (y % 7) as u8, (x % 5) as u8])
        } else if y < height / 4 {
            Rgb([(x % 5) as u8, 250, (y % 7) as u8])
        } else {
            Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, ((x * y) % 251) as u8])
        }
    }))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn contains(bytes: &[u8], sought: &[u8]) -> bool {
    bytes.windows(sought.len()).any(|window| window == sought)
}

/// What ffprobe says of a file, as text to look into.
fn probed(path: &Path) -> String {
    let output = Command::new(tools().ffprobe.unwrap())
        .args(["-v", "error", "-show_format", "-show_streams", "-show_chapters"].map(OsStr::new))
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Polls once; true if it is still pending.
async fn still_pending(mut future: std::pin::Pin<&mut impl Future>) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}
