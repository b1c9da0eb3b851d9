//! Stories of the gates.

use std::{net::IpAddr, time::Duration};

use graph::Page;

use super::{model::Severity, *};
use crate::{
    accounts::{SignUp, SignUpError, SignedUp, model::Standing, sign_up},
    audit,
    staff::{Powers, powers_of},
    testing::{PASSWORD, World},
};

fn from(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

fn newcomer(handle: &str, email: &str, address: &str) -> SignUp {
    SignUp {
        handle: handle.to_owned(),
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        agreement: true,
        address: from(address),
        ..SignUp::default()
    }
}

#[test]
fn ranges_are_read_and_hold_what_is_in_them() {
    for (text, shown) in [
        ("192.0.2.77/24", "192.0.2.0/24"),
        (" 192.0.2.77 ", "192.0.2.77/32"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("2001:db8:ffff::1/32", "2001:db8::/32"),
    ] {
        assert_eq!(text.parse::<Range>().unwrap().to_string(), shown);
    }
    for bad in ["", "x", "192.0.2.0/33", "192.0.2.0/0", "::/0", "192.0.2.0/+8", "1.2.3/8", "::/129"]
    {
        assert_eq!(bad.parse::<Range>(), Err(BadRange), "{bad}");
    }
    let range: Range = "192.0.2.0/25".parse().unwrap();
    let holds = |text: &str| range.holds(text.parse().unwrap());
    assert!(holds("192.0.2.127") && holds("::ffff:192.0.2.1"));
    assert!(!holds("192.0.2.128") && !holds("2001:db8::1"));
}

#[tokio::test]
async fn a_blocked_domain_and_those_below_it_bring_nobody_in() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    block_domain(app, &by, "Spam.example", false, "spam").await.unwrap();
    block_domain(app, &by, "odd.example", true, "often spam").await.unwrap();
    for email in ["a@spam.example", "a@MAIL.Spam.Example"] {
        let Err(SignUpError::Fields(wrong)) =
            sign_up(app, newcomer("ben", email, "192.0.2.1")).await
        else {
            panic!("{email} came in")
        };
        assert_eq!(wrong[0].field, "email");
    }
    let Ok(SignedUp::AwaitingApproval(odd)) =
        sign_up(app, newcomer("odd", "a@odd.example", "192.0.2.1")).await
    else {
        panic!("staff were not asked")
    };
    assert_eq!(app.graph.get(odd).await.unwrap().unwrap().standing, Standing::Pending);
    let free = sign_up(app, newcomer("ben", "a@notspam.example", "192.0.2.1")).await;
    assert!(matches!(free, Ok(SignedUp::Ready(_))));
    assert_eq!(
        block_domain(app, &by, "spam.example", false, "x").await.unwrap_err(),
        GateError::Taken
    );
    for bad in ["", "spam", "sp am.example", "a..b"] {
        let refused = block_domain(app, &by, bad, false, "x").await;
        assert_eq!(refused.unwrap_err(), GateError::Domain, "{bad}");
    }
    let blocks = blocked_domains(app, Page::newest(10)).await.unwrap();
    assert_eq!(blocks.len(), 2);
    unblock_domain(app, &by, blocks[1].id, "they are kind now").await.unwrap();
    assert_eq!(pass(app, "a@spam.example", None).await.unwrap(), Verdict::Open);
    assert_eq!(audit::verify(app).await.unwrap().entries, 3);
}

#[tokio::test]
async fn a_blocked_range_holds_off_what_it_says_until_it_ends() {
    let world = World::new().await;
    let (app, by) = (&world.app, Powers::operator());
    let day = Some(Duration::from_secs(86_400));
    block_address(app, &by, "192.0.2.0/24", Severity::SignUp, "a farm", day).await.unwrap();
    block_address(app, &by, "198.51.100.0/24", Severity::Approval, "", None).await.unwrap();
    let barred = block_address(app, &by, "2001:db8::/32", Severity::NoAccess, "", None).await;
    let verdict = async |address| pass(app, "a@example.org", from(address)).await.unwrap();
    assert_eq!(verdict("192.0.2.9").await, Verdict::AddressBlocked);
    assert_eq!(verdict("198.51.100.9").await, Verdict::Approval);
    assert_eq!(verdict("2001:db8::9").await, Verdict::AddressBlocked);
    assert_eq!(verdict("203.0.113.9").await, Verdict::Open);
    let refused = sign_up(app, newcomer("ben", "ben@example.org", "192.0.2.9")).await;
    assert_eq!(refused, Err(SignUpError::Closed));
    let shut = async |address: &str| is_barred(app, address.parse().unwrap()).await.unwrap();
    assert!(shut("2001:db8:1::1").await);
    assert!(!shut("192.0.2.9").await);
    unblock_address(app, &by, barred.unwrap().id, "x").await.unwrap();
    assert!(!shut("2001:db8:1::1").await);
    world.advance(Duration::from_secs(86_401));
    assert_eq!(verdict("192.0.2.9").await, Verdict::Open);
    let member = powers_of(app, world.person("ben").await).await.unwrap();
    let refused = block_address(app, &member, "192.0.2.1", Severity::SignUp, "", None).await;
    assert_eq!(refused.unwrap_err(), GateError::NotAllowed);
}
