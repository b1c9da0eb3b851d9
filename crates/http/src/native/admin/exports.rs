//! Lists as CSV, for spreadsheets: read page by page while they are sent, so that a long one takes no memory. No cell can run as a
//! formula (I-11), and who took what is in the audit log before the first line leaves.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{Stream, stream};
use graph::{Order, Page, Stored, Writing};
use http::header;
use schemars::JsonSchema;
use serde::Deserialize;
use social::{
    accounts::model::Account as AccountNode,
    audit::{
        self, Filter, Note,
        model::{Act, Subject, SubjectKind},
    },
    csv::line,
    instance::model::INSTANCE,
    moderation::{self, CaseFilter, staff_see},
    search::{figures, list_people, list_posts},
    staff::{Permission, Powers},
};

use super::{TAG, members, posts, word};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    problem::{Code, Problem},
    routes::{Access, Operation, get},
    views::visibility_of,
};

/// How many rows are read at once, and sent of one list.
const STEP: usize = 200;
const MOST: usize = 100_000;

pub fn operations() -> Vec<Operation> {
    let people = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    let reports = Access::Staff("admin:read:reports", Permission::ManageReports);
    let log = Access::Staff("admin:read", Permission::ViewAuditLog);
    vec![
        get("getPeopleCsv", "/api/sociosphere/v1/admin/people.csv", people)
            .says(TAG, "People by filters and sorts, as CSV")
            .takes::<members::Query>()
            .to(people_csv),
        get("getPostsCsv", "/api/sociosphere/v1/admin/posts.csv", reports)
            .says(TAG, "Open posts by filters and sorts, as CSV")
            .takes::<posts::Query>()
            .to(posts_csv),
        get("getCasesCsv", "/api/sociosphere/v1/admin/cases.csv", reports)
            .says(TAG, "Cases, as CSV")
            .takes::<CaseQuery>()
            .to(cases_csv),
        get("getAuditCsv", "/api/sociosphere/v1/admin/audit.csv", log)
            .says(TAG, "The audit log, the oldest first, as CSV")
            .to(audit_csv),
    ]
}

/// Lines, and where the next page begins.
type Lines<C> = (Vec<String>, Option<C>);

