//! Everything that can go wrong, in one table: code, status, title.
//!
//! A handler returns a [`Problem`] and does not care how it is shown: [`shaped`] writes RFC 9457 under
//! `/api/sociosphere/` and Mastodon's `{"error": …}` everywhere else, adds the request id to what is our fault, and
//! logs that once.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use social::fault::Fault;

/// What went wrong, as a word that programs may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`row` says what each is")]
pub enum Code {
    BadRequest,
    MalformedBody,
    InvalidCursor,
    SignInRequired,
    InvalidToken,
    WrongCredentials,
    OutsideScopes,
    Unconfirmed,
    Pending,
    Disabled,
    Forbidden,
    CrossSite,
    Frozen,
    StepUp,
    NotFound,
    MethodNotAllowed,
    Conflict,
    TooLarge,
    UnsupportedType,
    Invalid,
    TooMany,
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
    Defect,
    Unavailable,
    ReadOnly,
}

impl Code {
    /// Word, status, title.
    pub const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Code::BadRequest => ("bad_request", 400, "The request cannot be understood"),
            Code::MalformedBody => ("malformed_body", 400, "The body cannot be read"),
            Code::InvalidCursor => ("invalid_cursor", 400, "The cursor is not one of ours"),
            Code::SignInRequired => {
                ("sign_in_required", 401, "This method requires an authenticated user")
            }
            Code::InvalidToken => ("invalid_token", 401, "The access token is invalid"),
            Code::WrongCredentials => {
                ("wrong_credentials", 401, "The name or the password is wrong")
            }
            Code::OutsideScopes => {
                ("outside_scopes", 403, "This action is outside the authorized scopes")
            }
            Code::Unconfirmed => {
                ("unconfirmed", 403, "Your login is missing a confirmed e-mail address")
            }
            Code::Pending => ("pending", 403, "Your login is currently pending approval"),
            Code::Disabled => ("disabled", 403, "Your login is currently disabled"),
            Code::Forbidden => ("forbidden", 403, "This action is not allowed"),
            Code::CrossSite => ("cross_site", 403, "This must come from our own pages"),
            Code::Frozen => ("frozen", 403, "Your account is frozen: you may read, but not write"),
            Code::StepUp => ("step_up_required", 401, "Give your password again first"),
            Code::NotFound => ("not_found", 404, "Record not found"),
            Code::MethodNotAllowed => ("method_not_allowed", 405, "Method not allowed"),
            Code::Conflict => ("conflict", 409, "This does not fit what is there now"),
            Code::TooLarge => ("too_large", 413, "Too large"),
            Code::UnsupportedType => ("unsupported_type", 415, "Unsupported type"),
            Code::Invalid => ("invalid", 422, "Validation failed"),
            Code::TooMany => ("too_many", 429, "Too many requests"),
            Code::InvalidRequest => ("invalid_request", 400, "The request is not complete"),
            Code::InvalidClient => ("invalid_client", 401, "Client authentication failed"),
            Code::InvalidGrant => ("invalid_grant", 400, "The authorization grant is invalid"),
            Code::InvalidScope => ("invalid_scope", 400, "The requested scope is invalid"),
            Code::UnauthorizedClient => {
                ("unauthorized_client", 403, "You are not authorized to revoke this token")
            }
            Code::UnsupportedGrantType => {
                ("unsupported_grant_type", 400, "The authorization grant type is not supported")
            }
            Code::Defect => ("defect", 500, "Something went wrong on our side"),
            Code::Unavailable => ("unavailable", 503, "Not available right now, try again soon"),
            Code::ReadOnly => {
                ("read_only", 503, "Read-only for a while: all can be read, and nothing saved")
            }
        }
    }

    /// Whether it belongs to OAuth (RFC 6749, 5.2), whose errors have a word and a description.
    const fn is_oauth(self) -> bool {
        matches!(
            self,
            Code::InvalidRequest
                | Code::InvalidClient
                | Code::InvalidGrant
                | Code::InvalidScope
                | Code::UnauthorizedClient
                | Code::UnsupportedGrantType
        )
    }
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongField {
    /// Its name.
    pub field: String,
    /// `ERR_…` as Mastodon has them.
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

/// Something that went wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    text: String,
    fields: Vec<WrongField>,
    retry_after_s: Option<u64>,
    limit: Option<(u32, u64)>,
    /// For the log only.
    cause: Option<String>,
}

