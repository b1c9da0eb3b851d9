//! What staff do about one person: where they are signed in, notes, reports, and all their data.

use axum::{
    extract::{RawPathParams, State},
    response::{IntoResponse, Response},
};
use graph::{Id, Stored};
use http::{HeaderValue, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use social::{
    accounts::model::Account as AccountNode,
    moderation::{model::Report, reports_about, reports_by},
    people::{self, Door, model::StaffNote},
    staff::{Permission, Powers},
};

use super::{At, PageOf, Reason, TAG, someone, word};
use crate::{
    Shared,
    auth::Staff,
    body::Params,
    format,
    mastodon::PathId,
    problem::Problem,
    routes::{Access, Operation, delete, get, post},
    views::{AdminAccount, Empty, Rendered, bytes},
};

const SESSIONS: &str = "/api/sociosphere/v1/admin/people/{id}/sessions";
const NOTES: &str = "/api/sociosphere/v1/admin/people/{id}/notes";

pub fn operations() -> Vec<Operation> {
    let read = Access::Staff("admin:read:accounts", Permission::ManagePeople);
    let write = Access::Staff("admin:write:accounts", Permission::ManagePeople);
    vec![
        get("getPersonSessions", SESSIONS, read)
            .says(TAG, "Devices and apps by which a person is in")
            .answers::<Vec<DoorView>>()
            .to(sessions),
        delete("deletePersonSessions", SESSIONS, write)
            .says(TAG, "Signs a person out everywhere")
            .takes::<Reason>()
            .answers::<Ended>()
            .to(end_all),
        delete(
            "deletePersonSession",
            "/api/sociosphere/v1/admin/people/{id}/sessions/{session_id}",
            write,
        )
        .says(TAG, "Signs a person out of one device or app")
        .takes::<Reason>()
        .answers::<Empty>()
        .to(end_one),
        get("getPersonNotes", NOTES, read)
            .says(TAG, "What staff noted about a person")
            .answers::<Vec<NoteView>>()
            .to(notes),
        post("postPersonNote", NOTES, write)
            .says(TAG, "Notes something about a person")
            .takes::<NoteForm>()
            .answers::<NoteView>()
            .to(add_note),
        delete("deletePersonNote", "/api/sociosphere/v1/admin/people/{id}/notes/{note_id}", write)
            .says(TAG, "Deletes a note of one's own")
            .answers::<Empty>()
            .to(delete_note),
        get("getPersonReports", "/api/sociosphere/v1/admin/people/{id}/reports", read)
            .says(TAG, "Reports about a person, or by them")
            .takes::<Side>()
            .answers::<PageOf<ReportRow>>()
            .to(reports),
        post("postPersonExport", "/api/sociosphere/v1/admin/people/{id}/export", write)
            .says(TAG, "All that a person gave, as a file")
            .dangerous()
            .takes::<Reason>()
            .answers::<serde_json::Value>()
            .to(export),
    ]
}

/// A way by which somebody is in.
#[derive(Debug, Serialize, JsonSchema)]
struct DoorView {
    /// Id.
    id: String,
    /// What it is called.
    name: String,
    /// A device of ours, or an app.
    #[schemars(extend("enum" = ["session", "app"]))]
    kind: &'static str,
    /// Since when.
    created_at: String,
    /// When it was used last; not known of apps.
    last_used_at: Option<String>,
}

fn door(door: &Door) -> DoorView {
    DoorView {
        id: door.id.to_string(),
        name: door.name.clone(),
        kind: if door.is_app { "app" } else { "session" },
        created_at: format::time(door.created_ms),
        last_used_at: door.used_ms.map(format::time),
    }
}

async fn sessions(
    State(site): State<Shared>,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    let doors = people::doors(&site.app, id).await?;
    Ok(Rendered(bytes(&doors.iter().map(door).collect::<Vec<_>>())))
}

/// How many ended.
#[derive(Debug, Serialize, JsonSchema)]
struct Ended {
    /// Devices and apps.
    ended: usize,
}

async fn end_all(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let ended = people::end_all_access(&site.app, &by, id, &form.reason).await?;
    Ok(Rendered(bytes(&Ended { ended })))
}

/// The second id of a path; what is no id names nothing.
fn second<T>(path: &RawPathParams) -> Result<Id<T>, Problem> {
    let word = path.iter().nth(1).map(|(_, word)| word.to_owned());
    word.and_then(|word| word.parse().ok()).ok_or_else(Problem::not_found)
}

async fn end_one(
    State(site): State<Shared>,
    Staff(by): Staff,
    path: RawPathParams,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<Reason>,
) -> Result<Rendered, Problem> {
    let door: Id<StaffNote> = second(&path)?;
    people::end_access(&site.app, &by, id, door.raw(), &form.reason).await?;
    Ok(Rendered(bytes(&Empty {})))
}

/// What staff noted.
#[derive(Debug, Serialize, JsonSchema)]
struct NoteView {
    /// Id.
    id: String,
    /// Who wrote it; none for the operator, or once they are gone.
    by: Option<AdminAccount>,
    /// When.
    created_at: String,
    /// The words.
    text: String,
    /// It is one's own.
    own: bool,
}

async fn note(site: &Shared, by: &Powers, note: &Stored<StaffNote>) -> Result<NoteView, Problem> {
    Ok(NoteView {
        id: note.id.to_string(),
        by: someone(site, note.by).await?,
        created_at: format::time(note.id.ms()),
        text: note.text.clone(),
        own: note.by == by.account,
    })
}

async fn notes(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    let mut views = Vec::new();
    for one in people::notes(&site.app, id).await? {
        views.push(note(&site, &by, &one).await?);
    }
    Ok(Rendered(bytes(&views)))
}

/// What is noted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NoteForm {
    /// The words.
    #[schemars(length(max = 2000))]
    text: String,
}