/// A file whose pages are read as it is sent. A page that cannot be read ends it with an error, never as if it were whole.
fn file<C, F>(name: &str, head: &[&str], read: impl Fn(Option<C>) -> F + Send + 'static) -> Response
where
    C: Send + 'static,
    F: Future<Output = Result<Lines<C>, Problem>> + Send + 'static,
{
    let body = Body::from_stream(rows(line(head), read));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// Where a file stands.
enum Place<C> {
    Head(String),
    Page(Option<C>),
    End,
}

fn rows<C, F>(
    head: String,
    read: impl Fn(Option<C>) -> F + Send + 'static,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send
where
    C: Send + 'static,
    F: Future<Output = Result<Lines<C>, Problem>> + Send + 'static,
{
    let start = (Place::Head(head), 0_usize, read);
    stream::try_unfold(start, |(place, sent, read)| async move {
        let cursor = match place {
            Place::End => return Ok(None),
            Place::Head(head) => {
                return Ok(Some((Bytes::from(head), (Place::Page(None), sent, read))));
            }
            Place::Page(cursor) => cursor,
        };
        let page = read(cursor).await;
        let (lines, next) =
            page.map_err(|problem| std::io::Error::other(problem.text().to_owned()))?;
        let sent = sent + lines.len();
        let place = match next {
            Some(next) if sent < MOST => Place::Page(Some(next)),
            _ => Place::End,
        };
        Ok(Some((Bytes::from(lines.concat()), (place, sent, read))))
    })
}

async fn told(site: &Shared, by: &Powers, what: &str) -> Result<(), Problem> {
    if site.app.graph.gate().writing() != Writing::All {
        let why = "A list leaves with an entry in the audit log, and nothing can be written now";
        return Err(Problem::new(Code::Conflict, why));
    }
    let on = Subject { kind: SubjectKind::List, id: INSTANCE.raw() };
    let (before, after) = (String::new(), what.to_owned());
    let note = Note { by: by.account, act: Act::ExportList, on, reason: "", before, after };
    Ok(audit::note(&site.app, note).await?)
}

async fn people_csv(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<members::Query>,
) -> Result<Response, Problem> {
    let list = Arc::new(query.list()?);
    told(&site, &by, "people").await?;
    let head = [
        "id",
        "handle",
        "name",
        "email",
        "confirmed",
        "standing",
        "sensitive",
        "limited",
        "frozen",
        "role",
        "origin",
        "created_at",
        "last_active_at",
        "posts",
        "followers",
        "reports",
    ];
    Ok(file("people", &head, move |cursor: Option<String>| {
        let (site, list) = (site.clone(), list.clone());
        async move {
            let page = list_people(&site.app, &list, cursor.as_deref(), STEP).await?;
            let ids: Vec<_> = page.found.iter().map(|account| account.id).collect();
            let known = figures(&site.app, &ids).await?;
            let mut lines = Vec::with_capacity(ids.len());
            for (account, known) in page.found.iter().zip(known) {
                lines.push(person(&site, account, &known).await?);
            }
            Ok((lines, page.next))
        }
    }))
}

async fn person(
    site: &Shared,
    account: &Stored<AccountNode>,
    known: &social::search::Figures,
) -> Result<String, Problem> {
    let Some(login) = site.app.graph.get(account.login).await? else { return Ok(String::new()) };
    let yes = |is: bool| if is { "yes" } else { "no" };
    Ok(line(&[
        &account.id.to_string(),
        account.handle.as_str(),
        &account.display_name,
        &login.email,
        yes(login.confirmed),
        &format!("{:?}", account.standing).to_lowercase(),
        yes(account.sensitive),
        yes(account.limited),
        yes(login.frozen),
        &format!("{:?}", login.role).to_lowercase(),
        login.origin().as_str(),
        &format::time(account.id.ms()),
        &known.seen_ms.map(format::time).unwrap_or_default(),
        &known.posts.to_string(),
        &known.followers.to_string(),
        &known.reports.to_string(),
    ]))
}

async fn posts_csv(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<posts::Query>,
) -> Result<Response, Problem> {
    let list = query.list()?;
    let list =
        list.ok_or_else(|| Problem::field("visibility", "must be public or unlisted here"))?;
    told(&site, &by, "posts").await?;
    let list = Arc::new(list);
    let head =
        ["id", "author", "created_at", "visibility", "warning", "text", "media", "open_case"];
    Ok(file("posts", &head, move |cursor: Option<String>| {
        let (site, list) = (site.clone(), list.clone());
        async move {
            let page = list_posts(&site.app, &list, cursor.as_deref(), STEP).await?;
            let mut lines = Vec::with_capacity(page.found.len());
            for seen in staff_see(&site.app, page.found).await? {
                let post = &seen.post;
                let author = site.app.graph.get(post.author).await?;
                let author = author.map(|author| author.handle.as_str().to_owned());
                lines.push(line(&[
                    &post.id.to_string(),
                    &author.unwrap_or_default(),
                    &format::time(post.id.ms()),
                    visibility_of(post.audience),
                    &post.warning,
                    &post.text,
                    &post.media.len().to_string(),
                    &seen.case.map(|case| case.to_string()).unwrap_or_default(),
                ]));
            }
            Ok((lines, page.next))
        }
    }))
}

/// Which cases.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CaseQuery {
    /// Whether they are decided.
    #[schemars(extend("enum" = ["open", "closed"]))]
    state: Option<String>,
}

async fn cases_csv(
    State(site): State<Shared>,
    Staff(by): Staff,
    Params(query): Params<CaseQuery>,
) -> Result<Response, Problem> {
    let closed = word("state", query.state.as_deref(), &[("open", false), ("closed", true)])?;
    told(&site, &by, "cases").await?;
    let head = ["id", "account", "opened_at", "updated_at", "reports", "decision"];
    let by = Arc::new(by);
    Ok(file("cases", &head, move |below: Option<u64>| {
        let (site, by) = (site.clone(), by.clone());
        async move {
            let filter = CaseFilter { closed, ..CaseFilter::default() };
            let page = Page { below, ..Page::newest(STEP) };
            let (cases, next) = moderation::cases(&site.app, &by, filter, page).await?;
            let mut lines = Vec::with_capacity(cases.len());
            for case in cases {
                let about = site.app.graph.get(case.about).await?;
                let about = about.map(|about| about.handle.as_str().to_owned());
                lines.push(line(&[
                    &case.id.to_string(),
                    &about.unwrap_or_default(),
                    &format::time(case.id.ms()),
                    &format::time(case.updated_ms),
                    &case.reports.to_string(),
                    &case.decision.map(|decision| decision.to_string()).unwrap_or_default(),
                ]));
            }
            Ok((lines, next))
        }
    }))
}

async fn audit_csv(State(site): State<Shared>, Staff(by): Staff) -> Result<Response, Problem> {
    told(&site, &by, "audit").await?;
    let head =
        ["number", "at", "by", "act", "subject", "subject_id", "reason", "before", "after", "hash"];
    Ok(file("audit", &head, move |above: Option<u64>| {
        let site = site.clone();
        async move {
            let page = Page { above, order: Order::Oldest, ..Page::newest(STEP) };
            let (entries, next) = audit::entries(&site.app, Filter::default(), page).await?;
            let entry = |entry: Arc<Stored<audit::model::Entry>>| {
                line(&[
                    &entry.number.to_string(),
                    &format::time(entry.at_ms),
                    &entry.by.map(|by| by.to_string()).unwrap_or_default(),
                    entry.act.as_str(),
                    entry.on.kind.as_str(),
                    &entry.on.id.to_string(),
                    &entry.reason,
                    &entry.before,
                    &entry.after,
                    &entry.hash,
                ])
            };
            Ok((entries.into_iter().map(entry).collect(), next))
        }
    }))
}
