use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Profile {
    #[serde(default)]
    locked: Option<bool>,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    id: Vec<String>,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default)]
    fields_attributes: Vec<Pair>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Source {
    privacy: String,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Pair {
    name: String,
    value: String,
}

fn form(text: &str) -> Result<Profile, String> {
    let tree = parse_pairs(text.as_bytes()).map_err(|problem| problem.text().to_owned())?;
    read(tree).map_err(|error| format!("{}: {}", error.field, error.message))
}

#[test]
fn one_type_reads_all_spellings() {
    let wanted = json!({
        "locked": true, "limit": 7, "id": ["1", "2"], "source": {"privacy": "private"},
        "fields_attributes": [{"name": "a", "value": "b"}, {"name": "c", "value": "d"}]
    });
    let wanted: Profile = serde_json::from_value(wanted).unwrap();
    for text in [
        "locked=on&limit=7&id[]=1&id[]=2&source[privacy]=private&fields_attributes[0][name]=a\
         &fields_attributes[0][value]=b&fields_attributes[1][name]=c&fields_attributes[1][value]=d",
        "locked=1&limit=7&id[0]=1&id[1]=2&source%5Bprivacy%5D=private&fields_attributes[][name]=a\
         &fields_attributes[][value]=b&fields_attributes[][name]=c&fields_attributes[][value]=d",
    ] {
        assert_eq!(form(text).unwrap(), wanted, "{text}");
    }
    let map = json!({
        "locked": "true", "limit": "7", "id": [1, "2"], "source": {"privacy": "private"},
        "fields_attributes": {"1": {"name": "c", "value": "d"}, "0": {"name": "a", "value": "b"}}
    });
    let tree = parse_json(map.to_string().as_bytes()).unwrap();
    assert_eq!(read::<Profile>(tree).unwrap(), wanted);
    assert_eq!(form("id=9").unwrap().id, ["9"]);
}

#[test]
fn what_is_wrong_names_its_field() {
    assert_eq!(form("limit=many").unwrap_err(), "limit: must be a number");
    assert_eq!(form("source[privacy][$ne]=x").unwrap_err(), "source.privacy: must be a text");
    assert_eq!(
        form("fields_attributes[0][name]=a").unwrap_err(),
        "fields_attributes.0.value: can't be blank"
    );
    assert_eq!(form("locked=maybe").unwrap_err(), "locked: must be true or false");
}

#[test]
fn n1_an_object_is_no_text() {
    let tree = parse_json(br#"{"source":{"privacy":{"$ne":null}}}"#).unwrap();
    assert_eq!(read::<Profile>(tree).unwrap_err().field, "source.privacy");
}

#[test]
fn i15_bad_json_is_refused() {
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let cases: &[(&str, u16)] = &[
        (r#"{"role":1,"role":2}"#, 422),
        (r#"{"a":"\u0000"}"#, 422),
        (r#"{"a":"\ud800"}"#, 422),
        (&deep, 422),
        (r#"{"a":1} x"#, 400),
        (r#"{"a":1e400}"#, 400),
        ("\u{feff}{}", 400),
        (r#"{"a":1,}"#, 400),
        ("/* hi */{}", 400),
    ];
    for (text, status) in cases {
        let problem = parse_json(text.as_bytes()).unwrap_err();
        assert_eq!(problem.status().as_u16(), *status, "{text}");
    }
}

#[test]
fn bad_forms_are_refused() {
    for text in ["a=%ff", "a=%00", "a[b=1", "a=1&a[b]=2", "a[b]=2&a=1"] {
        assert_eq!(parse_pairs(text.as_bytes()).unwrap_err().status(), 422, "{text}");
    }
    let many = "a=1&".repeat(2_001);
    assert_eq!(parse_pairs(many.as_bytes()).unwrap_err().status(), 413);
}

#[test]
fn a_plus_is_a_space_and_an_escape_is_a_byte() {
    let tree = parse_pairs("q=caf%C3%A9+au+lait&e=%2B".as_bytes()).unwrap();
    assert_eq!(tree, json!({"q": "café au lait", "e": "+"}));
    assert_eq!(parse_pairs(b"").unwrap(), Value::Object(serde_json::Map::new()));
}
