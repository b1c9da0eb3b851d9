//! The one list of operations that everything about routes derives from: the router, who may call, the rate
//! limit, the name in metrics, the OpenAPI document, and the table that the authorization test walks.
//!
//! An operation that is not declared here does not exist; one without access, limit and answer does not compile.

mod figures;
mod frame;
mod guard;
pub mod openapi;
mod serve;

use axum::{
    handler::Handler,
    routing::{MethodFilter, MethodRouter, on},
};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use social::staff::Permission;

use crate::{Shared, body::FileCaps, limits::Bucket};

pub use figures::Figures;
pub use frame::{FrameOptions, framed, known};
pub use guard::RouteLabel;
pub use serve::serve;

/// Who may call an operation. The scope is one of OAuth's, or empty where none is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone; a token is not looked at.
    Open,
    /// Everyone; who brings a token brings a good one.
    Anyone(&'static str),
    /// An app, with or without a person.
    App(&'static str),
    /// A person, also one whose e-mail address is not confirmed.
    Newcomer(&'static str),
    /// A confirmed person.
    Person(&'static str),
    /// Staff whose role has this permission, with a scope. Ordinary people find nothing there.
    Staff(&'static str, Permission),
    /// A person in our own web client: apps may not manage passwords and devices.
    Owner,
    /// Our own web client by its cookie, from our own pages (C-1).
    Cookie,
}

/// Which kind of thing an operation takes or gives.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What is known of an operation beside its code.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    /// Unique name: `postStatus`.
    pub id: &'static str,
    /// Method.
    pub method: &'static str,
    /// Path as axum writes it: `/api/v1/statuses/{id}`.
    pub path: &'static str,
    /// Who may call.
    pub access: Access,
    /// How often.
    pub bucket: Bucket,
    /// What it takes, as query (GET) or body.
    pub takes: Option<SchemaOf>,
    /// What it answers with.
    pub answers: Option<SchemaOf>,
    /// What it answers with 202 instead, where the work goes on elsewhere.
    pub accepts: Option<SchemaOf>,
    /// Files it takes, by name.
    pub files: &'static [&'static str],
    /// Caps on them.
    pub caps: FileCaps,
    /// Whether the password must have been given again a short while ago.
    pub dangerous: bool,
    /// Whether a frozen account may call it although it writes.
    pub frozen_may: bool,
    /// A sentence.
    pub summary: &'static str,
    /// Group in the document.
    pub tag: &'static str,
}

/// An operation: what is known of it, and its code.
pub struct Operation {
    /// What is known.
    pub face: Face,
    /// Its code.
    pub handler: MethodRouter<Shared>,
}

macro_rules! methods {
    ($($name:ident $method:literal),*) => {$(
        #[doc = concat!("Declares a ", $method, " operation.")]
        pub fn $name(id: &'static str, path: &'static str, access: Access) -> Face {
            Face::new($method, id, path, access)
        }
    )*};
}

methods!(get "GET", post "POST", put "PUT", patch "PATCH", delete "DELETE");

impl Face {
    fn new(method: &'static str, id: &'static str, path: &'static str, access: Access) -> Face {
        Face {
            id,
            method,
            path,
            access,
            bucket: Bucket::Api,
            takes: None,
            answers: None,
            accepts: None,
            files: &[],
            caps: FileCaps::default(),
            dangerous: false,
            frozen_may: false,
            summary: "",
            tag: "",
        }
    }

    /// What it does, in a sentence.
    pub fn says(mut self, tag: &'static str, summary: &'static str) -> Face {
        (self.tag, self.summary) = (tag, summary);
        self
    }

    /// Another rate limit than the usual.
    pub fn limited(mut self, bucket: Bucket) -> Face {
        self.bucket = bucket;
        self
    }

    /// It needs the password again.
    pub fn dangerous(mut self) -> Face {
        self.dangerous = true;
        self
    }

    /// A frozen account may call it, too: it keeps a place, and tells nobody anything.
    pub fn frozen_may(mut self) -> Face {
        self.frozen_may = true;
        self
    }

    /// What it takes.
    pub fn takes<T: JsonSchema>(mut self) -> Face {
        self.takes = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// Which files it takes.
    pub fn files(mut self, names: &'static [&'static str], bytes: u64) -> Face {
        self.files = names;
        self.caps = FileCaps { files: names.len(), bytes, ..FileCaps::default() };
        self
    }

    /// What it answers with.
    pub fn answers<T: JsonSchema>(mut self) -> Face {
        self.answers = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// What it answers with 202 instead.
    pub fn accepts<T: JsonSchema>(mut self) -> Face {
        self.accepts = Some(|generator| generator.subschema_for::<T>());
        self
    }

    /// Its code.
    pub fn to<H: Handler<T, Shared>, T: 'static>(self, handler: H) -> Operation {
        let method = Method::from_bytes(self.method.as_bytes()).expect("`methods!` names methods");
        let filter = MethodFilter::try_from(method).expect("axum routes these methods");
        Operation { face: self, handler: on(filter, handler) }
    }
}
