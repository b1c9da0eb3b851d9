//! Consent: an app asks, the person answers, the answer goes back to the app.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::may_act,
    apps::{self, AuthorizeError, AuthorizeRequest, Consent},
};
use url::Url;

use super::{Failed, Page, escape, hidden, redirect, sign_in};
use crate::{
    Shared,
    body::Params,
    cookies::{Cookie, check_form, form_token, page_session},
    problem::{Code, Problem},
    routes::{Access, Operation, get, post},
};

const PATH: &str = "/oauth/authorize";

pub fn operations() -> Vec<Operation> {
    vec![
        get("authorizePage", PATH, Access::Open)
            .says("oauth", "Asks a person whether an app may act for them")
            .takes::<Asked>()
            .to(show),
        post("authorizeForm", PATH, Access::Open)
            .says("oauth", "The person's answer")
            .takes::<Answer>()
            .to(answer),
    ]
}

/// What an app asks for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Asked {
    /// `code`.
    response_type: String,
    /// Which app.
    client_id: String,
    /// Where the answer goes.
    redirect_uri: String,
    /// What it wants to do.
    scope: Option<String>,
    /// Goes back unchanged.
    state: Option<String>,
    /// PKCE.
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
    /// Asks for the password also of who is signed in.
    force_login: bool,
}

/// The person's answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Answer {
    /// What was asked.
    #[serde(flatten)]
    asked: Asked,
    /// Proof that the form is ours.
    token: String,
    /// `allow`; anything else is no.
    decision: String,
}

async fn show(
    State(site): State<Shared>,
    headers: HeaderMap,
    uri: Uri,
    Params(asked): Params<Asked>,
) -> Result<Response, Failed> {
    let consent = asked.check(&site).await?;
    let session = page_session(&site, &headers).await?;
    let Some(person) = session.filter(|_| !asked.force_login) else {
        let back = format!("{PATH}?{}", without_force(uri.query().unwrap_or_default()));
        return redirect(&sign_in::link(&back));
    };
    let acting = may_act(&site.app, person, false).await?;
    let cookie = Cookie::Session.of(&site, &headers).unwrap_or_default();
    let scopes: String = consent
        .scopes
        .words()
        .iter()
        .map(|scope| format!("<li><code>{}</code> {}</li>\n", escape(scope), meaning(scope)))
        .collect();
    let content = format!(
        "<p><strong>{}</strong> wants to use your account <strong>@{}</strong>:</p>\n\
         <ul>\n{scopes}</ul>\n<form method=\"post\" action=\"{PATH}\">\n{}{}\
         <button type=\"submit\" name=\"decision\" value=\"allow\">Allow</button>\n\
         <button type=\"submit\" class=\"negative\" name=\"decision\" value=\"deny\">Do not allow\
         </button>\n</form>",
        escape(&consent.client.name),
        escape(acting.account.handle.as_str()),
        asked.fields(),
        hidden("token", &form_token(&site, &cookie)),
    );
    let page = Page::new("Allow access?", content);
    Ok(Page { targets: target_of(&consent), ..page }.into_response())
}

async fn answer(
    State(site): State<Shared>,
    headers: HeaderMap,
    Params(sent): Params<Answer>,
) -> Result<Response, Failed> {
    let consent = sent.asked.check(&site).await?;
    let person = page_session(&site, &headers).await?;
    let person = person.ok_or_else(|| Problem::of(Code::SignInRequired))?;
    let cookie = Cookie::Session.of(&site, &headers).unwrap_or_default();
    check_form(&site, &headers, &cookie, &sent.token)?;
    may_act(&site.app, person, false).await?;
    if sent.decision != "allow" {
        if consent.is_out_of_band() {
            let content = "<p>Nothing was allowed. You can close this page.</p>".to_owned();
            return Ok(Page::new("Not allowed", content).into_response());
        }
        let description = "The resource owner or authorization server denied the request.";
        let parts = [("error", "access_denied"), ("error_description", description)];
        return redirect(&sent.asked.back_to(&consent, &parts));
    }
    let code = apps::consent(&site.app, person, &consent).await?;
    if consent.is_out_of_band() {
        let content = format!(
            "<p>Copy this code and paste it into the app:</p>\n\
             <p><code id=\"authorization-code\" class=\"oauth-code\">{}</code></p>",
            escape(&code)
        );
        return Ok(Page::new("Your code", content).into_response());
    }
    redirect(&sent.asked.back_to(&consent, &[("code", &code)]))
}

impl Asked {
    /// The request, if it is in order. If not, nobody is sent anywhere.
    async fn check(&self, site: &Shared) -> Result<Consent, Problem> {
        let request = AuthorizeRequest {
            response_type: self.response_type.clone(),
            client_id: self.client_id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            scope: self.scope.clone(),
            code_challenge: self.code_challenge.clone(),
            code_challenge_method: self.code_challenge_method.clone(),
        };
        apps::check_request(&site.app, &request).await.map_err(|error| match error {
            AuthorizeError::Fault(fault) => fault.into(),
            error => Problem::new(Code::InvalidRequest, &error.to_string()),
        })
    }

    fn fields(&self) -> String {
        let said = |name, value: &Option<String>| {
            value.as_deref().map_or_else(String::new, |value| hidden(name, value))
        };
        [
            hidden("response_type", &self.response_type),
            hidden("client_id", &self.client_id),
            hidden("redirect_uri", &self.redirect_uri),
            said("scope", &self.scope),
            said("state", &self.state),
            said("code_challenge", &self.code_challenge),
            said("code_challenge_method", &self.code_challenge_method),
        ]
        .concat()
    }

    /// The app's own address with the answer added; what it already has stays as it is.
    fn back_to(&self, consent: &Consent, parts: &[(&str, &str)]) -> String {
        let mut to = consent.redirect_uri.clone();
        let state = self.state.as_deref().map(|state| ("state", state));
        for (name, value) in parts.iter().copied().chain(state) {
            to.push(if to.contains('?') { '&' } else { '?' });
            to.push_str(name);
            to.push('=');
            to.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        to
    }
}

/// Where the browser may go from the form, for its policy: the app's origin, or its own scheme.
fn target_of(consent: &Consent) -> String {
    match Url::parse(&consent.redirect_uri) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            format!(" {}", url.origin().ascii_serialization())
        }
        Ok(url) => format!(" {}:", url.scheme()),
        Err(_) => String::new(),
    }
}

fn without_force(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.starts_with("force_login"));
    pairs.collect::<Vec<_>>().join("&")
}

fn meaning(scope: &str) -> &'static str {
    match scope.split(':').next().unwrap_or_default() {
        "read" => "see what you see",
        "write" => "act in your name",
        "follow" => "follow, block and mute for you",
        "push" => "send you notifications",
        "profile" => "see who you are",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn force_login_is_asked_once() {
        assert_eq!(without_force("a=1&force_login=true&b=2"), "a=1&b=2");
        assert_eq!(without_force("force_login=1"), "");
    }
}
