//! Signing in on the server's own page, for apps that sent somebody here.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use social::sessions::{self, SignInError};

use super::{Failed, Page, escape, hidden, redirect};
use crate::{
    Shared,
    body::Params,
    cookies::{Cookie, check_form, device_of, form_token, page_cookie},
    limits::{Bucket, charge_sign_in},
    routes::{Access, Operation, get, post},
};

const PATH: &str = "/auth/sign_in";

pub fn operations() -> Vec<Operation> {
    vec![
        get("signInPage", PATH, Access::Open)
            .says("pages", "Signs somebody in whom an app sent")
            .takes::<Query>()
            .to(show),
        post("signInForm", PATH, Access::Open)
            .says("pages", "The form of that page")
            .limited(Bucket::SignIn)
            .takes::<Form>()
            .to(enter),
    ]
}

/// Where to go then.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Query {
    /// A path of ours.
    next: String,
}

/// Who signs in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Form {
    /// Name and password.
    user: User,
    /// Proof that the form is ours.
    token: String,
    /// Where to go then.
    next: String,
}

/// Name and password.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct User {
    /// Handle or e-mail address.
    email: String,
    /// Password.
    password: String,
}

async fn show(State(site): State<Shared>, Params(query): Params<Query>) -> Page {
    form(&site, &query.next, "", None)
}

/// The link to this page that leads on to a path of ours.
pub fn link(next: &str) -> String {
    let next = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
    format!("{PATH}?next={next}")
}

fn form(site: &Shared, next: &str, name: &str, wrong: Option<&str>) -> Page {
    let wrong = wrong.map_or_else(String::new, |why| {
        format!("<p class=\"wrong\" role=\"alert\">{}</p>\n", escape(why))
    });
    let content = format!(
        "{wrong}<form method=\"post\" action=\"{PATH}\">\n{}{}\
         <label for=\"user_email\">Handle or e-mail address</label>\n\
         <input id=\"user_email\" name=\"user[email]\" value=\"{}\" autocomplete=\"username\" \
         autocapitalize=\"none\" required>\n\
         <label for=\"user_password\">Password</label>\n\
         <input id=\"user_password\" name=\"user[password]\" type=\"password\" \
         autocomplete=\"current-password\" required>\n\
         <button type=\"submit\">Sign in</button>\n</form>",
        hidden("token", &form_token(site, "")),
        hidden("next", next),
        escape(name),
    );
    Page::new("Sign in", content)
}

async fn enter(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(sent): Params<Form>,
) -> Result<Response, Failed> {
    check_form(&site, &headers, "", &sent.token)?;
    let name = sent.user.email.trim();
    charge_sign_in(&site, name).await?;
    let (device, known) = device_of(&site, &headers);
    let signed = match sessions::sign_in(&site.app, name, &sent.user.password, device).await {
        Ok(signed) => signed,
        Err(error @ (SignInError::Wrong | SignInError::Refused(_))) => {
            let why = match &error {
                SignInError::Refused(refusal) => refusal.to_string(),
                _ => "This name and password do not belong together.".to_owned(),
            };
            let page = form(&site, &sent.next, name, Some(&why));
            return Ok(page.status(StatusCode::UNAUTHORIZED).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let page = page_cookie(&site, signed.session).await?;
    let mut response = redirect(own_path(&sent.next))?;
    for (cookie, line) in [Cookie::Session.set(&site, &page), known] {
        response.headers_mut().append(cookie, line);
    }
    Ok(response)
}

/// The path, if it is one of ours: anything a browser could read as another host is the front page (C-10).
fn own_path(next: &str) -> &str {
    let mut chars = next.chars();
    let ours = chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && next.bytes().all(|b| b.is_ascii_graphic());
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c10_only_paths_of_ours_are_followed() {
        for path in ["/", "/oauth/authorize?a=b", "/@ada"] {
            assert_eq!(own_path(path), path);
        }
        for evil in [
            "//evil",
            "/\\evil",
            "\\evil",
            "https://evil",
            "javascript:alert(1)",
            "",
            "/\t/evil",
            "/a\r\nX: y",
        ] {
            assert_eq!(own_path(evil), "/", "{evil:?}");
        }
    }
}
