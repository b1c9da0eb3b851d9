//! What stands before every operation: who calls, whether they may, and whether they may now.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use graph::Writing;
use http::HeaderMap;

use super::{Access, Face};
use crate::{
    Shared,
    auth::{Viewer, bearer, identify},
    body::FileCaps,
    cookies,
    limits::{self, ClientKey},
    problem::{Code, Problem},
};

/// What is no write whatever its method, or does without one while there must be none: who is here stays.
const GOES_ON: [&str; 2] = ["/oauth/userinfo", "/api/sociosphere/v1/auth/refresh"];

/// The path of the operation that answered, as declared: for metrics and logs.
#[derive(Clone, Copy, Debug)]
pub struct RouteLabel(pub &'static str);

/// Lets a request through to its operation, or says why not.
pub async fn guard(
    State((site, face)): State<(Shared, Face)>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = ClientKey::of(&request);
    let mut admitted = admit(&site, &face, request.headers(), client).await;
    let writes = !request.method().is_safe() && !GOES_ON.contains(&face.path);
    if admitted.is_ok() && writes && site.app.graph.gate().writing() != Writing::All {
        admitted = Err(Problem::read_only());
    }
    let mut response = match admitted {
        Ok((viewer, verdict)) => {
            request.extensions_mut().insert(viewer);
            request.extensions_mut().insert(client);
            let caps = FileCaps { texts: site.options.body_bytes, ..face.caps };
            request.extensions_mut().insert(caps);
            let mut response = next.run(request).await;
            limits::show(&mut response, verdict);
            response
        }
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(RouteLabel(face.path));
    response
}

async fn admit(
    site: &Shared,
    face: &Face,
    headers: &HeaderMap,
    client: ClientKey,
) -> Result<(Viewer, Option<limits::Shown>), Problem> {
    let mut viewer = who(site, face, headers).await;
    // Who guesses tokens is counted as the address it comes from.
    let counted = viewer.as_ref().unwrap_or(&Viewer::Anonymous);
    let charged = limits::charge(site, face.bucket, counted, client).await?;
    if charged.heard && !matches!(viewer, Ok(Viewer::Anonymous)) {
        // A token may have been given or taken back through another process.
        viewer = who(site, face, headers).await;
    }
    let viewer = viewer?;
    if face.access == Access::Cookie {
        cookies::same_site_only(site, headers)?;
    }
    may(face.access, &viewer)?;
    Ok((viewer, charged.shown))
}

/// Finds out who calls an operation.
async fn who(site: &Shared, face: &Face, headers: &HeaderMap) -> Result<Viewer, Problem> {
    match face.access {
        Access::Open | Access::Cookie => Ok(Viewer::Anonymous),
        _ => match bearer(headers)? {
            None => Ok(Viewer::Anonymous),
            Some(token) => identify(site, token).await,
        },
    }
}

/// Whether a viewer may call an operation.
fn may(access: Access, viewer: &Viewer) -> Result<(), Problem> {
    let (scope, person_only) = match access {
        Access::Open | Access::Cookie => return Ok(()),
        Access::Anyone(scope) => (scope, false),
        Access::App(scope) if !viewer.is_anonymous() => (scope, false),
        Access::App(_) => return Err(Problem::of(Code::InvalidToken)),
        Access::Newcomer(scope) | Access::Person(scope) => (scope, true),
        Access::Owner => ("", true),
    };
    match viewer {
        Viewer::Anonymous if person_only => Err(Problem::of(Code::SignInRequired)),
        Viewer::Anonymous => Ok(()),
        Viewer::App(grant) => {
            if person_only {
                return Err(Problem::of(Code::SignInRequired));
            }
            grant.scopes_cover(scope)
        }
        Viewer::Person(person) => {
            person.scopes_cover(scope)?;
            if access == Access::Owner && person.session.is_none() {
                return Err(Problem::of(Code::OutsideScopes));
            }
            // Who is not confirmed may read what is about the community, and confirm.
            let newcomer = matches!(
                access,
                Access::Anyone("") | Access::App(_) | Access::Newcomer(_) | Access::Owner
            );
            if newcomer { Ok(()) } else { person.is_confirmed() }
        }
    }
}
