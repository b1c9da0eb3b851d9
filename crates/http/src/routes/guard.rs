//! What stands before every operation: who calls, whether they may, and whether they may now.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use graph::Writing;
use http::HeaderMap;
use social::{
    gates::is_barred,
    staff::{Permission, Powers, powers_of},
};

use super::{Access, Face};
use crate::{
    ClientAddr, Shared,
    auth::{Viewer, bearer, identify, proven},
    body::FileCaps,
    cookies,
    limits::{self, Bucket, ClientKey},
    problem::{Code, Problem},
};

/// What is no write whatever its method, or does without one while there must be none: who is here stays.
const GOES_ON: [&str; 5] = [
    "/oauth/userinfo",
    "/api/sociosphere/v1/auth/refresh",
    // Mastodon asks for figures by POST.
    "/api/v1/admin/measures",
    "/api/v1/admin/dimensions",
    "/api/v1/admin/retention",
];

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
    let from = request.extensions().get::<ClientAddr>().map(|address| address.0);
    let mut admitted = admit(&site, &face, request.headers(), client, from).await;
    let writes = !request.method().is_safe() && !GOES_ON.contains(&face.path);
    if admitted.is_ok() && writes && site.app.graph.gate().writing() != Writing::All {
        admitted = Err(Problem::read_only());
    }
    let mut response = match admitted {
        Ok((viewer, powers, verdict)) => {
            if let Some(powers) = powers {
                request.extensions_mut().insert(powers);
            }
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
    from: Option<IpAddr>,
) -> Result<(Viewer, Option<Powers>, Option<limits::Shown>), Problem> {
    if let Some(from) = from
        && face.bucket != Bucket::Unlimited
        && is_barred(&site.app, from).await.unwrap_or(false)
    {
        return Err(Problem::new(Code::Forbidden, "This address is kept out of here"));
    }
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
    let powers = match face.access {
        Access::Staff(scope, permission) => Some(staff(site, &viewer, scope, permission).await?),
        access => may(access, &viewer).map(|()| None)?,
    };
    if let Viewer::Person(person) = &viewer {
        site.app.census.here(person.account, site.app.now_ms());
        // One's own account, devices and appeals stay one's own.
        let own = matches!(face.access, Access::Newcomer(_) | Access::Owner);
        if person.frozen && face.method != "GET" && !own && !face.frozen_may {
            return Err(Problem::of(Code::Frozen));
        }
        if face.dangerous {
            proven(site, person, headers).await?;
        }
    }
    Ok((viewer, powers, charged.shown))
}

/// What a caller of staff's operations may do. Who is no staff does not learn that there is anything.
async fn staff(
    site: &Shared,
    viewer: &Viewer,
    scope: &str,
    permission: Permission,
) -> Result<Powers, Problem> {
    let Viewer::Person(person) = viewer else { return Err(Problem::of(Code::SignInRequired)) };
    let powers = powers_of(&site.app, person.account).await?;
    if !powers.is_staff() {
        return Err(Problem::not_found());
    }
    person.scopes_cover(scope)?;
    person.is_confirmed()?;
    if powers.may(permission) { Ok(powers) } else { Err(Problem::of(Code::Forbidden)) }
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
        Access::Newcomer(scope) | Access::Person(scope) | Access::Staff(scope, _) => (scope, true),
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