async fn add_note(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<NoteForm>,
) -> Result<Rendered, Problem> {
    // Who is not there, first: what is wrong with the words is said of somebody.
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let added = people::add_note(&site.app, &by, id, &form.text).await?;
    Ok(Rendered(bytes(&note(&site, &by, &added).await?)))
}

async fn delete_note(
    State(site): State<Shared>,
    Staff(by): Staff,
    path: RawPathParams,
    PathId(id): PathId<AccountNode>,
) -> Result<Rendered, Problem> {
    people::delete_note(&site.app, &by, id, second(&path)?).await?;
    Ok(Rendered(bytes(&Empty {})))
}

/// Which reports.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Side {
    /// About the person, or by them.
    #[schemars(extend("enum" = ["about", "by"]))]
    side: Option<String>,
    /// Which page.
    #[serde(flatten)]
    at: At,
}

/// A report in a list.
#[derive(Debug, Serialize, JsonSchema)]
struct ReportRow {
    /// Id.
    id: String,
    /// Its case.
    case_id: String,
    /// When.
    created_at: String,
    /// Of which kind.
    #[schemars(extend("enum" = ["spam", "legal", "violation", "other"]))]
    category: &'static str,
    /// In words.
    comment: String,
    /// Who reports; none once they are gone.
    by: Option<AdminAccount>,
    /// About whom; none once they are gone.
    about: Option<AdminAccount>,
    /// Whether its case is decided.
    #[schemars(extend("enum" = ["open", "closed"]))]
    state: &'static str,
}

async fn reports(
    State(site): State<Shared>,
    PathId(id): PathId<AccountNode>,
    Params(query): Params<Side>,
) -> Result<Rendered, Problem> {
    let page = query.at.page()?;
    let about = word("side", query.side.as_deref(), &[("about", true), ("by", false)])?;
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let (found, next) = match about {
        true => reports_about(&site.app, id, page).await?,
        false => {
            let found = reports_by(&site.app, id, page).await?;
            let last = found.last().filter(|_| found.len() == page.limit);
            let next = last.map(|(report, _)| report.id.raw());
            (found, next)
        }
    };
    let mut items = Vec::with_capacity(found.len());
    for (report, case) in &found {
        let open = case.as_ref().is_some_and(|case| case.decision.is_none());
        items.push(report_row(&site, report, open).await?);
    }
    Ok(Rendered(bytes(&PageOf { items, next: next.map(|next| next.to_string()) })))
}

async fn report_row(
    site: &Shared,
    report: &Stored<Report>,
    open: bool,
) -> Result<ReportRow, Problem> {
    Ok(ReportRow {
        id: report.id.to_string(),
        case_id: report.case.to_string(),
        created_at: format::time(report.id.ms()),
        category: report.category.as_str(),
        comment: report.comment.clone(),
        by: someone(site, report.by).await?,
        about: someone(site, Some(report.about)).await?,
        state: if open { "open" } else { "closed" },
    })
}

async fn export(
    State(site): State<Shared>,
    Staff(by): Staff,
    PathId(id): PathId<AccountNode>,
    Params(form): Params<Reason>,
) -> Result<Response, Problem> {
    site.app.graph.get(id).await?.ok_or_else(Problem::not_found)?;
    let all = people::export(&site.app, &by, id, &form.reason).await?;
    let mut response = Rendered(bytes(&all)).into_response();
    let name = format!("attachment; filename=\"person-{id}.json\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
