//! Stories of moderation.

use std::time::Duration;

use graph::{Id, Page};

use super::{
    model::{AppealState, Case, Category, ClosedCases, Decision, Measure, OpenCases},
    *,
};
use crate::{
    accounts::{
        self, Refusal, may_act,
        model::{Account, Role, Standing},
    },
    audit, house,
    instance::model::INSTANCE,
    notifications::{self, model::NotificationKind},
    posts::{self, Draft, model::Audience, model::Post, see_one},
    relations,
    staff::{Permission, Powers, powers_of},
    testing::World,
};

struct Town {
    world: World,
    mona: Powers,
    max: Powers,
    ada: Id<Account>,
    ben: Id<Account>,
}

async fn staff(world: &World, handle: &str, role: Role) -> Powers {
    let id = world.person(handle).await;
    accounts::set_role(&world.app, id, role).await.unwrap();
    powers_of(&world.app, id).await.unwrap()
}

async fn town() -> Town {
    let world = World::new().await;
    let mona = staff(&world, "mona", Role::Moderator).await;
    let max = staff(&world, "max", Role::Moderator).await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    Town { world, mona, max, ada, ben }
}

impl Town {
    async fn report(&self, by: Id<Account>, posts: &[Id<Post>]) -> Result<Id<Case>, ReportError> {
        let new = NewReport {
            about: self.ada,
            posts: posts.to_vec(),
            messages: None,
            category: Category::Spam,
            rules: Vec::new(),
            comment: "look".to_owned(),
        };
        report(&self.world.app, by, new).await.map(|report| report.case)
    }

    async fn decide(&self, case: Id<Case>, measures: &[Measure]) -> Id<Decision> {
        let ruling = Ruling { measures: measures.to_vec(), ..Ruling::default() };
        let decided = decide(&self.world.app, &self.mona, Target::Case(case), ruling).await;
        decided.unwrap().id
    }

    async fn told(&self, of: Id<Account>) -> Vec<NotificationKind> {
        let without = vec![NotificationKind::SignUp];
        let all = notifications::Filter { without, ..notifications::Filter::default() };
        let page = Page::newest(50);
        let read = notifications::notifications(&self.world.app, of, &all, page).await.unwrap();
        read.told.iter().map(|told| told.notification.kind).collect()
    }

    async fn open_cases(&self) -> usize {
        cases(&self.world.app, &self.mona, CaseFilter::default(), Page::newest(50))
            .await
            .unwrap()
            .0
            .len()
    }
}

#[tokio::test]
async fn reports_on_one_account_gather_in_one_case_that_keeps_what_was_said() {
    let town = town().await;
    let app = &town.world.app;
    let eve = town.world.person("eve").await;
    let post = town.world.post(town.ada, "buy my lantern").await.post.id;
    let case = town.report(town.ben, &[post, post]).await.unwrap();
    let kinder = Draft { text: "hello".to_owned(), ..Draft::default() };
    posts::edit(app, town.ada, post, kinder).await.unwrap();
    assert_eq!(town.report(eve, &[post]).await, Ok(case));
    posts::delete(app, town.ada, post).await.unwrap();
    let file = case_file(app, &town.mona, case).await.unwrap();
    assert_eq!((file.case.reports, file.reports.len()), (2, 2));
    let texts: Vec<_> =
        file.reports.iter().map(|report| report.evidence[0].text.as_str()).collect();
    assert_eq!(texts, ["buy my lantern", "hello"]);
    assert_eq!(town.open_cases().await, 1);
    // What is decided is closed: what comes later is another case, which knows of the first.
    town.decide(case, &[Measure::Dismiss]).await;
    let second = town.report(eve, &[]).await.unwrap();
    assert_ne!(second, case);
    let file = case_file(app, &town.mona, second).await.unwrap();
    assert_eq!((file.earlier[0].id, file.decisions.len()), (case, 1));
    town.world.settle().await;
    let staff = town.mona.account.unwrap();
    assert_eq!(town.told(staff).await, [NotificationKind::Reported; 3]);
    // Who is no longer staff reads nothing of it.
    accounts::set_role(app, staff, Role::Member).await.unwrap();
    assert!(town.told(staff).await.is_empty());
}

