//! Stories of staff.

use std::time::Duration;

use super::*;
use crate::{
    accounts::{self, model::Role},
    audit, sessions,
    testing::{PASSWORD, World},
};

async fn powers(world: &World, handle: &str, role: Role) -> Powers {
    let id = world.person(handle).await;
    accounts::set_role(&world.app, id, role).await.unwrap();
    powers_of(&world.app, id).await.unwrap()
}

fn helper(rank: u32, permissions: &[Permission]) -> NewRole {
    NewRole {
        name: "Helper".to_owned(),
        rank,
        permissions: permissions.iter().copied().collect(),
        ..NewRole::default()
    }
}

#[tokio::test]
async fn p_2_nobody_gives_what_they_have_not_nor_to_whom_they_are_not_above() {
    let world = World::new().await;
    let owner = powers(&world, "olga", Role::Owner).await;
    let admin = powers(&world, "ada", Role::Admin).await;
    let other = powers(&world, "alan", Role::Admin).await;
    let moderator = powers(&world, "mona", Role::Moderator).await;
    let member = world.person("ben").await;
    let app = &world.app;
    let give = async |by: &Powers, whom, role| {
        give_role(app, by, whom, Choice::Fixed(role), "a reason").await
    };
    let id = |powers: &Powers| powers.account.unwrap();
    assert_eq!(give(&moderator, member, Role::Moderator).await, Err(RoleError::Above));
    assert_eq!(give(&moderator, id(&moderator), Role::Admin).await, Err(RoleError::Above));
    assert_eq!(give(&admin, id(&admin), Role::Owner).await, Err(RoleError::Above));
    assert_eq!(give(&admin, id(&other), Role::Member).await, Err(RoleError::Above));
    assert_eq!(give(&admin, member, Role::Admin).await, Err(RoleError::Above));
    assert_eq!(give(&admin, id(&owner), Role::Member).await, Err(RoleError::Above));
    assert_eq!(
        give(&Powers::operator(), id(&owner), Role::Member).await,
        Err(RoleError::LastOwner)
    );
    assert_eq!(audit::verify(app).await.unwrap().entries, 0, "nothing was done");
    give(&admin, member, Role::Moderator).await.unwrap();
    give(&owner, id(&other), Role::Member).await.unwrap();
    assert!(powers_of(app, member).await.unwrap().may(Permission::ManageReports));
    assert!(!powers_of(app, id(&other)).await.unwrap().is_staff());
    assert_eq!(audit::verify(app).await.unwrap().entries, 2);
    let team: Vec<_> = team(app).await.unwrap().iter().map(|one| one.account.unwrap()).collect();
    assert_eq!(team.len(), 4);
    assert!(team.contains(&member) && !team.contains(&id(&other)));
}

#[tokio::test]
async fn p_6_who_the_operator_makes_owner_ends_the_set_up_link() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    assert!(accounts::owner_link(&world.app).await.unwrap().is_some());
    let (by, owner) = (Powers::operator(), Choice::Fixed(Role::Owner));
    give_role(&world.app, &by, ada, owner, "").await.unwrap();
    assert!(accounts::owner_link(&world.app).await.unwrap().is_none());
    let again = give_role(&world.app, &by, ada, Choice::Fixed(Role::Member), "").await;
    assert_eq!(again, Err(RoleError::LastOwner));
}

#[tokio::test]
async fn a_role_of_ones_own_allows_what_it_names_until_it_is_gone() {
    let world = World::new().await;
    let app = &world.app;
    let admin = powers(&world, "ada", Role::Admin).await;
    let ben = world.person("ben").await;
    let new = helper(50, &[Permission::ManageInvites]);
    let role = create_role(app, &admin, new, "helpers").await.unwrap();
    give_role(app, &admin, ben, Choice::Own(role.id), "asked").await.unwrap();
    let bens = powers_of(app, ben).await.unwrap();
    assert!(bens.may(Permission::ManageInvites) && !bens.may(Permission::ManageReports));
    let more = helper(50, &[Permission::ManageReports, Permission::ManageRoles]);
    edit_role(app, &admin, role.id, more.clone(), "more").await.unwrap();
    let bens = powers_of(app, ben).await.unwrap();
    assert!(bens.may(Permission::ManageReports));
    // Who may manage roles changes neither the own one nor makes one with more.
    let own = NewRole { rank: 10, ..more };
    assert_eq!(edit_role(app, &bens, role.id, own, "me").await.unwrap_err(), RoleError::Above);
    let above = helper(10, &[Permission::DeletePeople]);
    assert_eq!(create_role(app, &bens, above, "x").await.unwrap_err(), RoleError::Above);
    let rank = helper(50, &[Permission::ManageReports]);
    assert_eq!(create_role(app, &bens, rank, "x").await.unwrap_err(), RoleError::Rank);
    delete_role(app, &admin, role.id, "done").await.unwrap();
    assert!(!powers_of(app, ben).await.unwrap().is_staff());
    assert_eq!(audit::verify(app).await.unwrap().entries, 4);
}

#[tokio::test]
async fn p_7_a_proof_is_for_one_session_and_a_quarter_of_an_hour() {
    let world = World::new().await;
    let app = &world.app;
    let ada = world.person("ada").await;
    let one = sessions::open_session(app, ada, "one").await.unwrap().session;
    let two = sessions::open_session(app, ada, "two").await.unwrap().session;
    assert!(step_up(app, ada, one, "a wrong password").await.is_err());
    let proof = step_up(app, ada, one, PASSWORD).await.unwrap();
    assert!(is_proven(app, ada, one, &proof).await.unwrap());
    assert!(!is_proven(app, ada, two, &proof).await.unwrap());
    let later = proof.split_once('.').unwrap();
    let forged = format!("{}.{}", later.0.parse::<u64>().unwrap() + 1, later.1);
    for wrong in ["", ".", "x", &forged] {
        assert!(!is_proven(app, ada, one, wrong).await.unwrap(), "{wrong}");
    }
    world.advance(PROOF_LIFE - Duration::from_secs(1));
    assert!(is_proven(app, ada, one, &proof).await.unwrap());
    world.advance(Duration::from_secs(1));
    assert!(!is_proven(app, ada, one, &proof).await.unwrap());
    let proof = step_up(app, ada, one, PASSWORD).await.unwrap();
    accounts::change_password(app, ada, PASSWORD, "another good password").await.unwrap();
    assert!(!is_proven(app, ada, one, &proof).await.unwrap(), "the password was changed");
}
