//! Reading the script: people and photographs in TOML, conversations as they would stand in a play.
//!
//! A line of a scene is `handle [directions]: text`; two spaces more than the line above answer it. Directions are
//! separated by `;`: `with PHOTO, PHOTO`, `with video NAME`, `warn TEXT`, `to AUDIENCE`, `in LANGUAGE`, `pin`,
//! `edit TEXT`, `ago MINUTES`
//! (before the story ends). `\n` in a text breaks the line, `#` in the first column starts a remark.

use std::collections::BTreeMap;

use serde::Deserialize;
use social::posts::model::Audience;

use super::Folder;

/// Somebody.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their handle.
    pub handle: String,
    /// Their shown name.
    pub name: String,
    /// Their biography.
    pub bio: String,
    /// Their interests.
    pub interests: Vec<String>,
    /// Fields of their profile.
    #[serde(default)]
    pub fields: Vec<(String, String)>,
    /// The language they write in.
    #[serde(default = "english")]
    pub language: String,
    /// The photograph of their header.
    pub picture: String,
    /// Who shares a circle with them knows them.
    pub circles: Vec<String>,
    /// Follows are requests.
    #[serde(default)]
    pub locked: bool,
    /// It is a machine.
    #[serde(default)]
    pub bot: bool,
    /// It is theirs.
    #[serde(default)]
    pub owner: bool,
}

/// A photograph, or a video made of some.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// What it shows.
    pub alt: String,
    /// It is a video.
    #[serde(default)]
    pub video: bool,
    /// What stays in sight.
    pub focus: Option<(f64, f64)>,
    /// Whom to thank.
    pub author: String,
    /// Under which licence.
    pub licence: String,
    /// Where it was found.
    pub source: String,
}

/// Something that is said.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// `file:line`, for messages.
    pub place: String,
    /// Which scene it is in.
    pub scene: usize,
    /// Who says it: an index into the people.
    pub by: usize,
    /// What it answers: an index into the posts.
    pub parent: Option<usize>,
    /// What is said.
    pub text: String,
    /// Content warning.
    pub warning: String,
    /// For whom.
    pub audience: Audience,
    /// In which language, if it is not the author's.
    pub language: Option<String>,
    /// Names of photographs.
    pub photos: Vec<String>,
    /// Name of a video.
    pub video: Option<String>,
    /// How many minutes before the story ends, where that matters.
    pub ago: Option<u64>,
    /// It is pinned to the profile.
    pub pinned: bool,
    /// What it says after it was edited.
    pub edited: Option<String>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Script {
    /// In the order in which they join.
    pub people: Vec<Person>,
    /// Photographs and videos by name.
    pub photos: BTreeMap<String, Photo>,
    /// By scene; what is answered stands before what answers it.
    pub posts: Vec<Post>,
}

/// A place of the script that does not make sense, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("demo/{place}: {why}")]
pub struct ScriptError {
    /// File, and line if there is one.
    pub place: String,
    /// A sentence.
    pub why: String,
}

fn english() -> String {
    "en".to_owned()
}

fn wrong(place: impl Into<String>, why: impl Into<String>) -> ScriptError {
    ScriptError { place: place.into(), why: why.into() }
}

fn read(name: &str) -> Result<String, ScriptError> {
    let file = Folder::get(name).ok_or_else(|| wrong(name, "is missing"))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| wrong(name, "is not UTF-8"))
}

fn toml_of<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, ScriptError> {
    toml::from_str(&read(name)?).map_err(|error| wrong(name, error.to_string()))
}

impl Script {
    /// The script in the binary.
    pub fn embedded() -> Result<Script, ScriptError> {
        #[derive(Deserialize)]
        struct People {
            people: Vec<Person>,
        }
        let People { people } = toml_of("people.toml")?;
        let photos = toml_of("photos.toml")?;
        let mut script = Script { people, photos, posts: Vec::new() };
        let mut names: Vec<_> = Folder::iter().filter(|name| name.starts_with("scenes/")).collect();
        names.sort();
        for (scene, name) in names.iter().enumerate() {
            script.scene(scene, name, &read(name)?)?;
        }
        Ok(script)
    }

    /// The place of somebody among the people.
    pub fn person(&self, handle: &str) -> Option<usize> {
        self.people.iter().position(|person| person.handle == handle)
    }

    fn scene(&mut self, scene: usize, name: &str, text: &str) -> Result<(), ScriptError> {
        // The post that a line of each depth would answer.
        let mut open: Vec<usize> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{name}:{}", number + 1);
            let bare = line.trim_start_matches(' ');
            let depth = (line.len() - bare.len()) / 2;
            if depth > open.len() {
                return Err(wrong(place, "answers nothing: it is indented too far"));
            }
            open.truncate(depth);
            let mut post = self.line(&place, bare)?;
            post.scene = scene;
            post.parent = open.last().copied();
            open.push(self.posts.len());
            self.posts.push(post);
        }
        Ok(())
    }

    fn line(&self, place: &str, line: &str) -> Result<Post, ScriptError> {
        let name = line.find([':', ' ']).ok_or_else(|| wrong(place, "nobody says this"))?;
        let (handle, rest) = line.split_at(name);
        let by = self.person(handle).ok_or_else(|| wrong(place, format!("who is {handle}?")))?;
        let (directions, text) = match rest.strip_prefix(" [") {
            Some(rest) => rest.split_once("]: "),
            None => rest.strip_prefix(": ").map(|text| ("", text)),
        }
        .ok_or_else(|| wrong(place, "must be `handle [directions]: text`"))?;
        let text = text.replace("\\n", "\n");
        let mut post = Post { place: place.to_owned(), by, text, ..Post::default() };
        for direction in directions.split(';').map(str::trim).filter(|one| !one.is_empty()) {
            self.direct(&mut post, direction)?;
        }
        Ok(post)
    }

    fn direct(&self, post: &mut Post, direction: &str) -> Result<(), ScriptError> {
        let (word, rest) = direction.split_once(' ').unwrap_or((direction, ""));
        match word {
            "with" => match rest.strip_prefix("video ") {
                Some(video) => post.video = Some(video.to_owned()),
                None => post.photos.extend(rest.split(", ").map(str::to_owned)),
            },
            "warn" => post.warning = rest.to_owned(),
            "to" => {
                post.audience = match rest {
                    "followers" => Audience::Followers,
                    "unlisted" => Audience::Unlisted,
                    _ => return Err(wrong(&post.place, format!("there is no audience {rest}"))),
                }
            }
            "in" => post.language = Some(rest.to_owned()),
            "ago" => {
                let minutes = rest.parse();
                post.ago = Some(minutes.map_err(|_| wrong(&post.place, "ago: how many minutes?"))?);
            }
            "pin" => post.pinned = true,
            "edit" => post.edited = Some(rest.replace("\\n", "\n")),
            _ => return Err(wrong(&post.place, format!("there is no direction {word}"))),
        }
        let mut shown = post.photos.iter().chain(&post.video);
        match shown.find(|name| !self.photos.contains_key(*name)) {
            Some(name) => {
                Err(wrong(&post.place, format!("there is no photograph or video {name}")))
            }
            None => Ok(()),
        }
    }
}
