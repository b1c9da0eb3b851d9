//! Stories of the house.

use super::{
    model::{Rule, Text},
    *,
};
use crate::{
    accounts::{SignUp, SignUpError, sign_up},
    app::Settings,
    audit,
    staff::{Powers, powers_of},
    testing::{PASSWORD, World},
};

fn rule(id: u64, text: &str) -> Rule {
    Rule { id, text: text.to_owned(), hint: String::new() }
}

#[tokio::test]
async fn rules_start_as_the_config_has_them_and_keep_their_numbers_when_they_are_edited() {
    let rules = vec!["Be kind.".to_owned(), "No spam.".to_owned()];
    let world = World::with_settings(Settings { rules, ..Settings::default() }).await;
    let app = &world.app;
    let first = house(app).await.unwrap();
    assert_eq!(first.rules, [rule(1, "Be kind."), rule(2, "No spam.")]);
    let by = Powers::operator();
    let edited = vec![rule(2, "No  advertising."), rule(0, "Be brief."), rule(2, "Twice.")];
    let after = edit_rules(app, &by, edited, "clearer").await.unwrap();
    let wanted = [rule(2, "No advertising."), rule(3, "Be brief."), rule(4, "Twice.")];
    assert_eq!(after.rules, wanted);
    assert_eq!(house(app).await.unwrap(), after);
    // A number that was taken out names nothing new.
    let after = edit_rules(app, &by, vec![rule(1, "Again.")], "x").await.unwrap();
    assert_eq!(after.rules, [rule(5, "Again.")]);
    let blank = edit_rules(app, &by, vec![rule(0, " ")], "x").await;
    assert_eq!(blank.unwrap_err(), HouseError::Rule);
    assert_eq!(audit::verify(app).await.unwrap().entries, 2);
}

#[tokio::test]
async fn texts_are_edited_and_set_back_by_those_who_may() {
    let world = World::new().await;
    let app = &world.app;
    let by = Powers::operator();
    let after = edit_text(app, &by, Text::Warned, "Mind the rules.", "x").await.unwrap();
    assert_eq!(after.text(Text::Warned), "Mind the rules.");
    let after = edit_text(app, &by, Text::Warned, "", "x").await.unwrap();
    assert_eq!(after.text(Text::Warned), Text::Warned.usual());
    let member = powers_of(app, world.person("ben").await).await.unwrap();
    let refused = edit_text(app, &member, Text::Warned, "ha", "x").await;
    assert_eq!(refused.unwrap_err(), HouseError::NotAllowed);
}

#[tokio::test]
async fn a_reserved_handle_is_nobodys() {
    let world = World::new().await;
    let app = &world.app;
    let handles = ["@Mayor".to_owned(), "town_hall".to_owned()];
    edit_handles(app, &Powers::operator(), &handles, "names of the town").await.unwrap();
    for handle in ["mayor", "Town_Hall"] {
        let who = SignUp {
            handle: handle.to_owned(),
            email: "ben@example.org".to_owned(),
            password: PASSWORD.to_owned(),
            agreement: true,
            ..SignUp::default()
        };
        let Err(SignUpError::Fields(wrong)) = sign_up(app, who).await else {
            panic!("{handle} was given away")
        };
        assert_eq!((wrong[0].field, wrong[0].text.as_str()), ("username", "is reserved"));
    }
    // The operator gives it.
    world.person("mayor").await;
    let wrong = edit_handles(app, &Powers::operator(), &["no handle!".to_owned()], "x").await;
    assert!(matches!(wrong, Err(HouseError::Handle(_))));
}