impl Problem {
    /// With words for the person; empty ones are the title.
    pub fn new(code: Code, text: &str) -> Problem {
        let text = if text.is_empty() { code.row().2 } else { text };
        Problem {
            code,
            text: text.to_owned(),
            fields: Vec::new(),
            retry_after_s: None,
            limit: None,
            cause: None,
        }
    }

    /// With the title as its words.
    pub fn of(code: Code) -> Problem {
        Problem::new(code, "")
    }

    /// Not there, or not for the caller: which of them must not show.
    pub fn not_found() -> Problem {
        Problem::of(Code::NotFound)
    }

    /// The operator has made the community read-only.
    pub fn read_only() -> Problem {
        Problem::of(Code::ReadOnly).retry_after(60)
    }

    /// One field does not validate.
    pub fn field(field: &str, detail: &str) -> Problem {
        Problem::fields(vec![WrongField {
            field: field.to_owned(),
            code: "ERR_INVALID",
            detail: detail.to_owned(),
        }])
    }

    /// Fields do not validate.
    pub fn fields(fields: Vec<WrongField>) -> Problem {
        let said: Vec<_> = fields
            .iter()
            .map(|wrong| format!("{} {}", humanised(&wrong.field), wrong.detail).trim().to_owned())
            .collect();
        let text = format!("Validation failed: {}", said.join(", "));
        Problem { fields, ..Problem::new(Code::Invalid, &text) }
    }

    /// A sentence does not validate something, without a field.
    pub fn invalid(why: &str) -> Problem {
        Problem::new(Code::Invalid, &format!("Validation failed: {why}"))
    }

    /// Names the field that it is about.
    pub fn about(self, field: &str) -> Problem {
        let detail = self.text.trim_start_matches("Validation failed: ").to_owned();
        let wrong = WrongField { field: field.to_owned(), code: "ERR_INVALID", detail };
        self.with_fields(vec![wrong])
    }

    /// Names the fields that it is about.
    pub fn with_fields(mut self, fields: Vec<WrongField>) -> Problem {
        self.fields = fields;
        self
    }

    /// Come back later.
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Which limit is reached, and when all of it is there again.
    pub fn limited(mut self, limit: u32, reset_ms: u64) -> Problem {
        self.limit = Some((limit, reset_ms));
        self
    }

    /// Why, for the log.
    pub fn because(mut self, cause: &str) -> Problem {
        self.cause = Some(cause.to_owned());
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.row().1).expect("the table has only statuses")
    }

    /// Its words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When to try again, in seconds, if that is known.
    pub fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s.or((self.code == Code::Unavailable).then_some(5))
    }

    /// Why, for the log.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    fn as_mastodon(&self, request_id: Option<&str>) -> Value {
        let mut body = if self.code.is_oauth() {
            json!({"error": self.code.row().0, "error_description": self.text})
        } else {
            json!({"error": self.text})
        };
        if self.code == Code::StepUp {
            // Our own client alone meets this, at Mastodon's addresses, too: by the code it knows to ask for the password.
            body["code"] = json!(self.code.row().0);
        }
        if !self.fields.is_empty() {
            let mut details = serde_json::Map::new();
            for wrong in &self.fields {
                let list = details.entry(wrong.field.clone()).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(json!({"error": wrong.code, "description": wrong.detail}));
                }
            }
            body["details"] = Value::Object(details);
        }
        if let Some(id) = request_id {
            body["request_id"] = json!(id);
        }
        body
    }

    fn as_rfc9457(&self, request_id: Option<&str>) -> Value {
        let (code, status, title) = self.code.row();
        let mut body = json!({
            "type": "about:blank", "title": title, "status": status, "detail": self.text, "code": code,
        });
        if let [one] = self.fields.as_slice() {
            body["field"] = json!(one.field);
        }
        if !self.fields.is_empty() {
            body["errors"] = self
                .fields
                .iter()
                .map(|w| json!({"field": w.field, "code": w.code, "detail": w.detail}))
                .collect();
        }
        if let Some(id) = request_id {
            body["request_id"] = json!(id);
        }
        body
    }
}