#[tokio::test]
async fn one_reports_only_what_one_may_see_and_only_of_the_one_reported() {
    let town = town().await;
    let world = &town.world;
    let private = world.post_to(town.ada, "for followers", Audience::Followers).await.post.id;
    let bens = world.post(town.ben, "mine").await.post.id;
    assert_eq!(town.report(town.ben, &[private]).await, Err(ReportError::NotFound));
    assert_eq!(town.report(town.ben, &[bens]).await, Err(ReportError::NotFound));
    assert_eq!(town.report(town.ada, &[]).await, Err(ReportError::Yourself));
    let many: Vec<_> = (1..=21).map(|id| Id::new(id).unwrap()).collect();
    assert_eq!(town.report(town.ben, &many).await, Err(ReportError::TooManyPosts));
    accounts::suspend(&world.app, town.ada).await.unwrap();
    assert_eq!(town.report(town.ben, &[]).await, Err(ReportError::NotFound));
    assert_eq!(town.open_cases().await, 0);
}

#[tokio::test]
async fn broken_rules_are_named_as_they_were() {
    let town = town().await;
    let app = &town.world.app;
    let by = Powers::operator();
    let rule =
        |text: &str| house::model::Rule { id: 0, text: text.to_owned(), hint: String::new() };
    house::edit_rules(app, &by, vec![rule("Be kind.")], "x").await.unwrap();
    let new = NewReport {
        about: town.ada,
        posts: Vec::new(),
        messages: None,
        category: Category::Other,
        rules: vec![1, 1],
        comment: String::new(),
    };
    let made = report(app, town.ben, new.clone()).await.unwrap();
    house::edit_rules(app, &by, vec![rule("Be brief.")], "x").await.unwrap();
    assert_eq!((made.category, made.rules.len()), (Category::Violation, 1));
    let kept = reports_by(app, town.ben, Page::newest(5)).await.unwrap();
    assert_eq!(kept[0].0.rules[0].text, "Be kind.");
    assert_eq!(report(app, town.ben, new).await.unwrap_err(), ReportError::Rule);
}

#[tokio::test]
async fn one_decision_does_several_things_at_once_and_tells_both_sides() {
    let town = town().await;
    let app = &town.world.app;
    let post = town.world.post(town.ada, "buy my lantern").await.post.id;
    let other = town.world.post(town.ada, "good morning").await.post.id;
    let case = town.report(town.ben, &[post]).await.unwrap();
    town.world.settle().await;
    let id = town.decide(case, &[Measure::Delete, Measure::Limit, Measure::Warn]).await;
    town.world.settle().await;
    assert!(see_one(app, Some(town.ada), post).await.unwrap().is_none());
    assert!(see_one(app, Some(town.ada), other).await.unwrap().is_some());
    assert!(see_one(app, Some(town.ben), other).await.unwrap().is_none(), "limited");
    let decision = app.graph.get(id).await.unwrap().unwrap();
    assert!(decision.to_account.contains(house::model::Text::Limited.usual()));
    assert_eq!(town.told(town.ada).await, [NotificationKind::Warning]);
    assert_eq!(town.told(town.ben).await, [NotificationKind::ReportDecided]);
    let (_, of) = reports_by(app, town.ben, Page::newest(5)).await.unwrap().remove(0);
    assert_eq!(of.unwrap().decision, Some(id));
    let mails = town.world.mails();
    let mail = mails.iter().find(|mail| mail.to == "ada@example.org").unwrap();
    assert!(mail.text.contains("/auth/appeal?token="), "{}", mail.text);
    assert!(mails.iter().all(|mail| !mail.text.contains("mona")), "z-19");
    assert_eq!(app.graph.count::<OpenCases>(INSTANCE).await.unwrap(), 0);
    assert_eq!(app.graph.count::<ClosedCases>(INSTANCE).await.unwrap(), 1);
    let again = Ruling { measures: vec![Measure::Warn], ..Ruling::default() };
    let again = decide(app, &town.max, Target::Case(case), again).await;
    assert_eq!(again.unwrap_err(), ModerationError::Decided);
    // Nothing that was posted is in the log.
    let (log, _) = audit::entries(app, audit::Filter::default(), Page::newest(9)).await.unwrap();
    assert_eq!(log.len(), 1);
    assert!(!format!("{log:?}").contains("lantern"));
}

