//! Reading and dismissing notifications in groups. Every row of the list is on exactly one page; a group with rows on
//! several pages has the same key on each.

use std::collections::{HashMap, HashSet};

use engine::store::Order;
use graph::{Batch, Id, Page};

use super::{
    deliver::remove,
    group::{GroupKey, span_of},
    model::{Notification, NotificationKind},
    read::{CLEAR_STEP, Filter, Told, Walk, dismiss, links, marker, tell},
};
use crate::{accounts::model::Account, app::App, fault::Fault, relations::AccountPage};

/// How many of a group are shown by name.
const SAMPLE: usize = 8;
/// How many rows of a half day are counted through for what a page does not hold.
const MOST_COUNTED: usize = 2_000;
/// How many of them at a time.
const STEP: usize = 200;

/// Notifications that are told as one.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: GroupKey,
    /// Newest first: the newest, and whom it takes to show them. Never empty.
    pub told: Vec<Told>,
    /// How many there are, counted to a bound.
    pub count: usize,
    /// The newest and the oldest of them on this page.
    pub on_page: Option<(Id<Notification>, Id<Notification>)>,
}

impl Group {
    /// The newest.
    pub fn newest(&self) -> &Told {
        &self.told[0]
    }

    /// Takes in an older one.
    fn add(&mut self, told: Told) {
        self.count += 1;
        let known = self.told.iter().any(|one| one.by.id == told.by.id);
        if self.told.len() < SAMPLE && !known {
            self.told.push(told);
        }
    }

    fn of(key: GroupKey, newest: Told) -> Group {
        Group { key, told: vec![newest], count: 1, on_page: None }
    }
}

/// A page of groups, with the cursors of what was scanned.
#[derive(Clone, Debug, Default)]
pub struct GroupSlice {
    /// What the reader sees, the group with the newest notification first.
    pub groups: Vec<Group>,
    /// Largest `ord` that was looked at.
    pub newest: Option<u64>,
    /// Smallest `ord` that was looked at.
    pub oldest: Option<u64>,
    /// Whether there may be more.
    pub more: bool,
}

/// A page of a person's notifications in groups, of the kinds that shall be grouped.
pub async fn groups(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    grouped: &[NotificationKind],
    page: Page,
) -> Result<GroupSlice, Fault> {
    let mut slice = page_of_groups(app, of, filter, grouped, page).await?;
    // What is older than the page in the half day where it ends belongs to the counts; younger ones are on it.
    let Some(oldest) = slice.oldest else { return Ok(slice) };
    let ending = |key: &GroupKey| match key {
        GroupKey::Many { span, .. } => *span == span_of(oldest),
        GroupKey::One(_) => false,
    };
    let open: HashSet<_> = slice.groups.iter().map(|group| group.key).filter(ending).collect();
    let Some(any) = open.iter().next() else { return Ok(slice) };
    let range = any.page(Some(oldest), STEP);
    for (key, told) in members(app, of, filter, &open, range).await? {
        if let Some(group) = slice.groups.iter_mut().find(|group| group.key == key) {
            group.add(told);
        }
    }
    Ok(slice)
}

/// How many groups came after the reader's marker, counted to `most`.
pub async fn unread_groups(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    grouped: &[NotificationKind],
    most: usize,
) -> Result<usize, Fault> {
    let above = marker(app, of).await?;
    let page = Page { above, ..Page::newest(most) };
    Ok(page_of_groups(app, of, filter, grouped, page).await?.groups.len())
}

/// One group of a person, or `None` where nothing of it is to be seen.
pub async fn group(app: &App, of: Id<Account>, key: GroupKey) -> Result<Option<Group>, Fault> {
    let keys = HashSet::from([key]);
    let members = members(app, of, &Filter::default(), &keys, key.page(None, STEP)).await?;
    let mut members = members.into_iter().map(|(_, told)| told);
    let Some(newest) = members.next() else { return Ok(None) };
    let mut group = Group::of(key, newest);
    members.for_each(|told| group.add(told));
    Ok(Some(group))
}

