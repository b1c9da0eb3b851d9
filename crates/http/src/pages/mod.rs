//! The server's own pages: signing in for apps, consent, links from mails. Small, without script, in the web client's
//! look; the rest of what people see is the web client.

mod appeal;
mod authorize;
mod links;
mod sign_in;
mod unsubscribe;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::{
    limits::Bucket,
    problem::Problem,
    routes::{Access, Operation, get},
};

/// The web client's own tokens stand first, so that a colour or size has one home.
const STYLE: &str = concat!(
    include_str!("../../../../web/src/styles/tokens.css"),
    include_str!("../../assets/pages.css")
);

/// The operations that are pages.
pub fn operations() -> Vec<Operation> {
    let style = (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        STYLE,
    );
    let mut all = vec![
        get("getPageStyle", "/auth/pages.css", Access::Open)
            .says("pages", "The look of the server's pages")
            .limited(Bucket::Unlimited)
            .to(async move || style),
    ];
    all.extend(sign_in::operations());
    all.extend(authorize::operations());
    all.extend(links::operations());
    all.extend(appeal::operations());
    all.extend(unsubscribe::operations());
    all
}

/// A page: title and content, which is HTML. `targets` are where its forms may lead beside here.
struct Page {
    title: &'static str,
    content: String,
    targets: String,
    status: StatusCode,
}

impl Page {
    fn new(title: &'static str, content: String) -> Page {
        Page { title, content, targets: String::new(), status: StatusCode::OK }
    }

    fn status(mut self, status: StatusCode) -> Page {
        self.status = status;
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let Page { title, content, targets, status } = self;
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title} · SocioSphere</title>\n\
             <link rel=\"stylesheet\" href=\"/auth/pages.css\">\n</head>\n<body>\n\
             <main><p class=\"wordmark\">SocioSphere</p>\n<h1>{title}</h1>\n{content}\n</main>\n\
             </body>\n</html>\n"
        );
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
             form-action 'self'{targets}; frame-ancestors 'none'"
        );
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        // Links from mails carry secrets, so no other site may see them in a referrer; our own must, or browsers send forms
        // with `Origin: null` (Fetch, 4.1), which is what a forged one looks like.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

/// A problem, shown as a page.
struct Failed(Problem);

impl<E: Into<Problem>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        if self.0.status().is_server_error() {
            return self.0.into_response();
        }
        let content = format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(self.0.text()));
        Page::new("This did not work", content).status(self.0.status()).into_response()
    }
}

/// Goes to another place. What cannot stand in a header goes nowhere.
fn redirect(to: &str) -> Result<Response, Failed> {
    let to = HeaderValue::from_str(to).map_err(|_| Problem::not_found())?;
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// A text inside HTML, also inside a quoted attribute.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A field that people do not see.
fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value))
}