#[tokio::test]
async fn dismissed_is_told_to_the_reporter_alone() {
    let town = town().await;
    let case = town.report(town.ben, &[]).await.unwrap();
    town.decide(case, &[Measure::Dismiss]).await;
    town.world.settle().await;
    assert_eq!(town.told(town.ben).await, [NotificationKind::ReportDecided]);
    assert!(town.told(town.ada).await.is_empty());
    assert!(town.world.mails().iter().all(|mail| mail.to != "ada@example.org"));
}

#[tokio::test]
async fn a_folded_post_stays_behind_its_warning_whatever_its_author_writes() {
    let town = town().await;
    let app = &town.world.app;
    let post = town.world.post(town.ada, "a gory tale").await.post.id;
    let case = town.report(town.ben, &[post]).await.unwrap();
    let id = town.decide(case, &[Measure::Fold]).await;
    let again = Draft { text: "a gory tale, again".to_owned(), ..Draft::default() };
    posts::edit(app, town.ada, post, again).await.unwrap();
    let seen = see_one(app, Some(town.ben), post).await.unwrap().unwrap();
    let words = house::model::Text::FoldWarning.usual();
    assert_eq!((seen.post.warning.as_str(), seen.post.sensitive), (words, true));
    let appeal = appeal(app, town.ada, id, "it is a classic").await.unwrap().id;
    decide_appeal(app, &town.max, appeal, true, "true").await.unwrap();
    let seen = see_one(app, Some(town.ben), post).await.unwrap().unwrap();
    assert_eq!((seen.post.warning.as_str(), seen.post.folded), ("", false));
}

#[tokio::test]
async fn p_2_nobody_decides_about_whom_they_are_not_above() {
    let town = town().await;
    let app = &town.world.app;
    let owner = staff(&town.world, "olga", Role::Owner).await.account.unwrap();
    let warn = Ruling { measures: vec![Measure::Suspend], ..Ruling::default() };
    for about in [owner, town.max.account.unwrap(), town.mona.account.unwrap()] {
        let refused = decide(app, &town.mona, Target::Account(about), warn.clone()).await;
        assert_eq!(refused.unwrap_err(), ModerationError::Above);
    }
    let refused = decide(app, &Powers::operator(), Target::Account(owner), warn.clone()).await;
    assert_eq!(refused.unwrap_err(), ModerationError::LastOwner);
    let member = powers_of(app, town.ben).await.unwrap();
    let refused = decide(app, &member, Target::Account(town.ada), warn).await;
    assert_eq!(refused.unwrap_err(), ModerationError::NotAllowed);
    let hidden = cases(app, &member, CaseFilter::default(), Page::newest(5)).await;
    assert_eq!(hidden.unwrap_err(), ModerationError::NotAllowed);
    assert_eq!(audit::verify(app).await.unwrap().entries, 0);
}