/// `fields_attributes` as people read it.
fn humanised(field: &str) -> String {
    let mut words = field.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        let problem = match &fault {
            // Waiting does not help against this: whoever reads it should tell the operator.
            Fault::Unavailable(why) if why.contains("disk full") => Problem::new(
                Code::Unavailable,
                "The server's disk is full, so nothing can be saved now",
            ),
            Fault::Unavailable(why) if why.starts_with("no room for blobs") => Problem::new(
                Code::Unavailable,
                "There is no room left for pictures and films; everything else goes on",
            ),
            Fault::Unavailable(why) if why.starts_with("blobs are unavailable") => Problem::new(
                Code::Unavailable,
                "Pictures and films cannot be stored or read right now; everything else goes on",
            ),
            Fault::Unavailable(why) if why == graph::READ_ONLY => Problem::read_only(),
            Fault::Unavailable(_) | Fault::Busy => Problem::of(Code::Unavailable),
            Fault::Defect(_) => Problem::of(Code::Defect),
        };
        problem.because(&fault.to_string())
    }
}

impl From<graph::ReadError> for Problem {
    fn from(error: graph::ReadError) -> Problem {
        Fault::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a problem in the form of the place: what was asked for there, and under which id.
pub fn shaped(mut response: Response, path: &str, id: Option<&HeaderValue>) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let native = path.starts_with("/api/sociosphere/");
    let id = id.and_then(|id| id.to_str().ok());
    let ours = problem.status().is_server_error();
    if ours {
        let cause = problem.cause.as_deref().unwrap_or("no cause given");
        let request = id.unwrap_or("-");
        tracing::error!(http.request.id = request, url.path = %loggable(path), error = cause,
            "a request failed: {}", problem.text);
    }
    let shown = id.filter(|_| ours);
    let (kind, body) = if native {
        ("application/problem+json", problem.as_rfc9457(shown))
    } else {
        ("application/json; charset=utf-8", problem.as_mastodon(shown))
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let retry = problem.retry_after_s();
    if let Some(seconds) = retry {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = body.to_string().into();
    if let Some((limit, reset_ms)) = problem.limit {
        crate::limits::put(&mut response, limit, 0, reset_ms);
    }
    response
}

/// A path as it may stand in a log: outside of the API, what follows its first part may be a secret.
fn loggable(path: &str) -> String {
    match path.starts_with("/api/") {
        true => path.to_owned(),
        false => path.split('/').take(2).collect::<Vec<_>>().join("/"),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn shown(path: &str, code: Code) -> (StatusCode, Value) {
        let answer = Problem::of(code).because("select secret from x").into_response();
        let answer = shaped(answer, path, Some(&HeaderValue::from_static("r-1")));
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn what_is_our_fault_shows_a_request_id_and_no_cause() {
        let (status, body) = shown("/api/v1/x", Code::Defect).await;
        let wanted = json!({"error": "Something went wrong on our side", "request_id": "r-1"});
        assert_eq!((status.as_u16(), body), (500, wanted));
        let (status, body) = shown("/api/sociosphere/v1/x", Code::Unavailable).await;
        assert_eq!((status.as_u16(), &body["request_id"]), (503, &json!("r-1")));
        assert!(!body.to_string().contains("secret"));
    }

    #[test]
    fn f_6_media_that_cannot_be_kept_are_told_apart_from_everything_else() {
        use engine::blobs::BlobError;
        for (error, words) in [
            (BlobError::Full, "There is no room left for pictures"),
            (
                BlobError::Unavailable("http://10.0.0.1 is away".to_owned()),
                "cannot be stored or read",
            ),
        ] {
            let problem = Problem::from(Fault::from(error));
            assert_eq!(problem.status(), 503);
            assert!(problem.text().contains(words), "{}", problem.text());
            assert!(!problem.text().contains("10.0.0.1"), "{}", problem.text());
        }
    }

    #[tokio::test]
    async fn what_is_the_callers_fault_shows_none() {
        let (status, body) = shown("/api/v1/x", Code::NotFound).await;
        assert_eq!((status.as_u16(), body), (404, json!({"error": "Record not found"})));
        let (_, body) = shown("/oauth/token", Code::InvalidGrant).await;
        assert_eq!(body["error"], "invalid_grant");
    }
}