/// A page of those who are in a group, by their cursors; `None` where nothing of the group is to be seen.
pub async fn group_accounts(
    app: &App,
    of: Id<Account>,
    key: GroupKey,
    page: Page,
) -> Result<Option<AccountPage>, Fault> {
    let keys = HashSet::from([key]);
    let all = members(app, of, &Filter::default(), &keys, key.page(None, STEP)).await?;
    if all.is_empty() {
        return Ok(None);
    }
    let inside = |ord: u64| {
        page.below.is_none_or(|below| ord < below) && page.above.is_none_or(|above| ord > above)
    };
    let rows = all.iter().map(|(_, told)| (told.notification.id.raw(), Some(told.by.id)));
    let mut rows: AccountPage = rows.filter(|row| inside(row.0)).collect();
    if page.order == Order::Oldest {
        rows.drain(..rows.len().saturating_sub(page.limit));
    }
    rows.truncate(page.limit);
    Ok(Some(rows))
}

/// Dismisses all of a group, also what is not to be seen; a group that is not there is no error.
pub async fn dismiss_group(app: &App, of: Id<Account>, key: GroupKey) -> Result<(), Fault> {
    if let GroupKey::One(id) = key {
        return dismiss(app, of, id).await;
    }
    let mut page = key.page(None, CLEAR_STEP);
    loop {
        let rows = links(app, of, &Filter::default(), page).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        page.below = Some(*last);
        let ids: Vec<_> = rows.iter().map(|row| row.1).collect();
        let mut batch = Batch::new();
        for one in app.graph.get_many(&ids).await?.into_iter().flatten() {
            if GroupKey::of(&one) == key {
                remove(&mut batch, of, one.id);
            }
        }
        if !batch.is_empty() {
            app.graph.commit(batch).await?;
        }
    }
}

async fn page_of_groups(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    grouped: &[NotificationKind],
    page: Page,
) -> Result<GroupSlice, Fault> {
    let mut slice = GroupSlice::default();
    let mut walk = Walk::of(page);
    let mut told_by_key: HashMap<GroupKey, Vec<Told>> = HashMap::new();
    'page: while let Some(rows) = walk.next(app, of, filter, page.limit).await? {
        slice.more = walk.more;
        for (ord, told) in rows {
            if let Some(told) = told {
                let key = GroupKey::among(grouped, &told.notification);
                if told_by_key.len() == page.limit && !told_by_key.contains_key(&key) {
                    slice.more = true;
                    break 'page;
                }
                told_by_key.entry(key).or_default().push(told);
            }
            slice.newest = Some(slice.newest.map_or(ord, |newest| newest.max(ord)));
            slice.oldest = Some(slice.oldest.map_or(ord, |oldest| oldest.min(ord)));
        }
    }
    for (key, mut all) in told_by_key {
        if page.order == Order::Oldest {
            all.reverse();
        }
        let ends = all.first().zip(all.last());
        let on_page = ends.map(|(newest, oldest)| (newest.notification.id, oldest.notification.id));
        let mut all = all.into_iter();
        let Some(newest) = all.next() else { continue };
        let mut group = Group { on_page, ..Group::of(key, newest) };
        all.for_each(|told| group.add(told));
        slice.groups.push(group);
    }
    slice.groups.sort_by_key(|group| std::cmp::Reverse(group.newest().notification.id));
    Ok(slice)
}

/// What the reader sees of these groups within a range, newest first.
async fn members(
    app: &App,
    of: Id<Account>,
    filter: &Filter,
    keys: &HashSet<GroupKey>,
    mut page: Page,
) -> Result<Vec<(GroupKey, Told)>, Fault> {
    let mut found = Vec::new();
    let mut scanned = 0;
    while scanned < MOST_COUNTED {
        let rows = links(app, of, filter, page).await?;
        scanned += rows.len();
        let ids: Vec<_> = rows.iter().map(|row| row.1).collect();
        let key_of = |one: &graph::Stored<Notification>| {
            let alone = GroupKey::One(one.id);
            let key = if keys.contains(&alone) { alone } else { GroupKey::of(one) };
            keys.contains(&key).then_some(key)
        };
        let nodes = app.graph.get_many(&ids).await?;
        let ids: Vec<_> = nodes.iter().flatten().filter(|one| key_of(one).is_some()).collect();
        let ids: Vec<_> = ids.into_iter().map(|one| one.id).collect();
        let told = tell(app, of, &ids, filter).await?;
        found.extend(
            told.into_iter().flatten().filter_map(|told| Some((key_of(&told.notification)?, told))),
        );
        match rows.last() {
            Some((last, _)) if rows.len() == page.limit => page.below = Some(*last),
            _ => break,
        }
    }
    Ok(found)
}