#[tokio::test]
async fn measures_that_do_not_go_together_are_refused() {
    use Measure::{Delete, Dismiss, Fold, Warn};
    let town = town().await;
    let post = town.world.post(town.ben, "mine").await.post.id;
    let case = town.report(town.ben, &[]).await.unwrap();
    let with = |measures: &[Measure], posts: &[Id<Post>]| {
        let measures = measures.to_vec();
        let ruling = Ruling { measures, posts: posts.to_vec(), ..Ruling::default() };
        decide(&town.world.app, &town.mona, Target::Case(case), ruling)
    };
    for wrong in [&[][..], &[Dismiss, Warn], &[Warn, Warn], &[Fold, Delete]] {
        assert_eq!(with(wrong, &[]).await.unwrap_err(), ModerationError::Measures, "{wrong:?}");
    }
    assert_eq!(with(&[Delete], &[]).await.unwrap_err(), ModerationError::Posts, "none reported");
    assert_eq!(with(&[Delete], &[post]).await.unwrap_err(), ModerationError::Posts, "of another");
    assert_eq!(with(&[Warn], &[post]).await.unwrap_err(), ModerationError::Posts, "for nothing");
}

#[tokio::test]
async fn a_claimed_case_is_for_who_has_it_until_they_let_go() {
    let town = town().await;
    let app = &town.world.app;
    let case = town.report(town.ben, &[]).await.unwrap();
    claim(app, &town.max, case).await.unwrap();
    assert_eq!(claim(app, &town.mona, case).await.unwrap_err(), ModerationError::Claimed);
    let ruling = Ruling { measures: vec![Measure::Dismiss], ..Ruling::default() };
    let refused = decide(app, &town.mona, Target::Case(case), ruling.clone()).await;
    assert_eq!(refused.unwrap_err(), ModerationError::Claimed);
    let mine = CaseFilter { claimed: Claimed::Mine, ..CaseFilter::default() };
    let page = Page::newest(5);
    assert_eq!(cases(app, &town.max, mine, page).await.unwrap().0.len(), 1);
    assert_eq!(cases(app, &town.mona, mine, page).await.unwrap().0.len(), 0);
    unclaim(app, &town.mona, case).await.unwrap();
    decide(app, &town.mona, Target::Case(case), ruling).await.unwrap();
    let reopened = reopen(app, &town.max, case, "once more").await.unwrap();
    assert_eq!((reopened.decision, town.open_cases().await), (None, 1));
    assert_eq!(town.report(town.ben, &[]).await, Ok(case), "what is new belongs there");
    assert_eq!(audit::verify(app).await.unwrap().entries, 4);
}

#[tokio::test]
async fn an_appeal_is_decided_by_somebody_else_and_takes_back_what_was_done() {
    let town = town().await;
    let app = &town.world.app;
    let case = town.report(town.ben, &[]).await.unwrap();
    let id = town.decide(case, &[Measure::Freeze, Measure::Limit]).await;
    let login = may_act(app, town.ada, false).await.unwrap().login;
    assert!(login.frozen);
    assert_eq!(appeal(app, town.ben, id, "x").await.unwrap_err(), ModerationError::NotFound);
    assert_eq!(appeal(app, town.ada, id, " ").await.unwrap_err(), ModerationError::Text);
    let made = appeal(app, town.ada, id, "it was a joke").await.unwrap().id;
    assert_eq!(appeal(app, town.ada, id, "x").await.unwrap_err(), ModerationError::Decided);
    let own = decide_appeal(app, &town.mona, made, false, "no").await;
    assert_eq!(own.unwrap_err(), ModerationError::SamePerson);
    let member = powers_of(app, town.ada).await.unwrap();
    let own = decide_appeal(app, &member, made, true, "yes").await;
    assert_eq!(own.unwrap_err(), ModerationError::NotAllowed);
    assert_eq!(appeals(app, &town.max, false, Page::newest(5)).await.unwrap().len(), 1);
    decide_appeal(app, &town.max, made, true, "it was").await.unwrap();
    town.world.settle().await;
    let acting = may_act(app, town.ada, false).await.unwrap();
    assert!(!acting.login.frozen && !acting.account.limited);
    let told = town.told(town.ada).await;
    assert_eq!(told, [NotificationKind::AppealDecided, NotificationKind::Warning]);
    let (closed, of) = appeals(app, &town.max, true, Page::newest(5)).await.unwrap().remove(0);
    assert_eq!((closed.state, of.undone), (AppealState::Accepted, true));
    let late = town.decide(town.report(town.ben, &[]).await.unwrap(), &[Measure::Warn]).await;
    town.world.advance(Duration::from_secs(20 * 86_400 + 1));
    assert_eq!(appeal(app, town.ada, late, "x").await.unwrap_err(), ModerationError::TooLate);
}

#[tokio::test]
async fn media_of_an_account_is_hidden_until_staff_or_an_appeal_take_it_back() {
    let town = town().await;
    let app = &town.world.app;
    let hides = async || app.graph.get(town.ada).await.unwrap().unwrap().sensitive;
    let case = town.report(town.ben, &[]).await.unwrap();
    let id = town.decide(case, &[Measure::Sensitive, Measure::Warn]).await;
    let decision = app.graph.get(id).await.unwrap().unwrap();
    assert!(decision.to_account.contains(house::model::Text::Sensitive.usual()));
    assert!(hides().await);
    let made = appeal(app, town.ada, id, "they are flowers").await.unwrap().id;
    decide_appeal(app, &town.max, made, true, "they are").await.unwrap();
    assert!(!hides().await);
    town.decide(town.report(town.ben, &[]).await.unwrap(), &[Measure::Sensitive]).await;
    assert!(hides().await);
    lift(app, &town.mona, town.ada, Measure::Sensitive, "learnt").await.unwrap();
    assert!(!hides().await);
    // Who may decide reports alone may not decide about the account.
    let only = [Permission::ManageReports].into_iter().collect();
    let watch = Powers { permissions: only, ..town.mona.clone() };
    let case = town.report(town.ben, &[]).await.unwrap();
    let ruling = Ruling { measures: vec![Measure::Sensitive], ..Ruling::default() };
    let answer = decide(app, &watch, Target::Case(case), ruling).await;
    assert_eq!(answer.unwrap_err(), ModerationError::NotAllowed);
    assert!(!hides().await);
}

#[tokio::test]
async fn who_is_suspended_appeals_by_the_link_of_the_mail_and_comes_back() {
    let town = town().await;
    let app = &town.world.app;
    let first = town.decide(town.report(town.ben, &[]).await.unwrap(), &[Measure::Suspend]).await;
    assert_eq!(may_act(app, town.ada, false).await.unwrap_err(), Refusal::Suspended);
    let link = link_of(app, first);
    let forged = format!("{}A", &link[..link.len() - 1]);
    for wrong in ["", "x", &forged] {
        let refused = appeal_by_link(app, wrong, "let me in").await;
        assert_eq!(refused.unwrap_err(), ModerationError::NotFound, "{wrong}");
    }
    let made = appeal_by_link(app, &link, "let me in").await.unwrap().id;
    decide_appeal(app, &town.max, made, true, "they are right").await.unwrap();
    assert!(may_act(app, town.ada, false).await.is_ok());
}

#[tokio::test]
async fn a_suspension_is_taken_back_within_thirty_days_or_ends_the_account() {
    let town = town().await;
    let app = &town.world.app;
    let day = Duration::from_secs(86_400);
    let suspend = async |who| {
        let ruling = Ruling { measures: vec![Measure::Suspend], ..Ruling::default() };
        decide(app, &town.mona, Target::Account(who), ruling).await.unwrap();
    };
    let standing =
        async |who: Id<Account>| app.graph.get(who).await.unwrap().map(|who| who.standing);
    suspend(town.ada).await;
    suspend(town.ben).await;
    town.world.advance(29 * day);
    lift(app, &town.max, town.ben, Measure::Suspend, "learnt").await.unwrap();
    assert_eq!(accounts::purge_suspended(app).await.unwrap(), 0);
    assert_eq!(standing(town.ada).await, Some(Standing::Suspended));
    town.world.advance(day + day);
    assert_eq!(accounts::purge_suspended(app).await.unwrap(), 1);
    town.world.settle().await;
    assert_eq!(standing(town.ada).await, None, "purged");
    assert_eq!(standing(town.ben).await, Some(Standing::Active));
}

#[tokio::test]
async fn x_1_a_purged_account_leaves_no_case_and_no_word_in_those_of_others() {
    let town = town().await;
    let app = &town.world.app;
    let post = town.world.post(town.ada, "marker-of-ada").await.post.id;
    let case = town.report(town.ben, &[post]).await.unwrap();
    let id = town.decide(case, &[Measure::Warn]).await;
    appeal(app, town.ada, id, "marker-of-ada").await.unwrap();
    let open = town.report(town.ben, &[post]).await.unwrap();
    let eve = town.world.person("eve").await;
    let against = NewReport {
        about: eve,
        posts: Vec::new(),
        messages: None,
        category: Category::Other,
        rules: Vec::new(),
        comment: "marker-of-ada".to_owned(),
    };
    let kept = report(app, town.ada, against).await.unwrap();
    accounts::delete_account(app, town.ada, crate::testing::PASSWORD).await.unwrap();
    town.world.settle().await;
    for gone in [case, open] {
        assert!(app.graph.get(gone).await.unwrap().is_none());
    }
    assert!(app.graph.get(id).await.unwrap().is_none());
    assert_eq!(appeals(app, &town.max, false, Page::newest(5)).await.unwrap().len(), 0);
    assert!(reports_by(app, town.ben, Page::newest(5)).await.unwrap().is_empty());
    let file = case_file(app, &town.mona, kept.case).await.unwrap();
    assert_eq!((file.reports[0].by, file.reports[0].comment.as_str()), (None, ""));
    assert_eq!(town.open_cases().await, 1);
}

#[tokio::test]
async fn what_a_limited_account_does_is_told_to_those_who_follow_it() {
    let town = town().await;
    let app = &town.world.app;
    let eve = town.world.person("eve").await;
    town.world.follow(eve, town.ada).await;
    let ruling = Ruling { measures: vec![Measure::Limit], ..Ruling::default() };
    decide(app, &town.mona, Target::Account(town.ada), ruling).await.unwrap();
    town.world.post(town.ada, "hello @ben and @eve").await;
    relations::follow(app, town.ada, town.ben, Default::default()).await.unwrap();
    town.world.settle().await;
    assert!(town.told(town.ben).await.is_empty());
    assert_eq!(town.told(eve).await, [NotificationKind::Mention]);
    lift(app, &town.mona, town.ada, Measure::Limit, "learnt").await.unwrap();
    town.world.post(town.ada, "hello again @ben").await;
    town.world.settle().await;
    assert_eq!(town.told(town.ben).await, [NotificationKind::Mention]);
}

#[tokio::test]
async fn invitations_say_who_came_by_them_and_end() {
    let town = town().await;
    let app = &town.world.app;
    let admin = staff(&town.world, "alma", Role::Admin).await;
    let invite = create_invite(app, &admin, 5, None).await.unwrap();
    let code = invite.code.clone();
    let carl = town.world.person_with("carl", |who| who.invite = Some(code)).await;
    let all = invites(app, &admin, Page::newest(5)).await.unwrap();
    assert_eq!((all[0].invite.by, all[0].came.as_slice()), (admin.account, &[carl][..]));
    end_invite(app, &admin, invite.id, "spam").await.unwrap();
    let ended = app.graph.get(invite.id).await.unwrap().unwrap();
    assert_eq!((ended.uses, ended.used), (1, 1));
    let refused = invites(app, &town.mona, Page::newest(5)).await;
    assert_eq!(refused.unwrap_err(), ModerationError::NotAllowed);
    accounts::delete_account(app, carl, crate::testing::PASSWORD).await.unwrap();
    town.world.settle().await;
    assert!(invites(app, &admin, Page::newest(5)).await.unwrap()[0].came.is_empty());
}
